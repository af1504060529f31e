"""Flights to Parquet: a file in, a file of another kind out."""

from demo.account import NIGHTLY
from demo.definitions import PackageDefinition
from demo.flows.parts import all_flights, component, edges, flow
from demo.tables import FLIGHTS


def flights_to_parquet(*, files: int) -> PackageDefinition:
    """A file in, a file of another kind out; the data set for everything later."""
    kept = [name for name in FLIGHTS if name not in ("year", "month", "day", "hour", "minute")]
    return PackageDefinition(
        key="flights_to_parquet",
        name="Flights to Parquet",
        description="Writes the flights of the month as typed Parquet into the lake folder.",
        workspace=NIGHTLY.key,
        flow=flow(
            [
                all_flights(files),
                component(
                    "select",
                    "typed_columns",
                    (1, 0),
                    fields=[
                        {"expression": "make_date(year, month, day)", "alias": "flight_day"},
                        *({"expression": name, "alias": name} for name in kept),
                    ],
                ),
                component(
                    "cloud_storage_destination",
                    "flights_parquet",
                    (2, 0),
                    connection_id=files,
                    directory="lake/flights",
                    destination_format="parquet",
                    destination_action="replace",
                ),
            ],
            edges(("flights", "typed_columns", "flights_parquet")),
        ),
        variables={},
    )
