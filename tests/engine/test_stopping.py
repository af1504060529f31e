import sqlite3
import threading
import time

import pytest

from engine.execute import RunStopped
from tests.engine.flows import Recorder, StopAfter, chain, component, csv_source, table_destination
from tests.engine.tables import sqlite_rows

MOST_SECONDS = 2.0


def stopped_after(bench, flow, delay: float) -> float:
    """Seconds between the stop and the end of the run."""
    stop = StopAfter()
    timer = threading.Timer(delay, stop.event.set)
    timer.start()
    try:
        with pytest.raises(RunStopped):
            bench.run(flow, stopped=stop)
    finally:
        timer.cancel()
    assert stop.event.is_set()
    return time.monotonic()


def test_a_long_join_is_interrupted_within_two_seconds(bench):
    bench.write("in.csv", "k,n\n" + "".join(f"1,{n}\n" for n in range(20_000)))
    parts = [
        csv_source("in", "in.csv", {"k": "long", "n": "long"}),
        component("select", "same", include_all_input=True,
                  fields=[{"expression": "md5(cast(n AS string))", "alias": "m"}]),
        component("join", "all", conditions=[{"left_field": "k", "right_field": "k"}]),
        component("filter", "odd", conditions=[{"left": "m", "operator": "text_matches",
                                                "right": ".*f.*e.*d.*c"}]),
        table_destination("out", "t"),
    ]  # fmt: skip
    flow = chain(*parts, extra=[("in", "all")])
    begun = time.monotonic()

    ended = stopped_after(bench, flow, 0.7)

    assert ended - begun < 0.7 + MOST_SECONDS


def test_a_long_query_of_the_users_database_is_interrupted(bench):
    sqlite_rows(bench.root, "CREATE TABLE t (n INTEGER)")
    endless = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) AS n FROM c"
    )
    source = component(
        "database_source", "src", connection_id=3, access_mode="query", query=endless,
        schema={"fields": [{"name": "n", "type": "long"}]},
    )  # fmt: skip
    begun = time.monotonic()

    ended = stopped_after(bench, chain(source, table_destination("out", "t")), 0.4)

    assert ended - begun < 0.4 + MOST_SECONDS


def test_waiting_for_another_writer_is_interrupted_and_changes_nothing(bench):
    bench.write("in.csv", "n\n1\n")
    other = sqlite3.connect(bench.root / "b.sqlite", isolation_level=None)
    other.execute("CREATE TABLE t (n INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    flow = chain(
        csv_source("in", "in.csv", {"n": "long"}), table_destination("out", "t", connection_id=3)
    )
    begun = time.monotonic()

    ended = stopped_after(bench, flow, 0.4)
    other.execute("ROLLBACK")
    other.close()

    assert ended - begun < 0.4 + 3 * MOST_SECONDS
    assert sqlite_rows(bench.root, "SELECT count(*) FROM t") == [(0,)]


def test_a_stop_before_the_start_reads_nothing(bench):
    bench.write("in.csv", "n\n1\n")
    recorder = Recorder()
    flow = chain(csv_source("in", "in.csv", {"n": "long"}), table_destination("out", "t"))

    with pytest.raises(RunStopped):
        bench.run(flow, recorder=recorder, stopped=lambda: True)

    assert recorder.first_batches == 0
