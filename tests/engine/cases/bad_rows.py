"""Rows that are put aside, and tables that have changed since their flow was made."""

import json
import re

from tests.engine.cases.case import Case, Fails
from tests.engine.cases.nasty import ID, NAME, NASTY, PRICE, ROWS
from tests.engine.flows import DUCKDB, FILES, SQLITE, Bench, component, table_destination
from tests.engine.tables import duckdb_rows, sqlite_rows

BAD = table_destination("bad", "bad")
ASIDE = [("pick", "bad", "rejects")]


def aside(bench: Bench) -> list[tuple]:
    """Who put a row aside, because of which of its fields, and its id, name and price."""
    found = duckdb_rows(bench.root, "SELECT * FROM bad")
    rows = [(name, reason, json.loads(text)) for name, reason, text in found]
    return [
        (name, " ".join(re.findall(r"(\w+): ", reason)), row.get("id"), row.get("name"),
         row.get("price"))
        for name, reason, row in rows
    ]  # fmt: skip


def good_and_bad(bench: Bench) -> list[tuple]:
    return [*duckdb_rows(bench.root, "SELECT * FROM t"), *aside(bench)]


def picking(**properties) -> dict:
    """A select that can take no id beyond an int, and no price of more than two digits."""
    fields = [
        {"expression": "id", "alias": "n", "type": "int"},
        {"expression": "price", "alias": "cheap", "type": "decimal(4,2)"},
    ]
    return component("select", "pick", fields=fields, on_error="reject", **properties)


def faults(row: tuple) -> str:
    """The fields that `picking` cannot make of a row."""
    is_wide = not -(2**31) <= row[ID] < 2**31
    is_dear = row[PRICE] is not None and abs(row[PRICE]) >= 100
    return " ".join(["n"] * is_wide + ["cheap"] * is_dear)


PICKED = [(row[ID], row[PRICE]) for row in ROWS if not faults(row)]
REFUSED = [
    ("pick", faults(row), row[ID], row[NAME], str(row[PRICE])) for row in ROWS if faults(row)
]


def picked(name: str, expected, **properties) -> Case:
    return Case(
        f"a select {name}",
        [NASTY, picking(**properties), table_destination("out", "t"), BAD],
        expected,
        pairs=[("nasty", "pick"), ("pick", "out"), ("pick", "bad", "rejects")],
        rows=good_and_bad,
    )


def loose_types(bench: Bench) -> None:
    """SQLite keeps what it is given, whatever the column says."""
    sqlite_rows(bench.root, "CREATE TABLE s (id INTEGER, name TEXT, price INTEGER)")
    sqlite_rows(
        bench.root,
        "INSERT INTO s VALUES (1, 'a', 5), (2, 'it''s', 'x'), (3, NULL, NULL), (4, '', 'y')",
    )


def read(name: str, expected, **properties) -> Case:
    fields = [{"name": "id"}, {"name": "name"}, {"name": "price", "type": "int"}]
    source = component(
        "database_source", "pick", connection_id=SQLITE, source_table="s", on_error="reject",
        schema={"fields": fields}, **properties,
    )  # fmt: skip
    return Case(
        f"a table source {name}",
        [source, table_destination("out", "t"), BAD],
        expected,
        pairs=[("pick", "out"), *ASIDE],
        prepare=loose_types,
        rows=lambda bench: [
            *duckdb_rows(bench.root, "SELECT * FROM t"),
            *((who, row_id) for who, _, row_id, *_ in aside(bench)),
        ],
    )


def loose_texts(bench: Bench) -> None:
    """A file whose prices are not all numbers, and another with its columns the other way round."""
    bench.write("loose/a.csv", "id,name,price\n1,a,5\n2,it's,x\n3,,\n")
    bench.write("loose/b.csv", 'price,name,id\n5000000000,"",4\n6,"b",5\n')


def read_files(name: str, expected, **properties) -> Case:
    fields = [
        {"name": "id", "type": "long"}, {"name": "name"}, {"name": "price", "type": "int"}
    ]  # fmt: skip
    source = component(
        "cloud_storage_source", "pick", connection_id=FILES, path="loose/*.csv", delimiter=",",
        quote='"', header_row=True, on_error="reject", schema={"fields": fields}, **properties,
    )  # fmt: skip
    return Case(
        f"a file source {name}",
        [source, table_destination("out", "t"), BAD],
        expected,
        pairs=[("pick", "out"), *ASIDE],
        prepare=loose_texts,
        rows=good_and_bad,
    )


IN_FILES = [
    (1, "a", 5), (3, None, None), (5, "b", 6),
    ("pick", "price", "2", "it's", "x"), ("pick", "price", "4", "", "5000000000"),
]  # fmt: skip


SHORT = [(row[ID], row[NAME]) for row in ROWS if row[NAME] is not None and len(row[NAME]) <= 10]
LONG = [
    ("pick", "name", row[ID], row[NAME], None if row[PRICE] is None else str(row[PRICE]))
    for row in ROWS if row[NAME] is None or len(row[NAME]) > 10
]  # fmt: skip


def delivered(name: str, expected, **properties) -> Case:
    fields = [{"name": "id"}, {"name": "name", "nullable": False, "length": 10}]
    target = component(
        "database_destination", "pick", connection_id=DUCKDB, target_table="t", on_error="reject",
        schema={"fields": fields}, **properties,
    )  # fmt: skip
    return Case(
        f"a table destination {name}",
        [NASTY, target, BAD],
        expected,
        pairs=[("nasty", "pick"), *ASIDE],
        rows=good_and_bad,
    )


def changed(bench: Bench) -> None:
    """A source with a wider type and a new column, and a table as they were."""
    duckdb_rows(bench.root, "CREATE TABLE src (id BIGINT, v VARCHAR, w DATE)")
    duckdb_rows(
        bench.root, "INSERT INTO src VALUES (9000000000, 'it''s', '2024-02-29'), (1, NULL, NULL)"
    )
    duckdb_rows(bench.root, "CREATE TABLE t (id INTEGER, v VARCHAR)")
    duckdb_rows(bench.root, "INSERT INTO t VALUES (7, 'old')")


def drifting(name: str, expected, policy: str, *more: str) -> Case:
    fields = [{"name": "id", "type": "int"}, {"name": "v"}, *({"name": part} for part in more)]
    source = component(
        "database_source", "in", connection_id=DUCKDB, source_table="src",
        schema={"fields": fields},
    )  # fmt: skip
    return Case(
        f"a changed table {name}",
        [source, table_destination("out", "t", schema_drift=policy)],
        expected,
        prepare=changed,
        rows=lambda bench: duckdb_rows(bench.root, "SELECT id, v, CAST(w AS VARCHAR) FROM t"),
    )


CASES = [
    picked("puts rows aside", [*PICKED, *REFUSED]),
    picked("puts as many rows aside as it may", [*PICKED, *REFUSED], max_rejects=len(REFUSED)),
    picked("fails on one bad row too many", Fails("max_rejects is 2", "pick"), max_rejects=2),
    picked("puts a share of rows aside", [*PICKED, *REFUSED], max_reject_percent=27.3),
    picked("fails on too large a share", Fails("3 of 11 rows are bad", "pick"),
           max_reject_percent=27.2),

    read("puts rows aside", [(1, "a", 5), (3, None, None), ("pick", 2), ("pick", 4)]),
    read("puts a share of rows aside", [(1, "a", 5), (3, None, None), ("pick", 2), ("pick", 4)],
         max_rejects=2, max_reject_percent=50),
    read("fails on one bad row too many", Fails("2 of 4 rows are bad", "pick"), max_rejects=1),
    read("fails on too large a share", Fails("max_reject_percent is 49.9", "pick"),
         max_reject_percent=49.9),

    read_files("puts rows aside", IN_FILES),
    read_files("puts as many rows aside as it may", IN_FILES, max_rejects=2,
               max_reject_percent=40),
    read_files("fails on one bad row too many", Fails("2 of 5 rows are bad", "pick"),
               max_rejects=1),
    read_files("fails on too large a share", Fails("max_reject_percent is 39.9", "pick"),
               max_reject_percent=39.9),

    delivered("puts rows aside", [*SHORT, *LONG]),
    delivered("puts as many rows aside as it may", [*SHORT, *LONG], max_rejects=len(LONG),
              max_reject_percent=100 * len(LONG) / len(ROWS) + 0.01),
    delivered("fails on one bad row too many", Fails("max_rejects is 3", "pick"), max_rejects=3),
    delivered("fails on too large a share", Fails("max_reject_percent is 36", "pick"),
              max_reject_percent=36),

    drifting("is followed", [(7, "old", None), (9_000_000_000, "it's", "2024-02-29"),
                             (1, None, None)], "add_columns"),
    drifting("is refused", Fails("the column w (DATE) is new", "in"), "fail"),
    drifting("stops what cannot take it when it is ignored", Fails("9000000000", "in"), "ignore"),
    drifting("without a column that is wanted", Fails("The column gone", "in"), "add_columns",
             "gone"),
]  # fmt: skip
