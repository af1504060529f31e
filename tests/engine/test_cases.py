"""Every case of tests/engine/cases, run from validation to destination."""

import math
from decimal import Decimal

import pytest

from engine.check import check_flow
from engine.execute import StageFailed
from engine.flow import parse_flow
from engine.variables import Variables
from tests.engine.cases import ALL_CASES
from tests.engine.cases.case import Fails, Refused
from tests.engine.tables import duckdb_rows


def comparable(value):
    """Equal for values that are the same, NaN and near doubles among them; sortable."""
    if isinstance(value, float):
        return ("number", "NaN" if math.isnan(value) else f"{value + 0.0:.12g}")
    if isinstance(value, Decimal):
        return ("decimal", f"{value.normalize():f}")
    return (type(value).__name__, str(value))


def told(rows, *, in_order):
    texts = [tuple(comparable(value) for value in row) for row in rows]
    return texts if in_order else sorted(texts)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_a_case_gives_what_was_calculated_independently(bench, case):
    case.prepare(bench)
    problems = check_flow(parse_flow(case.flow()), Variables(case.variables or {}))
    errors = [problem for problem in problems if problem.severity == "error"]

    if isinstance(case.expected, Refused):
        assert (case.expected.code, case.expected.property) in {
            (problem.code, problem.property) for problem in errors
        }
        assert all(problem.component_name and problem.message for problem in errors)
        return
    assert errors == []
    if isinstance(case.expected, Fails):
        with pytest.raises(StageFailed) as caught:
            bench.run(case.flow(), case.variables)
        assert caught.value.component_name == case.expected.component
        assert case.expected.words in caught.value.message
        return
    bench.run(case.flow(), case.variables)

    found = case.rows(bench)
    assert told(found, in_order=case.in_order) == told(case.expected, in_order=case.in_order)
    if case.types is not None:
        kinds = duckdb_rows(
            bench.root,
            "SELECT data_type FROM duckdb_columns() WHERE table_name = 't' ORDER BY column_index",
        )
        assert [kind for (kind,) in kinds] == list(case.types)


def test_names_of_cases_are_unique():
    names = [case.name for case in ALL_CASES]

    assert len(set(names)) == len(names)
