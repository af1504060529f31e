import datetime
from decimal import Decimal

import duckdb
import pytest

from engine.backends.session import SessionLimits, open_session
from engine.backends.source_sql import unreadable, value_from_text
from engine.backends.telling import told
from engine.execute import StageFailed
from engine.expressions import ExpressionRefused, compile_expression
from engine.fields import Field, Fields
from engine.variables import Variables
from tests.engine.flows import chain, csv_source, table_destination

FIELDS = Fields((Field("n", "long"), Field("f", "float"), Field("d", "double")))
ROW = "SELECT 123456789::BIGINT AS n, 1.0::FLOAT AS f, 7.5::DOUBLE AS d"
ATTACK = Variables({}, {"v": "0 OR 1=1"})


def value_of(text: str) -> object:
    tree, _ = compile_expression(text, FIELDS, Variables())
    with open_session(SessionLimits()) as session:
        query = f"SELECT {tree.sql(dialect='duckdb', comments=False)} FROM ({ROW})"  # noqa: S608
        return session.execute(query).fetchall()[0][0]


@pytest.mark.parametrize(
    "fragment",
    [
        "-- don't keep\nSELECT id FROM t WHERE name = $v",
        "SELECT 1 /* it's */ WHERE name = $v",
        'SELECT 1 -- 5" wide\nWHERE name = $v',
        r"a = E'it\'s $v'",
        r"a = E'it\'s' AND b = $v",
        "a = $$it's$$ AND b = $v",
        "a = $v$it's$v$",
    ],
)
def test_sql_whose_texts_are_ambiguous_takes_no_variables(fragment):
    with pytest.raises(ExpressionRefused, match="SQL with variables cannot hold a"):
        ATTACK.bind_sql(fragment)


@pytest.mark.parametrize(
    "fragment", ["-- don't\nSELECT 1", r"a = E'it\'s'", "a = $$it's$$", "/* $$ it's */ SELECT 1"]
)
def test_sql_without_variables_keeps_its_comments_and_texts(fragment):
    assert ATTACK.bind_sql(fragment) == fragment


def test_a_negative_value_after_a_minus_makes_no_comment():
    assert Variables({"n": "0"}, {"v": "-5"}).bind_sql("a -$v > 0") == "a -(-5) > 0"


def test_a_typed_text_is_no_escaped_text():
    assert ATTACK.bind_sql("day = DATE'$v'") == "day = DATE'0 OR 1=1'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cast('2024-01-01T10:00:00+05:00' AS datetime)", "2024-01-01T05:00"),
        ("cast('2024-01-01 10:00:00' AS datetime)", "2024-01-01T10:00"),
        ("try_cast('2024-01-01 10:00:00Z' AS datetime)", "2024-01-01T10:00"),
    ],
)
def test_an_offset_in_a_text_counts(text, expected):
    assert value_of(text) == datetime.datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "make_timestamp(2024, 1, 1, 8, 0, 0) = '2024-01-01T10:00:00+02:00'",
        "make_timestamp(2024, 1, 1, 8, 0, 0) IN ('2024-01-01T10:00:00+02:00')",
    ],
)
def test_a_text_with_an_offset_is_compared_in_utc(text):
    assert value_of(text) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n + f", 123456790.0),
        ("coalesce(n, f)", 123456789.0),
        ("greatest(f, n)", 123456789.0),
        ("if(f > 0, n, f)", 123456789.0),
        ("CASE WHEN f > 5 THEN f ELSE n END", 123456789.0),
        ("n % f", 0.0),
        ("d // 2", 3.0),
        ("-d // 2", -3.0),
        ("7.5 // 2", 3.0),
        ("d // 0", None),
    ],
)
def test_mixed_numbers_are_computed_as_doubles(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("long", "9007199254740993.5"),
        ("long", "15e-1"),
        ("decimal(10,2)", "1.239"),
        ("date", "2024-01-01 23:59:59"),
        ("date", "24-1-1 1:0"),
        ("datetime", "2024-01-01 10:00:00.0000001"),
        ("datetime", "2024-01-01T10:00:00.123456789Z"),
        ("time", "10:00:00.1234567"),
        ("time", "10:00:00+02"),
        ("time", "10:00:00Z"),
        ("time", "2024-01-01 10:00:00"),
        ("double", "1e400"),
    ],
)
def test_a_text_that_its_type_would_change_is_a_bad_value(bench, word, value):
    bench.write("in.csv", f"id,v\n1,{value}\n")
    source = csv_source("in", "in.csv", {"id": "long", "v": word})

    with pytest.raises(StageFailed, match="in the column v, which is not"):
        bench.run(chain(source, table_destination("out", "t")))


@pytest.mark.parametrize(
    ("word", "value", "expected"),
    [
        ("long", "15e1", 150),
        ("long", "3.00", 3),
        ("decimal(10,2)", "1.230", Decimal("1.23")),
        ("date", "2024-01-01 00:00:00", datetime.date(2024, 1, 1)),
        ("datetime", "2024-01-01T10:00:00+02:00", datetime.datetime.fromisoformat("2024-01-01T08")),
        ("datetime", "2024-01-1 1:2+02:30", datetime.datetime.fromisoformat("2023-12-31T22:32")),
        (
            "datetime",
            "2024-01-01 10:00:00.123456000",
            datetime.datetime.fromisoformat("2024-01-01T10:00:00.123456"),
        ),
        ("time", "10:00", datetime.time(10)),
        ("time", "10:00:01", datetime.time(10, 0, 1)),
        ("time", " 9:00:01.5000000 ", datetime.time(9, 0, 1, 500000)),
        ("time", "", None),
    ],
)
def test_a_text_that_its_type_holds_is_read(word, value, expected):
    with open_session(SessionLimits()) as session:
        query = f"SELECT {value_from_text('v', word)}, {unreadable('v', word)} FROM (SELECT ? AS v)"  # noqa: S608
        assert session.execute(query, [value]).fetchone() == (expected, False)


def test_too_little_memory_is_told_with_the_setting_and_the_way_out():
    with (
        open_session(SessionLimits(memory_mb=32)) as session,
        pytest.raises(duckdb.OutOfMemoryException) as caught,
    ):
        session.execute("SELECT list(i) FROM range(50000000) AS r(i)")

    message = told(caught.value, {}).message

    assert message.startswith("A component needs more memory at once than a run has (RUN_MEMORY_MB")
    assert "Filter earlier" in message
    assert "Out of Memory Error" in message


@pytest.mark.parametrize(
    "text", ["repeat('ab', 500001)", "lpad('a', 1000001, 'x')", "rpad('a', 1000001, 'x')"]
)
def test_a_made_text_has_a_greatest_length(text):
    with pytest.raises(duckdb.Error, match="make at most 1,000,000 characters"):
        value_of(text)


def test_a_made_text_may_have_exactly_the_greatest_length():
    assert value_of("length(repeat('ab', n - 122956789))") == 1_000_000


def test_a_variable_that_computes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr("engine.variables._EVALUATION_SECONDS", 0.05)
    slow = "length(replace(repeat('a', 1000000), 'a', repeat('b', 20)))"

    with pytest.raises(ExpressionRefused, match="takes longer than"):
        Variables({"x": slow}).text("x")
