"""The five packages of the demo. Their connections are given when they are made."""

from demo.definitions import PackageDefinition
from demo.flows.airport_departures import airport_departures
from demo.flows.carrier_delays import carrier_delays
from demo.flows.flights_to_parquet import flights_to_parquet
from demo.flows.longest_delays import longest_delays
from demo.flows.plane_utilisation import plane_utilisation


def packages(*, files: int, warehouse: int) -> list[PackageDefinition]:
    """All five; `files` and `warehouse` are the ids of those connections."""
    return [
        carrier_delays(files=files, warehouse=warehouse),
        flights_to_parquet(files=files),
        longest_delays(files=files, warehouse=warehouse),
        airport_departures(files=files, warehouse=warehouse),
        plane_utilisation(files=files, warehouse=warehouse),
    ]
