"""Tables in and out: what stands in them is made and looked at by the test itself."""

from collections.abc import Callable

from tests.engine.cases.case import Case, Fails, data
from tests.engine.flows import DUCKDB, SQLITE, Bench, component
from tests.engine.tables import duckdb_rows, sqlite_rows

HERE = [(1, "old"), (2, "it's"), (3, None)]
COMING = [(2, "new"), (4, "é 👍"), (5, None)]
SOURCE = data("in", {"id": "int", "v": "string"}, COMING)
FILL = "INSERT INTO s.t VALUES (1, 'old'), (2, 'it''s'), (3, NULL)"


def filled(bench: Bench) -> None:
    duckdb_rows(bench.root, "CREATE SCHEMA s")
    duckdb_rows(bench.root, "CREATE TABLE s.t (id INTEGER, v VARCHAR)")
    duckdb_rows(bench.root, FILL)


def filled_with_null(bench: Bench) -> None:
    filled(bench)
    duckdb_rows(bench.root, "INSERT INTO s.t VALUES (NULL, 'no number')")


def filled_sqlite(bench: Bench) -> None:
    sqlite_rows(bench.root, "CREATE TABLE t (id INTEGER, v TEXT)")
    sqlite_rows(bench.root, "INSERT INTO t VALUES (1, 'old'), (2, 'it''s'), (3, NULL)")


def looking(query: str) -> Callable[[Bench], list[tuple]]:
    return lambda bench: duckdb_rows(bench.root, query)


def reads(**properties) -> dict:
    listed = {"fields": [{"name": "id", "type": "long"}, {"name": "v", "alias": "text"}]}
    return component("database_source", "in", schema=listed, **properties)


def writes(**properties) -> dict:
    body = {"connection_id": DUCKDB, "target_schema": "s", "target_table": "t", **properties}
    return component("database_destination", "out", **body)


def mapped(*fields: dict) -> dict:
    return {"fields": list(fields)}


KEYED = mapped({"input": "id", "name": "id", "type": "int", "key": True, "nullable": False},
               {"name": "v", "nullable": True})  # fmt: skip
ALL = looking("SELECT id, v FROM s.t")
MERGED = [(1, "old"), (2, "new"), (3, None), (4, "é 👍"), (5, None)]


def written(name: str, expected, operation: str, *, prepare=filled, **properties) -> Case:
    return Case(f"table {name}", [SOURCE, writes(operation_type=operation, **properties)],
                expected, prepare=prepare, rows=properties.pop("rows", ALL))  # fmt: skip


CASES = [
    Case("table read", [reads(connection_id=DUCKDB, access_mode="table", source_schema="s",
                              source_table="t")], HERE, prepare=filled),
    Case("table read through a where clause",
         [reads(connection_id=SQLITE, source_table="t",
                where_clause="v = '$wanted' OR id >= $low")],
         [(2, "it's"), (3, None)], prepare=filled_sqlite,
         variables={"wanted": "'it''s'", "low": "3"}),
    Case("table read by a query",
         [reads(connection_id=DUCKDB, access_mode="query",
                query="SELECT id * 10 AS id, upper(v) AS v FROM s.t WHERE id < $high")],
         [(10, "OLD"), (20, "IT'S")], prepare=filled, variables={"high": "3"}),

    Case("table read over several connections, stored first",
         [reads(connection_id=DUCKDB, source_schema="s", source_table="t", source_action="copy",
                split_by_column="id", max_parallel_connections=3)],
         [*HERE, (None, "no number")],
         prepare=filled_with_null),
    Case("table read as it is asked for, nothing stored",
         [reads(connection_id=DUCKDB, source_schema="s", source_table="t", source_action="none")],
         HERE, prepare=filled),

    written("appended to", HERE + COMING, "append"),
    written("overwritten by truncate", COMING, "overwrite_truncate"),
    written("overwritten by delete", COMING, "overwrite_delete"),
    written("merged by delete and insert", MERGED, "merge_delete_insert", schema=KEYED),
    written("merged by update and insert", MERGED, "merge_update_insert", schema=KEYED),
    written("missing and not to be made", Fails("no_such", "out"), "append", create_table=False,
            target_table="no_such"),
    Case("table there and not to be made", [SOURCE, writes(create_table=False)], HERE + COMING,
         prepare=filled, rows=ALL),
    Case("table with statements before and after, in small batches",
         [SOURCE, writes(pre_action_sql="DELETE FROM s.t WHERE id = 1",
                         post_action_sql="UPDATE s.t SET v = 'after' WHERE v IS NULL",
                         batch_size=1, schema=mapped({"name": "id"}, {"name": "v", "length": 9}))],
         [(2, "it's"), (3, "after"), (2, "new"), (4, "é 👍"), (5, "after")],
         prepare=filled, rows=ALL),
    Case("table given another column", [
        SOURCE, component("select", "s", include_all_input=True,
                          fields=[{"expression": "id * 2", "alias": "w"}]),
        writes(add_columns=True)],
        [(*row, None) for row in HERE] + [(*row, row[0] * 2) for row in COMING],
        prepare=filled, rows=looking("SELECT id, v, w FROM s.t")),
]  # fmt: skip
