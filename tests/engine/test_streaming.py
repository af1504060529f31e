"""Regions: what is computed as one stream, what is stored, and that every row is counted."""

import random
import sqlite3
from collections import Counter

import pytest

from engine.execute import StageFailed
from engine.flow import parse_flow
from engine.plan import compile_flow
from engine.regions import Regions
from engine.variables import Variables
from tests.engine.flows import (
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

ROWS = 200_000


def regions_of(flow: dict) -> Regions:
    return Regions(compile_flow(parse_flow(flow), Variables()))


def names(stages) -> list[str]:
    return [stage.component_name for stage in stages]


def keep_if(name: str, left: str, operator: str, right: str) -> dict:
    return component(
        "filter", name, conditions=[{"left": left, "operator": operator, "right": right}]
    )


def join(name: str, left: str, right: str) -> dict:
    return component("join", name, conditions=[{"left_field": left, "right_field": right}])


def folder(name: str, **properties) -> dict:
    return component(
        "cloud_storage_destination", name, connection_id=FILES, directory=f"out/{name}",
        delimiter=",", **properties,
    )  # fmt: skip


def source(name: str, path: str = "in.csv") -> dict:
    return csv_source(name, path, {"n": "long", "k": "long"})


def test_a_chain_is_one_region_that_stores_nothing():
    flow = chain(
        source("in"),
        keep_if("some", "n", "gt", "5"),
        component("aggregate", "per", group_by=[{"field": "k"}],
                  aggregations=[{"function": "count_all", "alias": "rows"}]),
        table_destination("out", "t"),
    )  # fmt: skip

    regions = regions_of(flow)

    (sink,) = regions.sinks()
    assert names(regions.ending_at(sink).stages) == ["in", "some", "per", "out"]


def test_only_what_is_read_twice_is_stored_and_only_where_it_forks():
    parts = [source("in"), keep_if("some", "n", "gt", "5"), folder("a"), folder("b")]

    regions = regions_of(graph(parts, [("in", "some"), ("some", "a"), ("some", "b")]))

    sinks = list(regions.sinks())
    assert names(sinks) == ["some", "a", "b"]
    assert names(regions.ending_at(sinks[0]).stages) == ["in", "some"]
    assert names(regions.ending_at(sinks[1]).stages) == ["a"]


def test_order_is_kept_only_where_sorted_rows_are_stored():
    sort = component("sort", "s", sort_fields=[{"field": "n"}])
    straight = chain(source("in"), sort, folder("a"))
    forked = chain(source("in"), sort, folder("a"), extra=[("s", "b")])
    forked["components"].append(folder("b"))

    assert not regions_of(straight).keeps_order
    assert regions_of(forked).keeps_order


@pytest.fixture
def numbers(bench) -> list[tuple[int, int]]:
    chance = random.Random(7)
    rows = [(n, chance.randrange(50)) for n in range(ROWS)]
    bench.write("in.csv", "n,k\n" + "".join(f"{n},{k}\n" for n, k in rows))
    bench.write("few.csv", "n,k\n" + "".join(f"{n},{n}\n" for n in range(40, 60)))
    return rows


def test_every_component_of_a_stream_is_counted_exactly(bench, numbers):
    parts = [
        source("in"),
        component("select", "more", include_all_input=True,
                  fields=[{"expression": "n * 2", "alias": "m"}]),
        keep_if("some", "m", "gte", "1000"),
        source("few", "few.csv"),
        keep_if("fewer", "n", "lt", "55"),
        join("both", "k", "k"),
        keep_if("odd", "n % 2", "eq", "1"),
        component("aggregate", "per", group_by=[{"field": "k"}],
                  aggregations=[{"function": "count_all", "alias": "rows"}]),
        component("sort", "s", sort_fields=[{"field": "k", "direction": "desc"}]),
        table_destination("out", "t"),
    ]  # fmt: skip
    pairs = [("in", "more"), ("more", "some"), ("some", "both"), ("few", "fewer"),
             ("fewer", "both"), ("both", "odd"), ("odd", "per"), ("per", "s"),
             ("s", "out")]  # fmt: skip
    recorder = Recorder()

    totals = bench.run(graph(parts, pairs), recorder=recorder)

    some = [(n, k) for n, k in numbers if n * 2 >= 1000]
    both = [(n, k) for n, k in some if 40 <= k < 55]
    odd = [(n, k) for n, k in both if n % 2 == 1]
    groups = Counter(k for _, k in odd)
    assert recorder.rows() == {
        "in": (None, ROWS),
        "more": (ROWS, ROWS),
        "some": (ROWS, len(some)),
        "few": (None, 20),
        "fewer": (20, 15),
        "both": (len(some) + 15, len(both)),
        "odd": (len(both), len(odd)),
        "per": (len(odd), len(groups)),
        "s": (len(groups), len(groups)),
        "out": (len(groups), len(groups)),
    }
    assert (totals.rows_read, totals.rows_written) == (ROWS + 20, len(groups))
    expected = sorted(groups.items(), reverse=True)
    assert duckdb_rows(bench.root, "SELECT k, rows FROM t ORDER BY rowid") == expected


@pytest.mark.parametrize("condition", [("n", "lt", "-1"), ("1", "eq", "2")])
def test_rows_that_an_empty_join_never_asked_for_are_counted_all_the_same(
    bench, numbers, condition
):
    parts = [
        source("in"), keep_if("some", "k", "lt", "10"), source("few", "few.csv"),
        keep_if("nobody", *condition), join("both", "k", "k"), folder("out"),
    ]  # fmt: skip
    pairs = [("in", "some"), ("some", "both"), ("few", "nobody"), ("nobody", "both"),
             ("both", "out")]  # fmt: skip
    recorder = Recorder()

    bench.run(graph(parts, pairs), recorder=recorder)

    some = sum(1 for _, k in numbers if k < 10)
    assert recorder.rows() == {
        "in": (None, ROWS), "some": (ROWS, some), "few": (None, 20), "nobody": (20, 0),
        "both": (some, 0), "out": (0, 0),
    }  # fmt: skip


def test_a_limit_ends_the_reading(bench, numbers):
    for number in range(5):
        bench.write(f"many/{number}.csv", "n,k\n" + "".join(f"{n},{k}\n" for n, k in numbers))
    parts = [source("in", "many"), component("limit", "top", limit=10), folder("out")]
    recorder = Recorder()

    bench.run(chain(*parts), recorder=recorder)

    read = recorder.rows()["in"][1]
    assert 10 <= read < 5 * ROWS
    assert recorder.rows()["top"] == (read, 10)


def test_a_sorted_stream_stays_in_order_through_a_filter(bench, numbers):
    parts = [
        source("in"),
        component("sort", "s", sort_fields=[{"field": "k", "direction": "desc"}, {"field": "n"}]),
        keep_if("odd", "n % 2", "eq", "1"),
        component("select", "plus", fields=[{"expression": "n", "alias": "n"},
                                            {"expression": "k + 1", "alias": "k"}]),
        folder("out"),
    ]  # fmt: skip

    bench.run(chain(*parts))

    (path,) = (bench.root / "files" / "out" / "out").iterdir()
    found = [tuple(map(int, line.split(","))) for line in path.read_text().splitlines()]
    odd = [(n, k + 1) for n, k in numbers if n % 2 == 1]
    assert found == sorted(odd, key=lambda row: (-row[1], row[0]))


def test_a_sorted_fork_stays_in_order(bench, numbers):
    flow = chain(
        source("in"),
        component("sort", "s", sort_fields=[{"field": "k"}, {"field": "n", "direction": "desc"}]),
        folder("a"),
    )
    flow["components"].append(folder("b"))
    flow["edges"].append({"id": "fork", "source": "s", "target": "b"})

    bench.run(flow)

    expected = [f"{n},{k}" for n, k in sorted(numbers, key=lambda row: (row[1], -row[0]))]
    for name in ("a", "b"):
        (path,) = (bench.root / "files" / "out" / name).iterdir()
        assert path.read_text().splitlines() == expected


FAULTS = {
    "a cast in a select": (
        component("select", "bad", include_all_input=True,
                  fields=[{"expression": "cast(label AS int)", "alias": "v"}]), "v"),
    "a sum that grows too large": (
        component("select", "bad", include_all_input=True,
                  fields=[{"expression": "n + 9223372036854775000", "alias": "v"}]), "v"),
    "a cast in a filter": (keep_if("bad", "cast(label AS int)", "gt", "0"), "n"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("is_stream", [True, False])
def test_the_component_at_fault_is_named_wherever_it_stands_in_a_stream(bench, name, is_stream):
    """The label of the last row is no number and its n is large; all others are fine."""
    rows = [(n, str(n)) for n in range(100_000)] + [(9_000, "nine")]
    if is_stream:
        with sqlite3.connect(bench.root / "b.sqlite") as books:
            books.execute("CREATE TABLE src (n INTEGER, label TEXT)")
            books.executemany("INSERT INTO src VALUES (?, ?)", rows)
        given = component(
            "database_source", "in", connection_id=SQLITE, source_table="src",
            schema={"fields": [{"name": "n", "type": "long"}, {"name": "label"}]},
        )  # fmt: skip
    else:
        bench.write("src.csv", "n,label\n" + "".join(f"{n},{label}\n" for n, label in rows))
        given = csv_source("in", "src.csv", {"n": "long", "label": "string"})
    bad, used = FAULTS[name]
    flow = chain(
        given,
        component("select", "before", include_all_input=True,
                  fields=[{"expression": "n + 1", "alias": "m"}]),
        bad,
        keep_if("after", used, "gte", "0"),
        component("aggregate", "per", aggregations=[
            {"function": "maximum", "field": used, "alias": "most"}]),
        folder("out"),
    )  # fmt: skip
    recorder = Recorder()

    with pytest.raises(StageFailed) as caught:
        bench.run(flow, recorder=recorder)

    assert caught.value.component_name == "bad"
    assert recorder.progress["bad"].state == "failed"
    assert not (bench.root / "files" / "out").exists()


def test_a_value_that_a_join_would_have_dropped_ends_no_run(bench):
    """A filter after a join sees only joined rows, however the engine would like to order it."""
    bench.write("in.csv", "n,label\n1,7\n2,x\n3,9\n")
    bench.write("few.csv", "n,k\n1,1\n3,3\n")
    parts = [
        csv_source("in", "in.csv", {"n": "long", "label": "string"}), source("few", "few.csv"),
        join("both", "n", "n"), keep_if("large", "cast(label AS int)", "gt", "8"), folder("out"),
    ]  # fmt: skip
    recorder = Recorder()

    bench.run(graph(parts, [("in", "both"), ("few", "both"), ("both", "large"),
                            ("large", "out")]), recorder=recorder)  # fmt: skip

    assert recorder.rows()["large"] == (2, 1)


def test_a_source_and_a_destination_in_one_file_do_not_wait_for_each_other(bench):
    sqlite_rows(bench.root, "CREATE TABLE src (n INTEGER)")
    sqlite_rows(bench.root, "INSERT INTO src VALUES (1), (2), (3)")
    given = component(
        "database_source", "in", connection_id=SQLITE, source_table="src",
        schema={"fields": [{"name": "n", "type": "long"}]},
    )  # fmt: skip
    flow = chain(
        given, keep_if("some", "n", "gt", "1"), table_destination("out", "t", connection_id=SQLITE)
    )

    bench.run(flow)

    assert sqlite_rows(bench.root, "SELECT n FROM t ORDER BY n") == [(2,), (3,)]


def test_sources_are_told_of_while_they_are_read(bench, numbers, monkeypatch):
    monkeypatch.setattr("engine.watching._BEAT_SECONDS", 0.001)
    heard = []

    class Listener(Recorder):
        def component(self, progress):
            super().component(progress)
            if progress.component_id == "in" and progress.state == "running":
                heard.append(progress.bytes)

    aggregate = component("aggregate", "all", aggregations=[
        {"function": "count_distinct", "field": "n", "alias": "v"}])  # fmt: skip
    bench.run(chain(source("in"), aggregate, folder("out")), recorder=Listener())

    size = (bench.root / "files" / "in.csv").stat().st_size
    assert heard == sorted(heard)
    assert any(0 < told <= size for told in heard)
