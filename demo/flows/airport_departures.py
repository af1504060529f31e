"""Departures by airport: a small report that is written anew every time."""

from demo.account import NIGHTLY
from demo.definitions import PackageDefinition
from demo.flows.parts import (
    Place,
    Wrapped,
    all_flights,
    component,
    csv_source,
    edges,
    flow,
    source_fields,
    table_destination,
)
from demo.tables import AIRPORTS


def airport_departures(*, files: int, warehouse: int) -> PackageDefinition:
    """A small report that is written anew every time."""
    return PackageDefinition(
        key="airport_departures",
        name="Departures by airport",
        description="Counts departures and destinations of each airport and replaces the table.",
        workspace=NIGHTLY.key,
        flow=flow(
            [
                all_flights(files),
                csv_source(
                    "airports",
                    (0, 1),
                    connection_id=files,
                    path="airports.csv",
                    fields=source_fields(AIRPORTS, "faa", name="airport_name"),
                ),
                component(
                    "join",
                    "with_airport",
                    (1, 0),
                    join_type="inner",
                    conditions=[{"left_field": "origin", "right_field": "faa"}],
                ),
                _per_airport((2, 0)),
                _airport_departures_table((3, 0), warehouse),
            ],
            edges(
                ("flights", "with_airport", "per_airport", "airport_departures"),
                ("airports", "with_airport"),
            ),
        ),
        variables={},
    )


def _per_airport(place: Place) -> Wrapped:
    return component(
        "aggregate",
        "per_airport",
        place,
        group_by=[
            {"field": "origin", "alias": "origin"},
            {"field": "airport_name", "alias": "airport_name"},
        ],
        aggregations=[
            {"function": "count_all", "alias": "flights"},
            {"function": "count", "field": "dep_time", "alias": "departed"},
            {"function": "count_distinct", "field": "dest", "alias": "destinations"},
            {"function": "average", "field": "dep_delay", "alias": "avg_dep_delay"},
            {"function": "sum", "field": "distance", "alias": "total_distance"},
        ],
    )


def _airport_departures_table(place: Place, warehouse: int) -> Wrapped:
    return table_destination(
        "airport_departures",
        place,
        connection_id=warehouse,
        operation_type="overwrite_delete",
        columns={
            "origin": "string",
            "airport_name": "string",
            "flights": "long",
            "departed": "long",
            "destinations": "long",
            "avg_dep_delay": "double",
            "total_distance": "long",
        },
    )
