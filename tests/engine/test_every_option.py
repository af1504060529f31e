"""Every option that the catalogue documents occurs in a case that runs."""

from tests.engine.cases import ALL_CASES
from tests.engine.cases.case import Refused
from tests.engine.cases.options import documented_options, used_options
from tests.engine.cases.tasks import TASK_CASES


def options_in_cases() -> set[str]:
    """Cases that are refused do not count: nothing of them runs."""
    running = [case for case in ALL_CASES if not isinstance(case.expected, Refused)]
    return set().union(*(used_options(case.flow()) for case in [*running, *TASK_CASES]))


def test_every_documented_option_occurs_in_a_case():
    without = documented_options() - options_in_cases()

    assert sorted(without) == []


def test_options_are_found_at_every_depth():
    options = documented_options()

    assert {
        "join.join_type=full",
        "select.fields[].flatten=True",
        "window.functions[].arguments.frame.time_unit=hour",
        "aggregate.aggregations[].options.order_by[].direction=desc",
        "filter.conditions[].conditions[].operator=text_matches",
        "filter.conditions[].logical_operator=none",
        "database_source.connection_id",
    } <= options
