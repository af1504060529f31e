"""Every function of the expression language against the same calculation in plain Python."""

import itertools
import json
import math

import pyarrow as pa
import pytest

from connections.drivers.types import arrow_type, word_of_arrow
from engine.backends.session import SessionLimits, open_session
from engine.expressions import FUNCTIONS, compile_expression
from engine.fields import Field, Fields
from engine.variables import Variables
from tests.engine.reference.dates import DATES
from tests.engine.reference.nested import ARRAYS, JSON, LOGIC
from tests.engine.reference.numbers import NUMBERS
from tests.engine.reference.texts import HASHES, PATTERNS, TEXTS

SAMPLES = {**TEXTS, **PATTERNS, **DATES, **NUMBERS, **LOGIC, **JSON, **ARRAYS, **HASHES}
SUBMITTED = {"_JOB_SUBMISSION_TIMESTAMP": "2024-05-06T07:08:09Z"}


@pytest.fixture(scope="module")
def session():
    with open_session(SessionLimits()) as opened:
        yield opened


def computed(session, sample):
    """The values of the expression over all combinations of the columns' values."""
    fields = Fields(tuple(Field(name, word) for name, (word, _) in sample.columns.items()))
    tree, word = compile_expression(sample.expression, fields, Variables({}, SUBMITTED))
    rows = list(itertools.product(*(values for _, values in sample.columns.values())))
    columns = {
        name: pa.array([row[index] for row in rows], arrow_type(kind))
        for index, (name, (kind, _)) in enumerate(sample.columns.items())
    }
    columns["place"] = pa.array(range(len(rows)))
    session.register("sample_rows", pa.table(columns))
    query = f"SELECT {tree.sql(dialect='duckdb')} AS v FROM sample_rows ORDER BY place"  # noqa: S608
    column = session.sql(query).to_arrow_table().column("v")
    session.unregister("sample_rows")
    return rows, column, word


def alike(given, wanted):
    if isinstance(wanted, float) and isinstance(given, float):
        if math.isnan(wanted):
            return math.isnan(given)
        return math.isclose(given, wanted, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(wanted, str) and isinstance(given, str) and wanted[:1] in "[{0123456789-":
        return given == wanted or loaded_alike(given, wanted)
    return given == wanted and type(given) is type(wanted)


def loaded_alike(given, wanted):
    """The same JSON, however its numbers are written."""
    try:
        return json.loads(given) == json.loads(wanted)
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, number) for name, samples in SAMPLES.items() for number in range(len(samples))],
)
def test_a_function_gives_what_plain_python_gives(session, name, number):
    sample = SAMPLES[name][number]

    rows, column, word = computed(session, sample)

    wrong = [
        (row, given, wanted)
        for row, given in zip(rows, column.to_pylist(), strict=True)
        if not alike(given, wanted := sample.python(*row))
    ]
    assert wrong[:5] == []
    assert word is None or word_of_arrow(column.type) == ("string" if "json" in word else word)


def test_every_function_has_a_reference():
    assert set(SAMPLES) == {function.name for function in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_says_what_its_example_gives(session, function):
    text, expected = function.example

    tree, word = compile_expression(text, Fields(), Variables({}, SUBMITTED))
    column = session.sql(f"SELECT {tree.sql(dialect='duckdb')} AS v").to_arrow_table().column("v")

    assert column.to_pylist() == [expected]
    assert word is None or word_of_arrow(column.type) == ("string" if "json" in word else word)


NULL_OF_NULLS = [
    function
    for function in FUNCTIONS
    if function.nulls.startswith("NULL when an argument is NULL")
    and function.parameters
    and all(parameter.kind != "constant" for parameter in function.parameters)
]
"""A constant argument has a form of its own and is never NULL."""


@pytest.mark.parametrize("function", NULL_OF_NULLS, ids=lambda function: function.name)
def test_nothing_but_null_is_given_for_bare_nulls_where_that_is_said(session, function):
    arguments = ", ".join(
        "'day'" if parameter.kind == "unit" else "NULL"
        for parameter in function.parameters
        if parameter.name != "pattern" or not parameter.is_optional
    )
    if function.name in ("regexp_extract", "regexp_extract_all"):
        arguments = "NULL, NULL"

    tree, _ = compile_expression(f"{function.name}({arguments})", Fields(), Variables())

    assert session.sql(f"SELECT {tree.sql(dialect='duckdb')}").fetchall() == [(None,)]
