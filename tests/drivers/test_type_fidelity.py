"""For every type and every pair of databases: exactly the same on the other side, or refused.

Each case says how each source spells a value (a type and a constant; absent: it has none such), and
what a plain client then reads from each destination, as text, or that the run is refused.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from engine.execute import StageFailed
from tests.drivers.postgres_place import PostgresPlace
from tests.engine.flows import DUCKDB, POSTGRES, SQLITE, Bench, chain, component, table_destination
from tests.engine.tables import duckdb_rows, sqlite_rows

KINDS = {"postgres": POSTGRES, "duckdb": DUCKDB, "sqlite": SQLITE}


@dataclass(frozen=True)
class Refused:
    """The run fails with a message that holds these words."""

    words: str


@dataclass(frozen=True)
class Case:
    """`given`: source to (type, constant). `found`: destination to what is read back."""

    given: dict[str, tuple[str, str]]
    found: dict[str, Any]


def everywhere(value: Any) -> dict[str, Any]:
    return dict.fromkeys(KINDS, value)


TOO_LONG = Refused("15 is the most")
NO_NAN = Refused("NaN")
BEYOND = Refused("'infinity' or a time beyond")
YEARS = Refused("outside of the years 1 to 9999")
MAX_38 = "9" * 38
BYTES = "\\x00ff10"

CASES = {
    "bigint, largest": Case(
        {"postgres": ("bigint", "9223372036854775807"), "duckdb": ("BIGINT", "9223372036854775807"),
         "sqlite": ("BIGINT", "9223372036854775807")},
        everywhere("9223372036854775807")),
    "bigint, smallest": Case(
        {"postgres": ("bigint", "-9223372036854775808"),
         "duckdb": ("BIGINT", "-9223372036854775808"),
         "sqlite": ("INTEGER", "-9223372036854775808")},
        everywhere("-9223372036854775808")),
    "unsigned 64 bit": Case(
        {"duckdb": ("UBIGINT", "18446744073709551615")},
        {"postgres": "18446744073709551615", "duckdb": "18446744073709551615", "sqlite": TOO_LONG}),
    "whole number of 38 digits": Case(
        {"postgres": ("numeric(38,0)", MAX_38), "duckdb": ("HUGEINT", MAX_38)},
        {"postgres": MAX_38, "duckdb": MAX_38, "sqlite": TOO_LONG}),
    "whole number of 39 digits": Case(
        {"postgres": ("numeric(39,0)", "1" + "0" * 38), "duckdb": ("HUGEINT", "1" + "0" * 38)},
        everywhere(Refused(""))),
    "decimal of 38 digits": Case(
        {"postgres": ("numeric(38,10)", "-9999999999999999999999999999.9999999999"),
         "duckdb": ("DECIMAL(38,10)", "-9999999999999999999999999999.9999999999")},
        {"postgres": "-9999999999999999999999999999.9999999999",
         "duckdb": "-9999999999999999999999999999.9999999999", "sqlite": TOO_LONG}),
    "decimal of 15 digits": Case(
        {"postgres": ("numeric(15,2)", "0.10"), "duckdb": ("DECIMAL(15,2)", "0.10"),
         "sqlite": ("DECIMAL(15,2)", "0.10")},
        {"postgres": "0.10", "duckdb": "0.10", "sqlite": "0.1"}),
    "double": Case(
        {"postgres": ("double precision", "0.1"), "duckdb": ("DOUBLE", "0.1"),
         "sqlite": ("DOUBLE", "0.1")},
        everywhere("0.1")),
    "double, smallest": Case(
        {"postgres": ("double precision", "5e-324"), "duckdb": ("DOUBLE", "5e-324"),
         "sqlite": ("DOUBLE", "5e-324")},
        everywhere("5e-324")),
    "double, not a number": Case(
        {"postgres": ("double precision", "'NaN'"), "duckdb": ("DOUBLE", "'NaN'::DOUBLE")},
        {"postgres": "NaN", "duckdb": "nan", "sqlite": NO_NAN}),
    "double, infinite": Case(
        {"postgres": ("double precision", "'-Infinity'"), "duckdb": ("DOUBLE", "'-inf'::DOUBLE"),
         "sqlite": ("DOUBLE", "-9e999")},
        {"postgres": "-Infinity", "duckdb": "-inf", "sqlite": "-inf"}),
    "real": Case(
        {"postgres": ("real", "1.1"), "duckdb": ("FLOAT", "1.1")},
        {"postgres": "1.1", "duckdb": "1.1", "sqlite": "1.100000023841858"}),
    "numeric, not a number": Case({"postgres": ("numeric(9,2)", "'NaN'")}, everywhere(NO_NAN)),
    "true": Case(
        {"postgres": ("boolean", "true"), "duckdb": ("BOOLEAN", "true"),
         "sqlite": ("BOOLEAN", "1")},
        {"postgres": "true", "duckdb": "true", "sqlite": "1"}),
    "null": Case(
        {"postgres": ("text", "NULL"), "duckdb": ("VARCHAR", "NULL"), "sqlite": ("TEXT", "NULL")},
        everywhere(None)),
    "empty text": Case(
        {"postgres": ("text", "''"), "duckdb": ("VARCHAR", "''"), "sqlite": ("TEXT", "''")},
        everywhere("")),
    "text": Case(
        {"postgres": ("text", "'007 😀''\"\n'"), "duckdb": ("VARCHAR", "'007 😀''\"\n'"),
         "sqlite": ("TEXT", "'007 😀''\"\n'")},
        everywhere("007 😀'\"\n")),
    "text with a NUL": Case(
        {"duckdb": ("VARCHAR", "'a' || chr(0) || 'b'"),
         "sqlite": ("TEXT", "'a' || char(0) || 'b'")},
        {"postgres": Refused("NUL character"), "duckdb": "a\0b", "sqlite": "a\0b"}),
    "binary": Case(
        {"postgres": ("bytea", "'\\x00ff10'"), "duckdb": ("BLOB", "unhex('00ff10')"),
         "sqlite": ("BLOB", "x'00ff10'")},
        everywhere(BYTES)),
    "binary, empty": Case(
        {"postgres": ("bytea", "'\\x'"), "duckdb": ("BLOB", "''::BLOB"), "sqlite": ("BLOB", "x''")},
        everywhere("\\x")),
    "date": Case(
        {"postgres": ("date", "'2024-02-29'"), "duckdb": ("DATE", "'2024-02-29'"),
         "sqlite": ("DATE", "'2024-02-29'")},
        everywhere("2024-02-29")),
    "date, year 1": Case(
        {"postgres": ("date", "'0001-01-01'"), "duckdb": ("DATE", "'0001-01-01'"),
         "sqlite": ("DATE", "'0001-01-01'")},
        everywhere("0001-01-01")),
    "date before Christ": Case(
        {"postgres": ("date", "'0044-03-15 BC'"), "duckdb": ("DATE", "'0044-03-15 (BC)'")},
        {"postgres": "0044-03-15 BC", "duckdb": "0044-03-15 (BC)", "sqlite": YEARS}),
    "date after 9999": Case(
        {"postgres": ("date", "'20000-01-01'"), "duckdb": ("DATE", "'20000-01-01'")},
        {"postgres": "20000-01-01", "duckdb": "20000-01-01", "sqlite": YEARS}),
    "date, infinite": Case({"postgres": ("date", "'infinity'")}, everywhere(BEYOND)),
    "date, infinite in DuckDB": Case(
        {"duckdb": ("DATE", "'infinity'")},
        {"postgres": BEYOND, "duckdb": "infinity", "sqlite": YEARS}),
    "timestamp": Case(
        {"postgres": ("timestamp", "'1969-12-31 23:59:59.999999'"),
         "duckdb": ("TIMESTAMP", "'1969-12-31 23:59:59.999999'"),
         "sqlite": ("TIMESTAMP", "'1969-12-31 23:59:59.999999'")},
        everywhere("1969-12-31 23:59:59.999999")),
    "timestamp with zone, in UTC": Case(
        {"postgres": ("timestamptz", "'2024-03-31 02:30:00.5+02'"),
         "duckdb": ("TIMESTAMPTZ", "'2024-03-31 02:30:00.5+02'"),
         "sqlite": ("TIMESTAMP", "'2024-03-31T02:30:00.500+02:00'")},
        {"postgres": "2024-03-31 00:30:00.5", "duckdb": "2024-03-31 00:30:00.5",
         "sqlite": "2024-03-31 00:30:00.500000"}),
    "timestamp, infinite": Case({"postgres": ("timestamp", "'infinity'")}, everywhere(BEYOND)),
    "timestamp, infinite in DuckDB": Case(
        {"duckdb": ("TIMESTAMP", "'-infinity'")},
        {"postgres": BEYOND, "duckdb": "-infinity", "sqlite": YEARS}),
    "timestamp of whole microseconds": Case(
        {"duckdb": ("TIMESTAMP_NS", "'2024-01-01 00:00:00.000001'")},
        everywhere("2024-01-01 00:00:00.000001")),
    "timestamp finer than a microsecond": Case(
        {"duckdb": ("TIMESTAMP_NS", "'2024-01-01 00:00:00.000000001'")},
        everywhere(Refused("parts of a microsecond"))),
    "time": Case(
        {"postgres": ("time", "'23:59:59.999999'"), "duckdb": ("TIME", "'23:59:59.999999'"),
         "sqlite": ("TIME", "'23:59:59.999999'")},
        everywhere("23:59:59.999999")),
    "midnight at the end": Case(
        {"postgres": ("time", "'24:00:00'"), "duckdb": ("TIME", "'24:00:00'")},
        {"postgres": "24:00:00", "duckdb": "24:00:00", "sqlite": Refused("24:00:00")}),
    "time with zone, as text": Case(
        {"postgres": ("timetz", "'12:00:00.5+05:30'"), "duckdb": ("TIMETZ", "'12:00:00.5+05:30'")},
        everywhere("12:00:00.5+05:30")),
    "json": Case(
        {"postgres": ("json", "'{\"b\": 1, \"a\": [1, 2.50, null], \"b\": 2}'"),
         "duckdb": ("JSON", "'{\"b\": 1, \"a\": [1, 2.50, null], \"b\": 2}'"),
         "sqlite": ("JSON", "'{\"b\": 1, \"a\": [1, 2.50, null], \"b\": 2}'")},
        everywhere('{"b": 1, "a": [1, 2.50, null], "b": 2}')),
    "uuid, as text": Case(
        {"postgres": ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
         "duckdb": ("UUID", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'")},
        everywhere("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
    "array, as JSON": Case(
        {"postgres": ("integer[]", "'{1,NULL,-3}'"), "duckdb": ("INTEGER[]", "[1, NULL, -3]")},
        everywhere("[1,null,-3]")),
    "array of texts, as JSON": Case(
        {"postgres": ("text[]", "ARRAY['a,b', '\"q\"', NULL, '']"),
         "duckdb": ("VARCHAR[]", "['a,b', '\"q\"', NULL, '']")},
        everywhere('["a,b","\\"q\\"",null,""]')),
    "record, as JSON": Case(
        {"duckdb": ("STRUCT(a INTEGER, b DECIMAL(20,2))", "{'a': 1, 'b': 2.50}")},
        everywhere('{"a":1,"b":2.50}')),
    "interval, as text": Case(
        {"postgres": ("interval", "'1 year 2 mons 3 days 04:05:06.789'"),
         "duckdb": ("INTERVAL", "INTERVAL '1 year 2 mons 3 days 04:05:06.789'")},
        {}),
    "enumeration, as text": Case(
        {"duckdb": ("ENUM('sad', 'happy')", "'happy'")}, everywhere("happy")),
    "bits, as text": Case(
        {"postgres": ("bit(3)", "'101'"), "duckdb": ("BIT", "'101'")}, everywhere("101")),
}  # fmt: skip

PAIRS = [
    (name, source, target)
    for name, case in CASES.items()
    for source in case.given
    for target in KINDS
]


class Databases:
    """One database of each kind, asked by clients of the test's own."""

    def __init__(self, bench, postgres: PostgresPlace | None) -> None:
        self.bench = bench
        self.postgres = postgres
        if postgres is not None:
            bench.server = postgres.spec(POSTGRES, "server")

    def _server(self) -> PostgresPlace:
        assert self.postgres is not None
        return self.postgres

    def make(self, kind: str, native: str, value: str) -> None:
        for statement in (f"CREATE TABLE a (v {native})", f"INSERT INTO a VALUES ({value})"):  # noqa: S608
            if kind == "postgres":
                self._server().execute(statement)
            elif kind == "duckdb":
                duckdb_rows(self.bench.root, statement)
            else:
                sqlite_rows(self.bench.root, statement)

    def shown(self, kind: str) -> list[Any]:
        """The delivered values as texts."""
        if kind == "postgres":
            return [value for (value,) in self._server().rows("SELECT v::text FROM b")]
        if kind == "duckdb":
            with_text = self._duckdb()
            return [_hex(raw) if isinstance(raw, bytes) else text for raw, text in with_text]
        rows = sqlite_rows(self.bench.root, "SELECT v FROM b")
        return [_hex(v) if isinstance(v, bytes) else v if v is None else str(v) for (v,) in rows]

    def _duckdb(self) -> list[tuple[Any, str]]:
        root = self.bench.root
        (kind,) = {str(row[1]) for row in duckdb_rows(root, "DESCRIBE b")}
        if kind == "BLOB":
            return [(raw, "") for (raw,) in duckdb_rows(root, "SELECT v FROM b")]
        return [("", text) for (text,) in duckdb_rows(root, "SELECT v::VARCHAR FROM b")]


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()


@pytest.fixture
def databases(bench, request, source, target) -> Databases:
    """With a server only where one is part of the pair: that takes its time."""
    if "postgres" not in (source, target):
        return Databases(bench, None)
    server, database = (request.getfixturevalue(n) for n in ("postgres", "postgres_database"))
    return Databases(bench, PostgresPlace(server, database))


@pytest.fixture
def bench(tmp_path):
    (tmp_path / "files").mkdir()
    return Bench(tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("name", "source", "target"), PAIRS, ids=lambda part: part)
def test_a_value_arrives_exactly_or_is_refused(databases, name, source, target):
    case = CASES[name]
    databases.make(source, *case.given[source])
    reading = component("database_source", "in", connection_id=KINDS[source], source_table="a",
                        schema={"fields": [{"name": "v"}]})  # fmt: skip
    flow = chain(reading, table_destination("out", "b", connection_id=KINDS[target]))
    expected = case.found.get(target, _INTERVALS.get(source))

    if isinstance(expected, Refused):
        with pytest.raises(StageFailed) as caught:
            databases.bench.run(flow)
        assert expected.words in caught.value.message
        return
    databases.bench.run(flow)

    assert databases.shown(target) == [expected]


_INTERVALS = {
    "postgres": "1 year 2 mons 3 days 04:05:06.789",
    "duckdb": "1 year 2 months 3 days 04:05:06.789",
}
