"""Bad rows go out of a port of their own, are counted, and fail the run when they are too many."""

import json

import pytest

from engine.check import check_flow
from engine.execute import StageFailed
from engine.flow import parse_flow
from engine.variables import Variables
from tests.engine.flows import (
    SQLITE,
    MemoryLedger,
    Recorder,
    component,
    csv_source,
    table_destination,
)
from tests.engine.tables import duckdb_rows, sqlite_rows


def flow(*components, edges: list[tuple[str, str, str | None]]):
    return {
        "components": list(components),
        "edges": [
            {"id": f"e{n}", "source": source, "target": target,
             **({"source_port": port} if port else {})}
            for n, (source, target, port) in enumerate(edges)
        ],
    }  # fmt: skip


def line(*components, rejects_of: str = "", into: dict | None = None):
    """Components one after the other, with the rejects of one going into another destination."""
    ids = [next(iter(entry.values()))["id"] for entry in components]
    edges: list[tuple[str, str, str | None]] = [
        (source, target, None) for source, target in zip(ids, ids[1:], strict=False)
    ]
    if into is not None:
        edges.append((rejects_of, next(iter(into.values()))["id"], "rejects"))
    return flow(*components, *([into] if into else []), edges=edges)


def put_aside(bench, table: str = "bad") -> list[tuple[str, str, dict]]:
    rows = duckdb_rows(bench.root, f"SELECT * FROM {table} ORDER BY ALL")  # noqa: S608
    return [(name, reason, json.loads(row)) for name, reason, row in rows]


BAD = table_destination("bad", "bad")


def select(*fields, **properties):
    listed = [{"expression": text, "alias": alias, **({"type": word} if word else {})}
              for alias, text, word in fields]  # fmt: skip
    return component("select", "pick", fields=listed, **properties)


@pytest.fixture
def words(bench):
    bench.write("in.csv", "n,s\n1,10\n2,x\n3,\n4,99999999999\n5,-7\n6,1.6\n")
    return csv_source("in", "in.csv", {"n": "long", "s": "string"})


def test_a_select_puts_rows_aside_that_it_cannot_cast(bench, words):
    pick = select(("n", "n", None), ("v", "s", "int"), on_error="reject")
    recorder = Recorder()

    totals = bench.run(
        line(words, pick, table_destination("out", "t"), rejects_of="pick", into=BAD),
        recorder=recorder,
    )

    assert duckdb_rows(bench.root, "SELECT n, v FROM t ORDER BY n") == [
        (1, 10), (3, None), (5, -7), (6, 2),
    ]  # fmt: skip
    assert put_aside(bench) == [
        ("pick", "v: s cannot be computed as int", {"n": 2, "s": "x"}),
        ("pick", "v: s cannot be computed as int", {"n": 4, "s": "99999999999"}),
    ]
    assert recorder.rows()["pick"] == (6, 4)
    assert totals.rows_written == 6
    assert ("WARN", "pick", "2 rows were put aside.") in recorder.lines


def test_expressions_that_share_a_failing_part_are_told_apart(bench, words):
    pick = select(
        ("a", "cast(s as int)", None), ("b", "cast(s as int) + 1", None),
        ("c", "n + 9223372036854775803", None), on_error="reject",
    )  # fmt: skip

    bench.run(line(words, pick, table_destination("out", "t"), rejects_of="pick", into=BAD))

    assert duckdb_rows(bench.root, "SELECT a, b FROM t ORDER BY a") == [(10, 11), (None, None)]
    reasons = [
        (row["n"], reason.count("cannot be computed")) for _, reason, row in put_aside(bench)
    ]
    assert sorted(reasons) == [(2, 2), (4, 2), (5, 1), (6, 1)]


def test_without_an_edge_rejects_are_counted_and_some_are_shown(bench, words):
    pick = select(("v", "s", "int"), on_error="reject")
    recorder = Recorder()

    bench.run(line(words, pick, table_destination("out", "t")), recorder=recorder)

    said = [text for level, name, text in recorder.lines if level == "WARN" and name == "pick"]
    assert said[0] == "2 rows were put aside."
    assert sorted(said[1:])[1].endswith('in {"n":4,"s":"99999999999"}') or len(said) == 3


def test_by_default_a_bad_row_fails_the_run(bench, words):
    with pytest.raises(StageFailed):
        bench.run(line(words, select(("v", "s", "int")), table_destination("out", "t")))


LIMITS = [
    ({"max_rejects": 2}, None),
    ({"max_rejects": 1}, "2 of 6 rows are bad and max_rejects is 1"),
    ({"max_rejects": 0}, "max_rejects is 0"),
    ({"max_reject_percent": 34}, None),
    ({"max_reject_percent": 33}, "max_reject_percent is 33"),
    ({"max_reject_percent": 0}, "max_reject_percent is 0"),
    ({"max_rejects": 10, "max_reject_percent": 1.5}, "max_reject_percent is 1.5"),
]


@pytest.mark.parametrize(("limits", "words_of_failure"), LIMITS)
def test_over_a_limit_nothing_is_delivered_not_even_on_other_ways(
    bench, words, limits, words_of_failure
):
    pick = select(("v", "s", "int"), on_error="reject", **limits)
    document = flow(
        words, table_destination("first", "copy"), pick, table_destination("out", "t"), BAD,
        edges=[("in", "first", None), ("in", "pick", None), ("pick", "out", None),
               ("pick", "bad", "rejects")],
    )  # fmt: skip

    if words_of_failure is None:
        bench.run(document)
        assert len(put_aside(bench)) == 2
        return
    with pytest.raises(StageFailed, match=words_of_failure) as caught:
        bench.run(document)

    assert caught.value.component_name == "pick"
    assert "cannot be computed as int" in caught.value.message
    assert duckdb_rows(bench.root, "SELECT table_name FROM duckdb_tables()") == []


def test_the_row_put_aside_is_told_exactly(bench):
    sqlite_rows(bench.root, "CREATE TABLE s (t TEXT, d DOUBLE, x BLOB, b BIGINT, m DECIMAL(15,2))")
    sqlite_rows(
        bench.root, "INSERT INTO s VALUES ('😀\"', 9e999, x'00ff', 9223372036854775807, 0.1)"
    )
    fields = [{"name": name} for name in ("t", "d", "x", "b", "m")]
    source = component("database_source", "in", connection_id=SQLITE, source_table="s",
                       schema={"fields": fields})  # fmt: skip
    pick = select(("n", "cast(t as int)", None), on_error="reject")

    bench.run(line(source, pick, table_destination("out", "t"), rejects_of="pick", into=BAD))

    ((_, _, row),) = put_aside(bench)
    assert row == {"t": '😀"', "d": "inf", "x": "\\x00ff", "b": 9223372036854775807, "m": "0.10"}


def test_values_that_a_source_cannot_read_are_put_aside(bench):
    sqlite_rows(bench.root, "CREATE TABLE s (n INTEGER, v INTEGER, d DATE, s TEXT)")
    sqlite_rows(
        bench.root,
        "INSERT INTO s VALUES (1, 5, '2024-02-29', '7'), (2, 'x', '2024-01-01', '8'),"
        " (3, 6, '2023-02-29', '9'), (4, NULL, NULL, 'y'), (5, 2.5, NULL, '1'), (6, 7, NULL, '')",
    )
    fields = [{"name": "n"}, {"name": "v"}, {"name": "d"}, {"name": "s", "type": "int"}]
    source = component("database_source", "in", connection_id=SQLITE, source_table="s",
                       on_error="reject", schema={"fields": fields})  # fmt: skip
    recorder = Recorder()

    totals = bench.run(
        line(source, table_destination("out", "t"), rejects_of="in", into=BAD), recorder=recorder
    )

    assert duckdb_rows(bench.root, "SELECT n, v, s FROM t ORDER BY n") == [(1, 5, 7), (6, 7, None)]
    told = {row["n"]: reason for _, reason, row in put_aside(bench)}
    assert sorted(told) == [2, 3, 4, 5]
    assert "'x'" in told[2]
    assert "2023-02-29" in told[3]
    assert told[4] != told[5]
    assert totals.rows_read == 6


def target(place, **properties):
    given = {"connection_id": place.id, "on_error": "reject"}
    return table_destination("out", "t", **{**given, **properties})


def same_database(place):
    return table_destination("bad", "bad", connection_id=place.id)


def bad_rows(place) -> list[tuple[str, dict]]:
    rows = place("SELECT reject_reason, reject_row FROM bad")
    read = [(reason, row if isinstance(row, dict) else json.loads(row)) for reason, row in rows]
    return sorted(read, key=lambda pair: str(pair[1]))


@pytest.mark.parametrize(
    "operation", ["append", "overwrite_delete", "overwrite_truncate", "merge_update_insert"]
)
def test_rows_that_break_a_columns_rules_go_into_a_table_of_the_same_database(
    bench, place, operation
):
    place("CREATE TABLE t (k BIGINT NOT NULL, v VARCHAR(3))")
    bench.write("in.csv", "k,v\n1,abc\n,x\n2,\n3,y\n")
    source = csv_source("in", "in.csv", {"k": "long", "v": "string"})
    fields = [{"name": "k", "key": operation.startswith("merge")},
              {"name": "v", "nullable": False, "length": 3}]  # fmt: skip
    out = target(place, operation_type=operation, schema={"fields": fields})
    recorder = Recorder()

    totals = bench.run(
        line(source, out, rejects_of="out", into=same_database(place)), recorder=recorder
    )

    assert place("SELECT k, v FROM t ORDER BY k") == [(1, "abc"), (3, "y")]
    assert [row for _, row in bad_rows(place)] == [{"k": 2, "v": None}, {"k": None, "v": "x"}]
    assert all("NULL" in reason for reason, _ in bad_rows(place))
    assert recorder.rows()["out"] == (4, 2)
    assert totals.rows_written == 4


def test_a_text_that_is_too_long_for_its_declared_length_is_put_aside(bench, place):
    bench.write("in.csv", "v\nabc\nabcd\n日本語\n日本語x\n")
    source = csv_source("in", "in.csv", {"v": "string"})
    out = target(place, schema={"fields": [{"name": "v", "length": 3}]})

    bench.run(line(source, out, rejects_of="out", into=same_database(place)))

    assert sorted(place("SELECT v FROM t")) == [("abc",), ("日本語",)]
    assert [reason for reason, _ in bad_rows(place)] == ["v: is longer than 3 characters"] * 2


def test_without_reject_too_long_a_text_fails_the_run(bench, place):
    bench.write("in.csv", "v\nabc\nabcd\n")
    source = csv_source("in", "in.csv", {"v": "string"})
    out = target(place, on_error="fail", schema={"fields": [{"name": "v", "length": 3}]})

    with pytest.raises(StageFailed, match="v.*longer than 3 characters"):
        bench.run(line(source, out))


def test_without_reject_a_null_that_may_not_be_fails_the_run(bench, place):
    place("CREATE TABLE t (v VARCHAR(9))")
    bench.write("in.csv", "v,n\nabc,1\n,2\n")
    source = csv_source("in", "in.csv", {"v": "string", "n": "long"})
    out = target(place, on_error="fail", schema={"fields": [{"name": "v", "nullable": False}]})

    with pytest.raises(StageFailed, match="v.*NULL"):
        bench.run(line(source, out))

    assert place("SELECT * FROM t") == []


def test_a_limit_of_a_destination_leaves_its_table_and_the_rejects_alone(bench, place):
    place("CREATE TABLE t (k BIGINT NOT NULL)")
    place("INSERT INTO t VALUES (99)")
    bench.write("in.csv", 'k\n1\n""\n2\n""\n')
    source = csv_source("in", "in.csv", {"k": "string"})
    fields = {"fields": [{"name": "k", "type": "long", "nullable": False}]}
    out = target(place, max_rejects=1, operation_type="overwrite_delete", schema=fields)

    with pytest.raises(StageFailed, match="2 of 4 rows are bad and max_rejects is 1"):
        bench.run(line(source, out, rejects_of="out", into=same_database(place)))

    assert place("SELECT k FROM t") == [(99,)]


class Death(BaseException):
    """The process is gone."""


DEATHS = [(name, when, step) for name in ("out", "bad")
          for step in ("prepared", "committing", "committed")
          for when in ("before", "after")]  # fmt: skip


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: " ".join(death))
def test_death_doubles_and_loses_neither_good_rows_nor_bad_ones(bench, place, death):
    who, when, fatal = death
    place("CREATE TABLE t (k BIGINT NOT NULL)")
    bench.write("in.csv", 'k\n1\nx\n""\n2\n')
    source = csv_source("in", "in.csv", {"k": "string"})
    fields = {"fields": [{"name": "k", "type": "long"}]}
    document = line(
        source, target(place, schema=fields), rejects_of="out", into=same_database(place)
    )

    class Mortal(MemoryLedger):
        def _store(self, component_id, state, rows=None):
            is_it = (component_id, state) == (who, fatal)
            if is_it and when == "before":
                raise Death
            super()._store(component_id, state, rows)
            if is_it:
                raise Death

    ledger = Mortal()
    with pytest.raises(Death):
        bench.run(document, run_id=7, ledger=ledger)

    bench.run(document, run_id=7, ledger=MemoryLedger(states=ledger.states))

    assert place("SELECT k FROM t ORDER BY k") == [(1,), (2,)]
    assert [row for _, row in bad_rows(place)] == [{"k": ""}, {"k": "x"}]
    assert markers(place) == []


def markers(place) -> list[tuple]:
    listing = {
        "duckdb": "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '_etl%'",
        "sqlite": "SELECT name FROM sqlite_schema WHERE name LIKE '~_etl%' ESCAPE '~'",
        "postgres": "SELECT relname FROM pg_class WHERE relname LIKE '~_etl%' ESCAPE '~'",
    }
    return place(listing[place.kind])


def test_a_failure_of_the_rejects_destination_leaves_no_marker_and_no_row(bench, place):
    place("CREATE TABLE t (k BIGINT NOT NULL)")
    place("CREATE TABLE bad (other BIGINT)")
    bench.write("in.csv", "k,v\n1,a\n,b\n")
    source = csv_source("in", "in.csv", {"k": "long", "v": "string"})
    out = target(place, schema={"fields": [{"name": "k"}]})

    with pytest.raises(StageFailed, match="no column reject_component"):
        bench.run(line(source, out, rejects_of="out", into=same_database(place)))

    assert place("SELECT k FROM t") == []
    assert markers(place) == []


@pytest.mark.parametrize("source_port", ["rejects", "nothing"])
def test_an_edge_from_a_port_that_gives_nothing_is_a_finding(words, source_port):
    pick = select(("v", "s", "int"))
    document = flow(
        words, pick, table_destination("out", "t"), BAD,
        edges=[("in", "pick", None), ("pick", "out", None), ("pick", "bad", source_port)],
    )  # fmt: skip

    found = check_flow(parse_flow(document), Variables())

    assert "invalid_port" in [problem.code for problem in found]


def test_rejects_alone_are_no_output(words):
    pick = select(("v", "s", "int"), on_error="reject")
    document = flow(words, pick, BAD, edges=[("in", "pick", None), ("pick", "bad", "rejects")])

    found = check_flow(parse_flow(document), Variables())

    assert [problem.code for problem in found] == ["too_few_outputs"]
