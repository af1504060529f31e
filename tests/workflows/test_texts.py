"""How variables enter the properties of tasks, and that no value breaks out."""

import json
import re
import sqlite3

import pytest

from engine.expressions.errors import ExpressionRefused
from engine.texts import bare_variables, bind_braces, fill, fill_json_text, fill_url
from engine.variables import Variables

NASTY = [
    "",
    "x",
    "it's",
    "'; DROP TABLE t; --",
    '"',
    "/* */",
    "$x ${x}",
    "ü€😀",
    "-1",
    "1e5",
    "0x1",
]


def variables(**values: str) -> Variables:
    return Variables({}, values)


@pytest.mark.parametrize("value", NASTY)
def test_a_value_comes_out_of_sql_as_it_went_in(value):
    known = variables(x=value)
    connection = sqlite3.connect(":memory:")

    inside = bind_braces("SELECT 'a${x}b', \"c\" FROM (SELECT 1 AS c)", known)
    outside = bind_braces("SELECT ${x} || ''", known)

    assert connection.execute(inside).fetchone() == (f"a{value}b", 1)
    assert connection.execute(outside).fetchone() == (value,)


HOSTILE = "'; DROP TABLE t; --"


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1 -- ${x}", "/* ${x} */ SELECT 1", "SELECT E'${x}'", "SELECT $$${x}$$",
     "SELECT $t$ ${x} $t$", "SELECT `${x}`", "SELECT $${x}",
     "SELECT 1 # it's\n, ${x}", "SELECT `it's`, ${x}", "SELECT [it's], ${x}, [it's]",
     "SELECT 'open, ${x}", 'SELECT "open, ${x}', "SELECT $tag$ it's $tag$, ${x}",
     "SELECT q'[it's ${x}]'", "SELECT N'x', U&'d', ${x}", "SELECT _latin1'x', ${x}",
     "SELECT 'it\\'s', ${x}", "SELECT '\\', '${x}'", "SELECT e'\\'', ${x}", "SELECT b'1', ${x}",
     "SELECT 1 -- it's\n, ${x}", "SELECT $day${x}"],
)  # fmt: skip
def test_beside_what_databases_read_differently_stands_no_variable(sql):
    with pytest.raises(ExpressionRefused, match="databases disagree"):
        bind_braces(sql, variables(x=HOSTILE))


@pytest.mark.parametrize(
    "sql", ["SELECT ${x}", "SELECT '${x}'", "SELECT 1${x}", "SELECT ''${x}", "SELECT '$'${x}",
            "SELECT '$$', ${x}", "SELECT $1, ${x}", "SELECT ${x}, ${x}", "SELECT '$${x}'"]
)  # fmt: skip
@pytest.mark.parametrize("value", [*NASTY, HOSTILE, "''", "$$", "$t$", "a' OR 'b' = 'b", "\n--"])
def test_a_value_adds_nothing_to_a_statement_but_one_constant(sql, value):
    calm, bound = (bind_braces(sql, variables(x=text)) for text in ("word", value))

    assert shape(bound) == shape(calm)


def shape(sql: str) -> str:
    """The statement with a mark for each text or number: what its structure is."""
    return re.sub(r"\s*('(?:[^']|'')*'|\(-\d+\)|(?<![$\w])\d+)", "?", sql)


@pytest.mark.parametrize("value", ["a\\", "\\'; DROP TABLE t; --", "a\x00b"])
def test_a_backslash_never_enters_sql(value):
    with pytest.raises(ExpressionRefused, match="backslash"):
        bind_braces("SELECT '${x}'", variables(x=value))


def test_dollar_signs_of_databases_are_left_alone():
    sql = "DO $body$ BEGIN $1; END $body$; SELECT '$5', $2, a$b"

    assert bind_braces(sql, variables(x="1")) == sql
    assert list(bare_variables("SELECT $day, '$night', $1, $t$ $no $t$, a$b -- $c")) == [
        "$day",
        "$night",
    ]


def test_two_minus_signs_never_meet():
    assert bind_braces("SELECT 1 -${x}", variables(x="-1")) == "SELECT 1 -(-1)"


@pytest.mark.parametrize("value", NASTY)
def test_a_value_stays_within_its_text_in_json(value):
    text = fill_json_text('{"a": ["$x", 1], "b": "<${x}>", "$x": null}', variables(x=value))

    assert json.loads(text) == {"a": [value, 1], "b": f"<{value}>", "$x": None}


def test_variables_in_a_url_are_encoded_but_for_the_first():
    known = variables(base="https://example.com/v1", q="a b&c=/?#")

    assert fill_url("$base/items?q=${q}", known) == (
        "https://example.com/v1/items?q=a%20b%26c%3D%2F%3F%23"
    )
    assert fill_url("/x/$q", known) == "/x/a%20b%26c%3D%2F%3F%23"


def test_dollars_and_braces_in_texts():
    known = variables(x="1", xy="2")

    assert fill("$x ${x}y $xy $$x $5 ${ x }", known) == "1 1y 2 $x $5 ${ x }"
    with pytest.raises(ExpressionRefused, match=r"\$z is not defined"):
        fill("$z", known)
