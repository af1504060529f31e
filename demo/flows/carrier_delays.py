"""Carrier delays by day: sources, joins, an aggregate and a merge."""

from demo.account import NIGHTLY
from demo.definitions import PackageDefinition
from demo.flows.parts import (
    Place,
    Wrapped,
    component,
    csv_source,
    edges,
    flow,
    source_fields,
    table_destination,
)
from demo.tables import AIRLINES, FLIGHTS, WEATHER


def carrier_delays(*, files: int, warehouse: int) -> PackageDefinition:
    """Sources, joins, an aggregate and a merge: the package that shows most."""
    return PackageDefinition(
        key="carrier_delays",
        name="Carrier delays by day",
        description=(
            "Joins flights with airlines and weather, averages departure delay per carrier and "
            "day, and merges the result into the reporting table."
        ),
        workspace=NIGHTLY.key,
        flow=flow(
            [
                *_delay_sources(files),
                _flag_cancelled((1, 0)),
                *_delay_joins(),
                _delay_facts((4, 0)),
                _per_carrier_day((5, 0)),
                _carrier_delays_table((6, 0), warehouse),
            ],
            edges(
                ("flights", "flag_cancelled", "with_airline", "with_weather", "delay_facts"),
                ("airlines", "with_airline"),
                ("weather", "with_weather"),
                ("delay_facts", "per_carrier_day", "carrier_delays"),
            ),
        ),
        variables={"month": "'2013-01'"},
    )


def _delay_sources(files: int) -> list[Wrapped]:
    return [
        csv_source(
            "flights",
            (0, 0),
            connection_id=files,
            path="flights/$month.csv.gz",
            fields=source_fields(
                FLIGHTS,
                *("year", "month", "day", "dep_time", "dep_delay", "carrier", "origin"),
                "time_hour",
            ),
        ),
        csv_source(
            "airlines",
            (0, 1),
            connection_id=files,
            path="airlines.csv",
            fields=source_fields(AIRLINES, "carrier", name="carrier_name"),
        ),
        csv_source(
            "weather",
            (0, 2),
            connection_id=files,
            path="weather/$month.csv.gz",
            fields=source_fields(WEATHER, "origin", "time_hour", "wind_speed", "visib"),
        ),
    ]


def _flag_cancelled(place: Place) -> Wrapped:
    return component(
        "select",
        "flag_cancelled",
        place,
        note="A flight without a departure time was cancelled; 15 minutes or more is late.",
        fields=[
            {"expression": "carrier", "alias": "carrier"},
            {"expression": "origin", "alias": "origin"},
            {"expression": "time_hour", "alias": "time_hour"},
            {"expression": "dep_delay", "alias": "dep_delay"},
            {"expression": "make_date(year, month, day)", "alias": "flight_day"},
            {"expression": "CASE WHEN dep_time IS NULL THEN 1 ELSE 0 END", "alias": "is_cancelled"},
            {"expression": "CASE WHEN dep_delay >= 15 THEN 1 ELSE 0 END", "alias": "is_late"},
        ],
    )


def _delay_joins() -> list[Wrapped]:
    return [
        component(
            "join",
            "with_airline",
            (2, 0),
            join_type="left",
            conditions=[{"left_field": "carrier", "right_field": "carrier"}],
        ),
        component(
            "join",
            "with_weather",
            (3, 0),
            join_type="left",
            conditions=[
                {"left_field": "origin", "right_field": "origin"},
                {"left_field": "time_hour", "right_field": "time_hour"},
            ],
        ),
    ]


def _delay_facts(place: Place) -> Wrapped:
    kept = (
        *("carrier", "carrier_name", "flight_day", "is_cancelled", "is_late", "dep_delay"),
        *("wind_speed", "visib"),
    )
    return component(
        "select",
        "delay_facts",
        place,
        note="Leaves out the second carrier, origin and hour that the joins brought.",
        fields=[{"expression": name, "alias": name} for name in kept],
    )


def _per_carrier_day(place: Place) -> Wrapped:
    return component(
        "aggregate",
        "per_carrier_day",
        place,
        group_by=[
            {"field": "carrier", "alias": "carrier"},
            {"field": "carrier_name", "alias": "carrier_name"},
            {"field": "flight_day", "alias": "flight_day"},
        ],
        aggregations=[
            {"function": "count_all", "alias": "flights"},
            {"function": "sum", "field": "is_cancelled", "alias": "cancelled"},
            {"function": "sum", "field": "is_late", "alias": "late"},
            {"function": "average", "field": "dep_delay", "alias": "avg_dep_delay"},
            {"function": "maximum", "field": "dep_delay", "alias": "max_dep_delay"},
            {"function": "average", "field": "wind_speed", "alias": "avg_wind_speed"},
            {"function": "average", "field": "visib", "alias": "avg_visib"},
        ],
    )


def _carrier_delays_table(place: Place, warehouse: int) -> Wrapped:
    return table_destination(
        "carrier_delays",
        place,
        connection_id=warehouse,
        operation_type="merge_update_insert",
        keys=("carrier", "flight_day"),
        columns={
            "carrier": "string",
            "carrier_name": "string",
            "flight_day": "date",
            "flights": "long",
            "cancelled": "long",
            "late": "long",
            "avg_dep_delay": "double",
            "max_dep_delay": "int",
            "avg_wind_speed": "double",
            "avg_visib": "double",
        },
    )
