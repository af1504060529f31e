"""Every type goes from PostgreSQL through the engine into PostgreSQL unchanged, or not at all."""

import pyarrow as pa
import pytest

from common.errors import InvalidInput
from connections.drivers.base import TableWrite, WriteToken
from engine.execute import StageFailed
from tests.drivers.postgres_place import postgres_driver
from tests.drivers.postgres_runs import copy_flow, run
from tests.engine.flows import Recorder

EXACT = {
    "smallint": ["-32768", "0", "32767"],
    "integer": ["-2147483648", "2147483647"],
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "real": ["1.1", "-0", "3.4028235e38", "1e-45", "NaN", "Infinity", "-Infinity"],
    "double precision": ["0.1", "-0", "1.7976931348623157e308", "5e-324", "NaN", "-Infinity"],
    "numeric(38,10)": ["9999999999999999999999999999.9999999999",
                       "-9999999999999999999999999999.9999999999", "0.0000000001", "0"],
    "numeric(12,2)": ["0.10", "-9999999999.99", "1.00"],
    "numeric(3,5)": ["0.00999", "-0.00001"],
    "numeric(2,-3)": ["99000", "-1000"],
    "numeric": ["0.123456789", "-12345678901234567890123456789.5", "7"],
    "boolean": ["true", "false"],
    "text": ["", " ", "\U0001f600 ünï", "it's \"quoted\" \\ $1 %s", "line\nbreak\ttab",
             "x" * 100_000],
    "character varying(5)": ["", "abcde", "日本語"],
    "character(4)": ["a", "abcd", ""],
    "date": ["0001-01-01", "4713-01-01 BC", "1970-01-01", "9999-12-31", "5874897-12-31"],
    "timestamp without time zone": ["1969-12-31 23:59:59.999999", "0001-01-01 00:00:00",
                                    "2024-02-29 12:00:00.000001", "9999-12-31 23:59:59.999999"],
    "timestamp with time zone": ["2024-03-31 02:30:00+02", "1969-12-31 23:59:59.999999Z",
                                 "2024-01-01 00:00:00-12:45"],
    "time without time zone": ["00:00:00", "23:59:59.999999"],
    "bytea": ["\\x", "\\x00ff10", "\\xdeadbeef"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "json": ['{"b": 1, "a": [1, 2.50, null], "b": 2}', '"\u00fc"', "null"],
    "jsonb": ['{"a": {"b": [1, 2.50, "x\\"y"]}}', "[]", "null"],
    "integer[]": ["{}", "{1,NULL,-3}"],
    "text[]": ['{"a,b","\\"q\\"",NULL,""}'],
    "numeric(10,2)[]": ["{1.50,-2.00}"],
    "timestamp without time zone[]": ['{"2024-01-01 00:00:00.5"}'],
    "inet": ["10.0.0.1/8", "::1"],
    "interval": ["1 year 2 mons -3 days 04:05:06.789", "-00:00:01"],
    "time with time zone": ["12:00:00.5+05:30"],
    "oid": ["4294967295"],
    "money": ["12.34"],
    "bit(3)": ["101"],
    "int4range": ["[1,5)", "empty"],
    "mood": ["happy", "sad"],
    "tag": ["short"],
}  # fmt: skip
"""Type to values; each table also holds a NULL."""


def make_tables(place, source: str, target: str | None = None) -> None:
    place.execute(f"CREATE TABLE a ({source})", f"CREATE TABLE b ({target or source})")


def literal(value: str, kind: str) -> str:
    return "'" + value.replace("'", "''") + f"'::{kind}"


@pytest.fixture
def shop(postgres_place):
    postgres_place.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE DOMAIN tag AS varchar(5)"
    )
    return postgres_place


@pytest.mark.parametrize("kind", EXACT)
def test_a_type_arrives_value_by_value_as_it_left(shop, tmp_path, kind):
    values = ", ".join(f"({n}, {literal(v, kind)})" for n, v in enumerate(EXACT[kind], 1))
    make_tables(shop, f"n integer, v {kind}")
    shop.insert("a", f"VALUES {values}, (0, NULL)")

    totals = run(shop, tmp_path, copy_flow({"n": None, "v": None}))

    shown = "trim_scale(v)::text" if kind == "numeric" else "v::text"
    text = f"SELECT n, {shown}, v IS NULL FROM {{}} ORDER BY n"  # noqa: S608
    assert shop.rows(text.format("b")) == shop.rows(text.format("a"))
    assert totals.rows_read == totals.rows_written == len(EXACT[kind]) + 1


def test_an_empty_text_stays_apart_from_null(shop, tmp_path):
    shop.execute("CREATE TABLE a (v text)", "CREATE TABLE b (v text)",
                 "INSERT INTO a VALUES (''), (NULL)")  # fmt: skip

    run(shop, tmp_path, copy_flow({"v": None}))

    assert sorted(shop.rows("SELECT v FROM b"), key=str) == [("",), (None,)]


REFUSED = [
    ("numeric", "'NaN'", None, r"column v holds NaN, which decimal\(38,9\) cannot hold exactly"),
    ("numeric(10,2)", "'NaN'", None, r"holds NaN, which decimal\(10,2\)"),
    ("numeric", "'Infinity'", None, "holds Infinity"),
    ("numeric", "0.1234567891", None, r"holds 0\.1234567891, which decimal\(38,9\)"),
    ("numeric", "1.5", "long", r"holds 1\.5, which decimal\(38,0\)"),
    ("date", "'infinity'", None, "column v holds 'infinity' or a time beyond"),
    ("date", "'-infinity'", None, "'infinity'"),
    ("timestamp", "'infinity'", None, "'infinity'"),
    ("timestamptz", "'-infinity'", None, "'infinity'"),
    ("timestamp", "'294276-12-31'", None, "'infinity' or a time beyond the range"),
]


@pytest.mark.parametrize(("kind", "value", "declared", "message"), REFUSED)
def test_what_cannot_be_carried_exactly_stops_the_run(
    shop, tmp_path, kind, value, declared, message
):
    make_tables(shop, f"v {kind}")
    shop.insert("a", f"VALUES ({value})")

    with pytest.raises(StageFailed, match=message) as caught:
        run(shop, tmp_path, copy_flow({"v": declared}))

    assert caught.value.component_name == "in"
    assert shop.rows("SELECT v FROM b") == []
    assert shop.markers() == []


@pytest.mark.parametrize(
    ("kind", "value", "declared"),
    [
        ("numeric", "0.12345678912345", "string"),
        ("numeric", "'NaN'", "string"),
        ("numeric", "'-Infinity'", "double"),
        ("numeric", "12345678901234567890123.45", "decimal(30,2)"),
        ("numeric(50,3)", "12345678901234567890123.450", "decimal(30,3)"),
        ("numeric", "42", "long"),
    ],
)
def test_the_declared_type_decides_how_an_unsized_number_is_read(
    shop, tmp_path, kind, value, declared
):
    target = {"string": "text", "double": "float8", "long": "bigint"}.get(declared, "numeric")
    make_tables(shop, f"v {kind}", f"v {target}")
    shop.insert("a", f"VALUES ({value})")

    run(shop, tmp_path, copy_flow({"v": declared}))

    same = f"SELECT v = ({value}::{kind})::{target} FROM b"  # noqa: S608
    assert shop.rows(same) == [(True,)]


def test_a_number_out_of_the_columns_range_is_named_and_nothing_changes(shop, tmp_path):
    shop.execute("CREATE TABLE a (v integer)", "CREATE TABLE b (v smallint)",
                 "INSERT INTO a VALUES (1), (40000)", "INSERT INTO b VALUES (5)")  # fmt: skip

    with pytest.raises(StageFailed, match="column v is smallint and cannot hold 40000"):
        run(shop, tmp_path, copy_flow({"v": None}, operation_type="overwrite_truncate"))

    assert shop.rows("SELECT v FROM b") == [(5,)]


def test_a_text_too_long_for_its_column_is_refused_by_name(shop, tmp_path):
    shop.execute("CREATE TABLE a (v text)", "CREATE TABLE b (v varchar(3))",
                 "INSERT INTO a VALUES ('abcd')")  # fmt: skip

    with pytest.raises(StageFailed, match=r"value too long for type .*\(3\) \(column v\)"):
        run(shop, tmp_path, copy_flow({"v": None}))


def test_a_nul_character_is_refused_with_the_fields_name(shop):
    shop.execute("CREATE TABLE b (n int, v text)")
    driver = postgres_driver(shop)
    write = TableWrite("b", None, "append", (), create_table=False, add_columns=False)
    writer = driver.writer(write, WriteToken(1, "out"), lambda level, message: None)
    writer.begin()
    rows = pa.record_batch({"n": pa.array([1, 2], pa.int32()), "v": ["a", "b\x00c"]})

    with pytest.raises(InvalidInput, match="the field v holds a NUL character"):
        writer.load(rows.schema, iter([rows]))

    writer.discard()
    driver.close()
    assert shop.rows("SELECT * FROM b") == []
    assert shop.markers() == []


def test_numbers_go_into_text_and_unsized_columns_as_the_server_writes_them(shop, tmp_path):
    shop.execute(
        "CREATE TABLE a (i integer, d numeric(12,2), t timestamp, f boolean)",
        "CREATE TABLE b (i numeric, d text, t varchar, f text)",
        "INSERT INTO a VALUES (7, 1.50, '2024-01-01 00:00:00', true)",
    )

    run(shop, tmp_path, copy_flow(dict.fromkeys(["i", "d", "t", "f"])))

    expected = [("7", "1.50", "2024-01-01 00:00:00", "true")]
    assert shop.rows("SELECT i::text, d, t, f FROM b") == expected


def test_a_created_table_has_types_that_hold_every_value(shop, tmp_path):
    shop.execute(
        "CREATE TABLE a (i int2, n numeric(20,4), t timestamptz, x bytea, j jsonb, day date)",
        "INSERT INTO a VALUES (1, 2.5, '2024-01-01 02:00+02', '\\x00', '{}', '2024-01-01')",
    )

    run(shop, tmp_path, copy_flow(dict.fromkeys(["i", "n", "t", "x", "j", "day"]),
                                  create_table=True))  # fmt: skip

    kinds = shop.rows(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 'b'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert kinds == [
        ("i", "integer"),
        ("n", "numeric(20,4)"),
        ("t", "timestamp without time zone"),
        ("x", "bytea"),
        ("j", "text"),
        ("day", "date"),
    ]
    assert shop.rows("SELECT i, n::text, t::text FROM b") == [(1, "2.5000", "2024-01-01 00:00:00")]


def test_rows_are_counted_exactly_while_they_flow_through(shop, tmp_path):
    shop.execute("CREATE TABLE a (v int)", "CREATE TABLE b (v int)",
                 "INSERT INTO a SELECT generate_series(1, 200000)")  # fmt: skip
    recorder = Recorder()

    totals = run(shop, tmp_path, copy_flow({"v": None}), recorder=recorder)

    assert (totals.rows_read, totals.rows_written) == (200_000, 200_000)
    assert recorder.rows() == {
        "in": (None, 200_000),
        "pick": (200_000, 200_000),
        "out": (200_000, 200_000),
    }
    assert recorder.first_batches == 1
    assert {item.state for item in recorder.progress.values()} == {"completed"}
    assert shop.rows("SELECT count(*), sum(v) FROM b") == [(200_000, 20_000_100_000)]
