"""Random expressions over random rows: the engine says what plain Python says."""

import math

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from connections.drivers.types import arrow_type
from engine.backends.session import SessionLimits, open_session
from engine.expressions import compile_expression
from engine.fields import Field, Fields
from engine.variables import Variables
from tests.engine.random_expressions import ROWS, expressions

WORDS = {
    "i": "long",
    "j": "long",
    "x": "double",
    "y": "double",
    "s": "string",
    "t": "string",
    "b": "boolean",
}
FIELDS = Fields(tuple(Field(name, word) for name, word in WORDS.items()))


@pytest.fixture(scope="module")
def session():
    with open_session(SessionLimits()) as opened:
        yield opened


def alike(given_value, wanted):
    if isinstance(wanted, float) and isinstance(given_value, float):
        if math.isnan(wanted) or math.isnan(given_value):
            return math.isnan(wanted) and math.isnan(given_value)
        return math.isclose(given_value, wanted, rel_tol=1e-12, abs_tol=1e-300)
    return given_value == wanted and type(given_value) is type(wanted)


def check(session, made, rows):
    tree, _ = compile_expression(made.text, FIELDS, Variables())
    table = pa.table(
        {name: pa.array([row[name] for row in rows], arrow_type(w)) for name, w in WORDS.items()}
        | {"place": pa.array(range(len(rows)))}
    )
    session.register("random_rows", table)
    query = f"SELECT {tree.sql(dialect='duckdb')} FROM random_rows ORDER BY place"  # noqa: S608
    values = [value for (value,) in session.execute(query).fetchall()]
    session.unregister("random_rows")
    for row, value in zip(rows, values, strict=True):
        wanted = made.value(row)
        assert alike(value, wanted), (made.text, row, value, wanted)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(made=expressions(), rows=ROWS)
def test_random_expressions_mean_what_they_mean_in_python(session, made, rows):
    check(session, made, rows)


@pytest.mark.long
@settings(
    max_examples=5_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(made=expressions(4), rows=ROWS)
def test_thousands_of_random_expressions_mean_what_they_mean_in_python(session, made, rows):
    check(session, made, rows)
