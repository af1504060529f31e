"""Each component against a plain calculation in Python or polars."""

import gzip
from collections import defaultdict
from statistics import mean

import polars as pl
import pytest

from engine.execute import StageFailed
from tests.engine.flows import (
    DUCKDB,
    FILES,
    SQLITE,
    Recorder,
    chain,
    component,
    csv_source,
    graph,
    table_destination,
)
from tests.engine.tables import duckdb_rows, sqlite_rows

ORDERS = [
    (1, "ann", 10.5, "2024-01-05"),
    (2, "bob", None, "2024-01-06"),
    (3, "ann", 7.25, "2024-02-01"),
    (4, None, 99.0, "2024-02-02"),
    (5, "cid", -3.0, None),
    (6, "bob", 20.0, "2024-02-03"),
]
FIELDS = {"id": "long", "customer": "string", "amount": "double", "day": "date"}


@pytest.fixture
def orders(bench):
    lines = [",".join("" if v is None else str(v) for v in row) for row in ORDERS]
    bench.write("orders.csv", "id,customer,amount,day\n" + "\n".join(lines) + "\n")
    return csv_source("orders", "orders.csv", FIELDS)


def test_select_computes_renames_and_drops(bench, orders):
    select = component(
        "select",
        "pick",
        fields=[
            {"expression": "id", "alias": "number"},
            {"expression": "amount * 2", "alias": "double_amount"},
            {"expression": "amount", "alias": "whole", "type": "int"},
        ],
    )

    bench.run(chain(orders, select, table_destination("out", "t")))

    expected = [
        (i, None if a is None else a * 2, None if a is None else _half_away(a))
        for i, _, a, _ in ORDERS
    ]
    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY number") == expected


def _half_away(value: float) -> int:
    return int(abs(value) + 0.5) * (1 if value >= 0 else -1)


def test_select_with_all_input_replaces_a_field_in_its_place(bench, orders):
    select = component(
        "select",
        "pick",
        include_all_input=True,
        fields=[
            {"expression": "upper(customer)", "alias": "customer"},
            {"expression": "id + 1", "alias": "next"},
        ],
    )

    bench.run(chain(orders, select, table_destination("out", "t")))

    rows = duckdb_rows(bench.root, "SELECT id, customer, next FROM t ORDER BY id")
    assert rows == [(i, c.upper() if c else None, i + 1) for i, c, _, _ in ORDERS]
    names = duckdb_rows(bench.root, "SELECT name FROM pragma_table_info('t') ORDER BY cid")
    assert [name for (name,) in names] == ["id", "customer", "amount", "day", "next"]


@pytest.mark.parametrize(
    ("operator", "conditions", "keep"),
    [
        ("all", [("amount", "gt", "7.25"), ("id", "lt", "5")], lambda r: r[0] in (1, 4)),
        ("any", [("customer", "is_null", None), ("amount", "lt", "0")], lambda r: r[0] in (4, 5)),
        ("none", [("amount", "gte", "10")], lambda r: r[0] in (3, 5)),
        ("all", [("customer", "text_matches", "a.*|c.d")], lambda r: r[0] in (1, 3, 5)),
        ("all", [("customer", "text_equals", "bob")], lambda r: r[0] in (2, 6)),
        ("all", [("customer", "text_not_equals", "bob")], lambda r: r[0] in (1, 3, 5)),
        ("all", [("day", "eq", "'2024-02-01'")], lambda r: r[0] == 3),
        ("all", [("id % 2", "ne", "0")], lambda r: r[0] in (1, 3, 5)),
    ],
)
def test_filter_keeps_what_meets_its_conditions(bench, orders, operator, conditions, keep):
    parts = [
        {"left": left, "operator": code, **({} if right is None else {"right": right})}
        for left, code, right in conditions
    ]
    filter_ = component("filter", "keep", logical_operator=operator, conditions=parts)
    recorder = Recorder()

    bench.run(chain(orders, filter_, table_destination("out", "t")), recorder=recorder)

    expected = [row[0] for row in ORDERS if keep(row)]
    found = duckdb_rows(bench.root, "SELECT id FROM t ORDER BY id")
    assert [number for (number,) in found] == expected
    assert recorder.rows()["keep"] == (6, len(expected))


def test_filter_groups_may_be_nested(bench, orders):
    group = {
        "logical_operator": "any",
        "conditions": [
            {"left": "customer", "operator": "text_equals", "right": "ann"},
            {"left": "customer", "operator": "text_equals", "right": "bob"},
        ],
    }
    conditions = [{"left": "amount", "operator": "gt", "right": "10"}, group]
    filter_ = component("filter", "keep", conditions=conditions)

    bench.run(chain(orders, filter_, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT id FROM t ORDER BY id") == [(1,), (6,)]


CITIES = [("ann", 1, "Oslo"), ("bob", 1, "Rome"), ("dan", 1, "Bonn"), (None, 1, "Nowhere")]


@pytest.mark.parametrize("join_type", ["inner", "left", "right", "full"])
def test_join_agrees_with_polars(bench, orders, join_type):
    lines = "\n".join(f"{c or ''},{n},{city}" for c, n, city in CITIES)
    bench.write("cities.csv", f"customer,one,city\n{lines}\n")
    cities = csv_source(
        "cities", "cities.csv", {"customer": "string", "one": "long", "city": "string"}
    )
    join = component(
        "join",
        "with_city",
        join_type=join_type,
        conditions=[
            {"left_field": "customer", "right_field": "customer"},
            {"left_field": "one", "right_field": "one"},
        ],
    )
    one = component(
        "select", "ones", include_all_input=True, fields=[{"expression": "1", "alias": "one"}]
    )
    parts = [orders, one, cities, join, table_destination("out", "t")]
    pairs = [("orders", "ones"), ("ones", "with_city"), ("cities", "with_city"),
             ("with_city", "out")]  # fmt: skip

    bench.run(graph(parts, pairs))

    left = pl.DataFrame(
        {"id": [r[0] for r in ORDERS], "customer": [r[1] for r in ORDERS], "one": [1] * 6}
    )
    right = pl.DataFrame(CITIES, schema=["customer", "one", "city"], orient="row")
    if join_type == "right":
        joined = right.join(left, on=["customer", "one"], how="left").with_columns(
            pl.col("customer").alias("customer_right")
        )
        joined = joined.with_columns(
            pl.when(pl.col("id").is_null())
            .then(None)
            .otherwise(pl.col("customer"))
            .alias("customer")
        )
    else:
        joined = left.join(right, on=["customer", "one"], how=join_type, coalesce=False)
    expected = joined.select("id", "customer", "customer_right", "city").rows()
    query = "SELECT id, customer, cities_customer, city FROM t"
    assert sorted(duckdb_rows(bench.root, query), key=str) == sorted(expected, key=str)


def test_a_join_uses_its_ports_and_not_the_order_of_edges(bench, orders):
    bench.write("cities.csv", "customer,city\nann,Oslo\n")
    cities = csv_source("cities", "cities.csv", {"customer": "string", "city": "string"})
    join = component(
        "join",
        "j",
        join_type="left",
        conditions=[{"left_field": "customer", "right_field": "customer"}],
    )
    flow = graph(
        [orders, cities, join, table_destination("out", "t")],
        [("cities", "j"), ("orders", "j"), ("j", "out")],
    )
    flow["edges"][0]["target_port"] = "right"

    bench.run(flow)

    assert duckdb_rows(bench.root, "SELECT count(*), count(city) FROM t") == [(6, 2)]


def test_aggregate_agrees_with_plain_python(bench, orders):
    figures = [
        {"function": "count_all", "alias": "rows"},
        {"function": "count", "field": "amount", "alias": "amounts"},
        {"function": "sum", "field": "amount", "alias": "total"},
        {"function": "average", "field": "amount", "alias": "mean"},
        {"function": "minimum", "field": "amount", "alias": "low"},
        {"function": "maximum", "field": "day", "alias": "last"},
        {"function": "count_distinct", "field": "day", "alias": "days"},
        {"function": "sum", "field": "id", "alias": "ids"},
    ]
    aggregate = component(
        "aggregate", "per", group_by=[{"field": "customer"}], aggregations=figures
    )

    bench.run(chain(orders, aggregate, table_destination("out", "t")))

    groups = defaultdict(list)
    for row in ORDERS:
        groups[row[1]].append(row)
    expected = []
    for customer, rows in groups.items():
        amounts = [row[2] for row in rows if row[2] is not None]
        days = [row[3] for row in rows if row[3] is not None]
        expected.append(
            (customer, len(rows), len(amounts), sum(amounts), mean(amounts), min(amounts),
             max(days, default=None), len(set(days)), sum(row[0] for row in rows))
        )  # fmt: skip
    found = duckdb_rows(
        bench.root,
        "SELECT customer, rows, amounts, total, mean, low, last::VARCHAR, days, ids FROM t",
    )
    assert sorted(found, key=str) == sorted(expected, key=str)
    kind = "SELECT data_type FROM duckdb_columns() WHERE column_name = 'ids' AND table_name = 't'"
    assert duckdb_rows(bench.root, kind) == [("BIGINT",)]


def test_aggregate_without_groups_gives_one_row_even_of_nothing(bench):
    bench.write("empty.csv", "id\n")
    aggregate = component(
        "aggregate",
        "all",
        aggregations=[
            {"function": "count_all", "alias": "n"},
            {"function": "sum", "field": "id", "alias": "s"},
        ],
    )
    source = csv_source("none", "empty.csv", {"id": "long"})

    totals = bench.run(chain(source, aggregate, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT * FROM t") == [(0, None)]
    assert totals.rows_read == 0


def test_sort_keeps_its_order_into_the_destination_with_nulls_as_smallest(bench, orders):
    sort = component(
        "sort",
        "s",
        sort_fields=[{"field": "customer", "direction": "desc"}, {"field": "amount"}],
    )
    destination = component(
        "cloud_storage_destination", "out", connection_id=FILES, directory="sorted",
        string_qualifier='"', delimiter=",", write_header=True,
    )  # fmt: skip

    bench.run(chain(orders, sort, destination))

    (path,) = (bench.root / "files" / "sorted").iterdir()
    ids = [int(line.split(",")[0]) for line in path.read_text().splitlines()[1:]]
    assert ids == [5, 2, 6, 3, 1, 4]


def test_a_large_sort_keeps_its_order_through_limit_and_select(bench):
    count = 200_000
    values = [(index * 7_919) % count for index in range(count)]
    bench.write("numbers.csv", "n\n" + "\n".join(map(str, values)) + "\n")
    parts = [
        csv_source("numbers", "numbers.csv", {"n": "long"}),
        component("sort", "s", sort_fields=[{"field": "n", "direction": "desc"}]),
        component("limit", "top", limit=150_000),
        component("select", "plus", fields=[{"expression": "n + 1", "alias": "n"}]),
        table_destination("out", "t"),
    ]

    bench.run(chain(*parts))

    rows = duckdb_rows(bench.root, "SELECT n FROM t ORDER BY rowid")
    assert [n for (n,) in rows] == list(range(count, count - 150_000, -1))


def test_limit_takes_no_more_than_there_is(bench, orders):
    recorder = Recorder()

    flow = chain(orders, component("limit", "top", limit=4), table_destination("out", "t"))
    bench.run(flow, recorder=recorder)

    assert recorder.rows() == {"orders": (None, 6), "top": (6, 4), "out": (4, 4)}


def test_one_source_feeds_several_destinations_and_is_read_once(bench, orders):
    recorder = Recorder()
    parts = [
        orders,
        table_destination("duck", "t"),
        table_destination("lite", "t", connection_id=SQLITE),
        component("cloud_storage_destination", "folder", connection_id=FILES, directory="copy",
                  destination_format="parquet"),
    ]  # fmt: skip
    pairs = [("orders", name) for name in ("duck", "lite", "folder")]

    totals = bench.run(graph(parts, pairs), recorder=recorder)

    assert (totals.rows_read, totals.rows_written) == (6, 18)
    assert recorder.first_batches == 1
    assert duckdb_rows(bench.root, "SELECT count(*) FROM t") == [(6,)]
    assert sqlite_rows(bench.root, "SELECT count(*) FROM t") == [(6,)]
    assert pl.read_parquet(bench.root / "files" / "copy" / "*.parquet")["id"].to_list() == [
        row[0] for row in ORDERS
    ]


def test_gzip_and_patterns_are_read_and_files_of_different_headers_are_united(bench):
    (bench.root / "files" / "in").mkdir()
    with gzip.open(bench.root / "files" / "in" / "a.csv.gz", "wt") as stream:
        stream.write("id,name\n1,ann\n")
    bench.write("in/b.csv", "name,extra,id\r\nbob,x,2\r\n")
    bench.write("in/_hidden.csv", "id,name\n3,no\n")
    bench.write("in/.hidden.csv", "id,name\n4,no\n")
    source = csv_source("in", "in/*.{csv,csv.gz}", {"id": "long", "name": "string"})

    bench.run(chain(source, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY id") == [(1, "ann"), (2, "bob")]


def test_an_empty_value_is_null_and_a_quoted_one_is_the_empty_text(bench):
    bench.write("in.csv", 'id,name\n1,\n2,""\n3,"a ""b"", c"\n')
    source = csv_source("in", "in.csv", {"id": "long", "name": "string"})

    bench.run(chain(source, table_destination("out", "t")))

    rows = duckdb_rows(bench.root, "SELECT * FROM t ORDER BY id")
    assert rows == [(1, None), (2, ""), (3, 'a "b", c')]


@pytest.mark.parametrize(
    ("word", "value"),
    [("long", "abc"), ("int", "1.5"), ("date", "2024-02-30"), ("double", "NA"), ("boolean", "?")],
)
def test_a_value_of_the_wrong_type_is_named_with_file_and_column(bench, word, value):
    bench.write("in.csv", f"id,v\n1,{value}\n")
    source = csv_source("in", "in.csv", {"id": "long", "v": word})

    with pytest.raises(StageFailed) as caught:
        bench.run(chain(source, table_destination("out", "t")))

    assert caught.value.component_name == "in"
    assert f"The file in.csv holds '{value}' in the column v" in caught.value.message


@pytest.mark.parametrize("content", ["id,v\n1,2\n3,4,5\n", "id,v\n1\n", 'id,v\n1,"abc\n'])
def test_a_broken_line_is_named_with_file_and_number(bench, content):
    bench.write("in.csv", content)
    source = csv_source("in", "in.csv", {"id": "long", "v": "string"})

    with pytest.raises(StageFailed, match=r"The file in\.csv cannot be read at line [23]: "):
        bench.run(chain(source, table_destination("out", "t")))


def test_null_string_stands_for_a_missing_value(bench):
    bench.write("in.csv", "id,v\n1,NA\n2,3\n")
    source = csv_source("in", "in.csv", {"id": "long", "v": "long"}, null_string="NA")

    bench.run(chain(source, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY id") == [(1, None), (2, 3)]


def test_a_file_without_a_header_is_read_by_position(bench):
    bench.write("in.csv", "1\tann\tx\n2\tbob\ty\n")
    source = csv_source(
        "in", "in.csv", {"id": "long", "name": "string"},
        header_row=False, delimiter="\t", quote="none",
    )  # fmt: skip

    bench.run(chain(source, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY id") == [(1, "ann"), (2, "bob")]


def test_a_missing_file_and_a_missing_column_are_told_clearly(bench, orders):
    gone = csv_source("old", "old/*.csv", {"id": "long"})
    with pytest.raises(StageFailed, match=r"The file old/\*\.csv is no longer in files"):
        bench.run(chain(gone, table_destination("out", "t")))

    wrong = csv_source("orders", "orders.csv", {"id": "long", "prize": "double"})
    with pytest.raises(StageFailed, match="The file orders.csv has no column prize"):
        bench.run(chain(wrong, table_destination("out", "t")))


def test_a_failing_expression_is_blamed_on_its_own_component(bench, orders):
    select = component(
        "select", "bad", fields=[{"expression": "cast(customer AS int)", "alias": "n"}]
    )
    aggregate = component(
        "aggregate", "later", aggregations=[{"function": "sum", "field": "n", "alias": "s"}]
    )

    with pytest.raises(StageFailed) as caught:
        bench.run(chain(orders, select, aggregate, table_destination("out", "t")))

    assert caught.value.component_name == "bad"


def test_a_table_travels_from_database_to_database_with_a_where_clause(bench):
    sqlite_rows(bench.root, "CREATE TABLE src (id INTEGER, name TEXT)")
    sqlite_rows(bench.root, "INSERT INTO src VALUES (1, 'a'), (2, 'b'), (3, 'it''s')")
    source = component(
        "database_source", "src", connection_id=SQLITE, source_table="src",
        where_clause="id > $low AND name <> '$not'",
        schema={"fields": [{"name": "id"}, {"name": "name", "alias": "label"}]},
    )  # fmt: skip
    recorder = Recorder()

    bench.run(
        chain(source, table_destination("out", "t")),
        {"low": "1", "not": "'it''s'"},
        recorder=recorder,
    )

    assert duckdb_rows(bench.root, "SELECT id, label FROM t") == [(2, "b")]
    assert recorder.rows() == {"src": (None, 1), "out": (1, 1)}


def test_a_query_source_reads_only_a_select(bench):
    duckdb_rows(bench.root, "CREATE TABLE src AS SELECT range AS id FROM range(5)")

    def flow(query: str) -> dict:
        source = component(
            "database_source", "src", connection_id=DUCKDB, access_mode="query", query=query,
            schema={"fields": [{"name": "id"}]},
        )  # fmt: skip
        return chain(source, table_destination("out", "t", connection_id=SQLITE))

    bench.run(flow("SELECT id FROM src WHERE id % 2 = 0"))

    assert sqlite_rows(bench.root, "SELECT id FROM t ORDER BY id") == [(0,), (2,), (4,)]
    for hostile in ("SELECT 1 AS id) AS q; DROP TABLE src; --", "DELETE FROM src",
                    "SELECT * FROM read_text('/etc/passwd')"):  # fmt: skip
        with pytest.raises(StageFailed):
            bench.run(flow(hostile))
    assert duckdb_rows(bench.root, "SELECT count(*) FROM src") == [(5,)]
