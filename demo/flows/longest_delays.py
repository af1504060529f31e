"""Longest delays: a filter with a variable, a sort with a settled order of ties, a limit."""

from demo.account import EXPLORATION
from demo.definitions import PackageDefinition
from demo.flows.parts import Place, Wrapped, all_flights, component, edges, flow, table_destination
from demo.tables import FLIGHTS


def longest_delays(*, files: int, warehouse: int) -> PackageDefinition:
    """A filter with a variable, a sort with a settled order of ties, a limit."""
    return PackageDefinition(
        key="longest_delays",
        name="Longest delays",
        description="Ranks the 100 flights that left latest, above $min_delay minutes.",
        workspace=EXPLORATION.key,
        flow=flow(
            [
                all_flights(files),
                _only_delayed((1, 0)),
                _latest_first((2, 0)),
                component("limit", "first_hundred", (3, 0), limit=100),
                _longest_delays_table((4, 0), warehouse),
            ],
            edges(("flights", "only_delayed", "latest_first", "first_hundred", "longest_delays")),
        ),
        variables={"min_delay": "60"},
    )


def _longest_delays_table(place: Place, warehouse: int) -> Wrapped:
    shown = {
        name: FLIGHTS[name]
        for name in (
            *("dep_delay", "arr_delay", "carrier", "flight", "tailnum", "origin", "dest"),
            *("year", "month", "day", "sched_dep_time"),
        )
    }
    return table_destination(
        "longest_delays",
        place,
        connection_id=warehouse,
        operation_type="overwrite_truncate",
        columns=shown,
    )


def _only_delayed(place: Place) -> Wrapped:
    return component(
        "filter",
        "only_delayed",
        place,
        logical_operator="all",
        conditions=[
            {"left": "dep_delay", "operator": "gt", "right": "$min_delay"},
            {"left": "dep_time", "operator": "is_not_null"},
        ],
    )


def _latest_first(place: Place) -> Wrapped:
    ties = ("year", "month", "day", "sched_dep_time", "carrier", "flight", "origin")
    return component(
        "sort",
        "latest_first",
        place,
        note="The fields after the delay settle the order of equal delays.",
        sort_fields=[
            {"field": "dep_delay", "direction": "desc"},
            *({"field": name, "direction": "asc"} for name in ties),
        ],
    )
