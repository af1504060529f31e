"""Rows of files with values that are not of the declared type go out of the port rejects."""

import gzip
import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from engine.execute import StageFailed
from tests.engine.flows import FILES, MemoryLedger, Recorder, component, csv_source, graph
from tests.engine.flows import table_destination as table
from tests.engine.tables import duckdb_rows
from tests.engine.workbooks import number_cell, text_cell, workbook

MORNING = datetime.fromisoformat("2024-02-29 10:00")
NEW_YEAR = datetime.fromisoformat("2024-01-01")
PAIRS = [("in", "out"), ("in", "bad", "rejects")]


def run(bench, source, recorder=None, pairs=PAIRS):
    parts = [source, table("out", "t"), *([table("bad", "bad")] if len(pairs) > 1 else [])]
    return bench.run(graph(parts, pairs), recorder=recorder)


def put_aside(bench) -> list[tuple[str, dict]]:
    rows = duckdb_rows(bench.root, "SELECT * FROM bad ORDER BY reject_reason")
    assert {who for who, _, _ in rows} <= {"in"}
    return [(reason, json.loads(row)) for _, reason, row in rows]


TYPES = {"n": "int", "m": "decimal(6,2)", "d": "date", "t": "datetime", "b": "boolean",
         "f": "float", "s": "string"}  # fmt: skip


def test_every_type_refuses_its_bad_texts_and_tells_column_value_and_file(bench):
    bench.write(
        "one.csv",
        "extra,n,m,d,t,b,f,s\n"
        "x1,1,1.50,2024-02-29,2024-02-29 10:00:00,true,0.5,fine\n"
        "x2,2147483648,1,2024-01-01,2024-01-01 00:00:00,true,1,wide\n"
        "x3,3,1.005,2024-01-01,2024-01-01 00:00:00,true,1,fine grained\n"
        "x4,4,1,2023-02-29,2024-01-01 00:00:00,true,1,no day\n"
        "x5,5,1,2024-01-01,noon,true,1,no time\n"
        "x6,6,1,2024-01-01,2024-01-01 00:00:00,perhaps,1,neither\n"
        "x7,7,1,2024-01-01,2024-01-01 00:00:00,false,1e99,huge\n"
        'x8,,,,,,,""\n',
    )
    recorder = Recorder()

    totals = run(bench, csv_source("in", "one.csv", TYPES, on_error="reject"), recorder)

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY n") == [
        (1, Decimal("1.50"), date(2024, 2, 29), MORNING, True, 0.5, "fine"),
        (None, None, None, None, None, None, ""),
    ]
    assert [(reason, row["extra"]) for reason, row in put_aside(bench)] == [
        ("b: 'perhaps' in one.csv cannot be read as boolean", "x6"),
        ("d: '2023-02-29' in one.csv cannot be read as date", "x4"),
        ("f: '1e99' in one.csv cannot be read as float", "x7"),
        ("m: '1.005' in one.csv cannot be read as decimal(6,2)", "x3"),
        ("n: '2147483648' in one.csv cannot be read as int", "x2"),
        ("t: 'noon' in one.csv cannot be read as datetime", "x5"),
    ]
    assert put_aside(bench)[0][1] == {
        "extra": "x6", "n": "6", "m": "1", "d": "2024-01-01", "t": "2024-01-01 00:00:00",
        "b": "perhaps", "f": "1", "s": "neither",
    }  # fmt: skip
    assert (totals.rows_read, recorder.rows()["in"][1]) == (8, 8)
    assert ("WARN", "in", "6 rows were put aside.") in recorder.lines


def test_files_of_several_headers_and_packings_are_told_apart(bench):
    bench.write("f/a.csv", "n,s\n1,a\nx,'b\n")
    bench.write("f/b.csv", "s,N,more\nc,2,\nd,y,z\n")
    with gzip.open(bench.write("f/c.csv.gz", ""), "wt") as stream:
        stream.write("n,s\n3,e\nx,f\n")
    source = csv_source("in", "f", {"n": "long", "s": "string"}, on_error="reject")

    run(bench, source)

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY n") == [(1, "a"), (2, "c"), (3, "e")]
    assert put_aside(bench) == [
        ("n: 'x' in f/a.csv cannot be read as long", {"n": "x", "s": "'b"}),
        ("n: 'x' in f/c.csv.gz cannot be read as long", {"n": "x", "s": "f"}),
        ("n: 'y' in f/b.csv cannot be read as long", {"s": "d", "N": "y", "more": "z"}),
    ]


def test_names_of_files_with_signs_of_patterns_are_told_as_they_are(bench):
    names = ["f/we[i]rd.csv", "f/it's {a,b}.csv", "f/é ü?.csv"]
    for name in names:
        bench.write(name, "n\nx\n1\n")

    run(bench, csv_source("in", "f", {"n": "int"}, on_error="reject"))

    assert duckdb_rows(bench.root, "SELECT n FROM t") == [(1,)] * 3
    told = {reason for reason, _ in put_aside(bench)}
    assert told == {f"n: 'x' in {name} cannot be read as int" for name in names}


def test_all_bad_values_of_a_row_are_told_and_long_ones_are_cut(bench):
    long = "9" * 300
    bench.write("in.csv", f"a,b\n{long},it's\n1,2\n")
    fields = [{"name": "a", "alias": "x", "type": "long"},
              {"name": "b", "alias": "y", "type": "long"},
              {"name": "a", "alias": "z", "type": "string"}]  # fmt: skip
    source = csv_source("in", "in.csv", {}, on_error="reject", schema={"fields": fields})

    run(bench, source)

    assert duckdb_rows(bench.root, "SELECT x, y, z FROM t") == [(1, 2, "1")]
    assert put_aside(bench) == [
        (
            f"a: '{long[:80]}' in in.csv cannot be read as long;"
            " b: 'it's' in in.csv cannot be read as long",
            {"a": long, "b": "it's"},
        )
    ]


def test_without_a_header_and_with_a_text_for_null_columns_go_by_position(bench):
    bench.write("in.txt", "1|NA|q\n?|2|\n3|4|r\n")
    source = csv_source(
        "in", "in.txt", {"a": "int", "b": "int"}, on_error="reject", header_row=False,
        delimiter="|", quote="none", null_string="NA",
    )  # fmt: skip

    run(bench, source)

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY a") == [(1, None), (3, 4)]
    ((reason, row),) = put_aside(bench)
    assert reason == "a: '?' in in.txt cannot be read as int"
    assert row == {"a": "?", "b": "2", "column 3": None}


def test_values_of_json_lines_are_put_aside_by_their_fields(bench):
    bench.write("in.json", '{"n": 1, "in": {"d": "2024-02-29"}}\n{"n": "x", "in": {"d": "no"}}\n'
                           '{"n": 12345678901234567890}\n{"n": null, "o": [1]}\n')  # fmt: skip
    fields = [{"name": "n", "type": "long"}, {"name": "$.in.d", "alias": "d", "type": "date"},
              {"name": "o", "type": "json"}]  # fmt: skip
    source = component(
        "cloud_storage_source", "in", connection_id=FILES, path="in.json", record_type="json",
        on_error="reject", schema={"fields": fields},
    )  # fmt: skip

    run(bench, source)

    assert duckdb_rows(bench.root, "SELECT n, d, o FROM t ORDER BY n") == [
        (1, date(2024, 2, 29), None), (None, None, "[1]"),
    ]  # fmt: skip
    assert put_aside(bench) == [
        (
            "n: '12345678901234567890' in in.json cannot be read as long",
            {"n": "12345678901234567890", "d": None, "o": None},
        ),
        (
            "n: 'x' in in.json cannot be read as long; d: 'no' in in.json cannot be read as date",
            {"n": "x", "d": "no", "o": None},
        ),
    ]


def test_cells_of_a_workbook_are_put_aside(bench):
    rows = [[text_cell("A1", "n")], [number_cell("A2", 7)], [text_cell("A3", "seven")],
            [number_cell("A4", 7.5)]]  # fmt: skip
    bench.write("in.xlsx", "").write_bytes(workbook({"s": rows}))
    source = component(
        "cloud_storage_source", "in", connection_id=FILES, path="in.xlsx", record_type="excel",
        header_row=True, on_error="reject", schema={"fields": [{"name": "n", "type": "int"}]},
    )  # fmt: skip

    run(bench, source)

    assert duckdb_rows(bench.root, "SELECT n FROM t") == [(7,)]
    assert put_aside(bench) == [
        ("n: '7.5' in in.xlsx cannot be read as int", {"n": "7.5"}),
        ("n: 'seven' in in.xlsx cannot be read as int", {"n": "seven"}),
    ]


def parquet(bench, name: str, frame: pl.DataFrame) -> None:
    frame.write_parquet(bench.write(name, ""))


def parquet_source(fields: dict[str, str | None]):
    listed = [{"name": key, **({"type": word} if word else {})} for key, word in fields.items()]
    return component(
        "cloud_storage_source", "in", connection_id=FILES, path="p", record_type="parquet",
        on_error="reject", schema={"fields": listed},
    )  # fmt: skip


def test_parquet_puts_aside_what_its_declared_types_cannot_hold(bench):
    moments = [1_709_200_800_000_000_000, 1_709_200_800_000_000_001]
    parquet(bench, "p/a.parquet", pl.DataFrame({
        "n": [1, 2], "t": pl.Series(moments).cast(pl.Datetime("ns")), "s": ["5", "6"],
        "l": [[1], None], "unread": [b"", b""]}))  # fmt: skip
    parquet(bench, "p/b.parquet", pl.DataFrame({
        "n": pl.Series([3, 2**40], dtype=pl.Int64), "t": [NEW_YEAR] * 2,
        "s": ["7", "8"], "l": [[2], [3]]}))  # fmt: skip
    parquet(bench, "p/c.parquet", pl.DataFrame({
        "n": pl.Series([4, 5], dtype=pl.Int16), "t": [NEW_YEAR] * 2,
        "s": ["x", None], "l": [[2], [3]]}))  # fmt: skip

    run(bench, parquet_source({"n": "int", "t": None, "s": "int", "l": None}))

    assert duckdb_rows(bench.root, "SELECT n, t, s, l FROM t ORDER BY n") == [
        (1, MORNING, 5, "[1]"),
        (3, NEW_YEAR, 7, "[2]"),
        (5, NEW_YEAR, None, "[3]"),
    ]
    assert put_aside(bench) == [
        (
            "n: '1099511627776' in p/b.parquet cannot be read as int",
            {"n": 2**40, "t": "2024-01-01 00:00:00", "s": "8", "l": [3]},
        ),
        ("s: 'x' in p/c.parquet cannot be read as int",
         {"n": 4, "t": "2024-01-01 00:00:00", "s": "x", "l": [2]}),
        (
            "t: '2024-02-29 10:00:00.000000001' in p/a.parquet cannot be read as datetime",
            {"n": 2, "t": "2024-02-29 10:00:00.000000001", "s": "6", "l": None},
        ),
    ]  # fmt: skip


def test_a_type_of_parquet_that_does_not_fit_fails_all_the_same(bench):
    parquet(bench, "p/a.parquet", pl.DataFrame({"n": [1.5]}))

    with pytest.raises(StageFailed, match="n of p/a.parquet is double.*declares it as int"):
        run(bench, parquet_source({"n": "int"}))


LIMITS = [
    ({"max_rejects": 2}, None),
    ({"max_rejects": 1}, "2 of 6 rows are bad and max_rejects is 1"),
    ({"max_reject_percent": 33.4}, None),
    ({"max_reject_percent": 33.3}, "2 of 6 rows are bad and max_reject_percent is 33.3"),
    ({"max_reject_percent": 0}, "max_reject_percent is 0"),
]


@pytest.mark.parametrize(("limits", "words"), LIMITS)
def test_over_a_limit_nothing_is_delivered(bench, limits, words):
    bench.write("in.csv", "n\n1\nx\n2\ny\n3\n4\n")
    source = csv_source("in", "in.csv", {"n": "int"}, on_error="reject", **limits)

    if words is None:
        run(bench, source)
        assert len(put_aside(bench)) == 2
        return
    with pytest.raises(StageFailed, match=words) as caught:
        run(bench, source)

    assert caught.value.component_name == "in"
    assert duckdb_rows(bench.root, "SELECT table_name FROM duckdb_tables()") == []


def test_counts_are_exact_over_many_rows_and_several_readers(bench):
    bench.write(
        "many/a.csv", "n\n" + "".join(f"{n}{'' if n % 7 else 'x'}\n" for n in range(70_000))
    )
    bench.write("many/b.csv", "n\n" + "".join(f"{n}\n" for n in range(30_000)))
    source = csv_source("in", "many/*.csv", {"n": "int"}, on_error="reject")
    recorder = Recorder()
    flow = graph(
        [source, table("out", "t"), table("copy", "u"), table("bad", "bad")],
        [("in", "out"), ("in", "copy"), ("in", "bad", "rejects")],
    )

    bench.run(flow, recorder=recorder)

    assert duckdb_rows(bench.root, "SELECT count(*), sum(n) FROM t") == [
        (90_000, sum(n for n in range(70_000) if n % 7) + sum(range(30_000)))
    ]
    assert duckdb_rows(bench.root, "SELECT count(*) FROM u") == [(90_000,)]
    assert duckdb_rows(bench.root, "SELECT count(*) FROM bad") == [(10_000,)]
    assert ("WARN", "in", "10,000 rows were put aside.") in recorder.lines
    assert recorder.rows()["in"][1] == 100_000


def test_without_an_edge_bad_rows_are_counted_and_shown(bench):
    bench.write("in.csv", "n\n1\nx\n")
    recorder = Recorder()

    run(bench, csv_source("in", "in.csv", {"n": "int"}, on_error="reject"), recorder, PAIRS[:1])

    said = [text for level, name, text in recorder.lines if (level, name) == ("WARN", "in")]
    assert said == [
        "1 rows were put aside.", "n: 'x' in in.csv cannot be read as int in {\"n\":\"x\"}",
    ]  # fmt: skip


def test_by_default_a_bad_value_fails_the_run(bench):
    bench.write("in.csv", "n\n1\nx\n")

    with pytest.raises(StageFailed, match="in.csv holds 'x' in the column n, which is not int"):
        run(bench, csv_source("in", "in.csv", {"n": "int"}), pairs=PAIRS[:1])


@pytest.mark.parametrize("broken", ["2\n", "2,y,z\n", '2,"y"z\n', '2,"y\n'])
def test_a_line_that_is_no_record_fails_the_run_and_is_told_by_its_number(bench, broken):
    bench.write("in.csv", "n,s\nx,a\n" + "1,b\n" * 9_997 + broken)
    source = csv_source("in", "in.csv", {"n": "int", "s": "string"}, on_error="reject")

    with pytest.raises(StageFailed, match=r"in.csv cannot be read at line 10000: "):
        run(bench, source)


def test_bytes_that_are_no_text_fail_the_run(bench):
    bench.write("in.csv", "").write_bytes(b"n,s\nx,a\n1,\xff\n")
    source = csv_source("in", "in.csv", {"n": "int", "s": "string"}, on_error="reject")

    with pytest.raises(StageFailed, match="in.csv is not utf-8 at byte 11"):
        run(bench, source)


def test_an_empty_folder_with_a_manifest_and_an_empty_file_give_no_rows(bench):
    bench.write("f/a.csv", "")
    source = csv_source(
        "in", "f", {"n": "int"}, on_error="reject", manifest_path="m", header_row=False
    )

    for run_id in (1, 2):
        bench.run(graph([source, table("out", "t"), table("bad", "bad")], PAIRS), run_id=run_id,
                  ledger=MemoryLedger())  # fmt: skip

    assert duckdb_rows(bench.root, "SELECT (SELECT count(*) FROM t), count(*) FROM bad") == [(0, 0)]


def test_a_select_may_put_aside_more_of_the_rows_that_were_read(bench):
    bench.write("in.csv", "n,s\n1,10\nx,11\n3,y\n")
    source = csv_source("in", "in.csv", {"n": "int", "s": "string"}, on_error="reject")
    pick = component(
        "select", "pick", fields=[{"expression": "s", "alias": "v", "type": "int"}],
        on_error="reject",
    )  # fmt: skip
    both = component("union", "both")
    flow = graph(
        [source, pick, table("out", "t"), both, table("bad", "bad")],
        [("in", "pick"), ("pick", "out"), ("in", "both", "rejects"), ("pick", "both", "rejects"),
         ("both", "bad")],
    )  # fmt: skip

    bench.run(flow)

    assert duckdb_rows(bench.root, "SELECT v FROM t") == [(10,)]
    told = duckdb_rows(bench.root, "SELECT reject_component, reject_row FROM bad ORDER BY ALL")
    assert [(who, json.loads(row)) for who, row in told] == [
        ("in", {"n": "x", "s": "11"}), ("pick", {"n": 3, "s": "y"}),
    ]  # fmt: skip
