"""Statements before and after a delivery: once each, whenever the process dies."""

import sqlite3

import pytest

from common.errors import InvalidInput
from connections.drivers.actions import sqlite_statements, statements_of
from engine.execute import RunStopped, StageFailed
from tests.engine.flows import (
    SQLITE,
    MemoryLedger,
    Recorder,
    chain,
    csv_source,
    table_destination,
)
from tests.engine.tables import sqlite_rows


class Death(BaseException):
    """The process is gone; nothing may tidy up."""


@pytest.fixture(name="place")
def filled_place(place, bench):
    """The destination database, whose tables `said` and `t` are there."""
    place("CREATE TABLE t (n BIGINT)")
    place("CREATE TABLE said (word VARCHAR(20))")
    bench.write("in.csv", "n\n1\n2\n")
    return place


BEFORE = "DELETE FROM t; INSERT INTO said VALUES ('before')"
AFTER = "INSERT INTO said VALUES ('after; it''s done'); INSERT INTO t VALUES (3);"


def flow(place, **properties):
    given = {"connection_id": place.id, "pre_action_sql": BEFORE,
             "post_action_sql": AFTER}  # fmt: skip
    return chain(
        csv_source("in", "in.csv", {"n": "long"}),
        table_destination("out", "t", **{**given, **properties}),
    )


def words(place) -> list[str]:
    return [word for (word,) in place("SELECT word FROM said ORDER BY word DESC")]


def leftovers(place) -> list[tuple]:
    listing = {
        "duckdb": "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '_etl%'",
        "sqlite": "SELECT name FROM sqlite_schema WHERE name LIKE '~_etl%' ESCAPE '~'",
        "postgres": "SELECT relname FROM pg_class WHERE relname LIKE '~_etl%' ESCAPE '~'",
    }
    return place(listing[place.kind])


def numbers(place) -> list[int]:
    return [n for (n,) in place("SELECT n FROM t ORDER BY n")]


def test_what_is_asked_for_before_and_after_is_done_and_logged(bench, place):
    place("INSERT INTO t VALUES (99)")
    recorder = Recorder()

    bench.run(flow(place), recorder=recorder)

    assert numbers(place) == [1, 2, 3]
    assert words(place) == ["before", "after; it's done"]
    assert leftovers(place) == []
    said = [line for _, name, line in recorder.lines if name == "out"]
    assert "Ran pre_action_sql (2 statements)." in said
    assert "Ran post_action_sql (2 statements)." in said


STEPS = [(when, step) for step in ("prepared", "committing", "committed")
         for when in ("before", "after")]  # fmt: skip


@pytest.mark.parametrize("death", STEPS, ids=lambda death: " ".join(death))
def test_death_at_any_step_runs_neither_twice_nor_never(bench, place, death):
    when, fatal = death

    def die(step: str) -> None:
        if step == fatal:
            raise Death

    ledger = MemoryLedger()
    setattr(ledger, when, die)
    with pytest.raises(Death):
        bench.run(flow(place), run_id=7, ledger=ledger)

    totals = bench.run(flow(place), run_id=7, ledger=MemoryLedger(states=ledger.states))

    assert numbers(place) == [1, 2, 3]
    assert words(place) == ["before", "after; it's done"]
    assert leftovers(place) == []
    assert totals.rows_written == 2


@pytest.mark.parametrize("statement", [1, 2, 3])
def test_death_in_the_midst_of_what_comes_after_is_made_good(bench, place, monkeypatch, statement):
    from connections.drivers import table_writer

    finish = table_writer.TableWriter.finish

    def dying(writer) -> None:
        run, done = writer._store.run, []

        def run_or_die(sql: str) -> None:
            done.append(sql)
            if len(done) == statement:
                raise Death
            run(sql)

        monkeypatch.setattr(writer._store, "run", run_or_die, raising=False)
        finish(writer)

    ledger = MemoryLedger()
    with monkeypatch.context() as patch:
        patch.setattr(table_writer.TableWriter, "finish", dying)
        with pytest.raises(Death):
            bench.run(flow(place), run_id=7, ledger=ledger)
    assert numbers(place) == [1, 2]
    monkeypatch.undo()

    bench.run(flow(place), run_id=7, ledger=ledger)
    bench.run(flow(place), run_id=7, ledger=ledger)

    assert numbers(place) == [1, 2, 3]
    assert words(place) == ["before", "after; it's done"]
    assert leftovers(place) == []


def test_a_failing_statement_before_leaves_everything_as_it_was(bench, place):
    place("INSERT INTO t VALUES (99)")

    with pytest.raises(StageFailed, match=r"pre_action_sql: .*nothing"):
        bench.run(flow(place, pre_action_sql="DELETE FROM t; DELETE FROM nothing"))

    assert numbers(place) == [99]
    assert words(place) == []
    assert leftovers(place) == []


def test_a_failing_statement_after_fails_the_run_and_the_rows_stay(bench, place):
    broken = "INSERT INTO said VALUES ('half'); DELETE FROM nothing"

    with pytest.raises(StageFailed, match=r"post_action_sql: .*nothing") as caught:
        bench.run(flow(place, post_action_sql=broken))

    assert caught.value.component_name == "out"
    assert numbers(place) == [1, 2]
    assert words(place) == ["before"]
    assert leftovers(place) == []


@pytest.mark.parametrize("word", ["COMMIT", "rollback", "-- so\nBEGIN", "/* x */ SAVEPOINT a"])
def test_a_statement_that_would_end_the_transaction_is_refused(bench, place, word):
    with pytest.raises(StageFailed, match="pre_action_sql: .* is not accepted"):
        bench.run(flow(place, pre_action_sql=f"DELETE FROM t;\n{word}"))  # noqa: S608

    assert leftovers(place) == []


def test_what_the_statements_set_does_not_last_into_the_delivery(bench, place):
    if place.kind != "postgres":
        pytest.skip("settings of a session are PostgreSQL's")
    before = "CREATE SCHEMA other; SET search_path = other; SET TimeZone = 'Asia/Tokyo'"

    bench.run(flow(place, pre_action_sql=before, post_action_sql=""))

    assert numbers(place) == [1, 2]
    assert leftovers(place) == []


def test_a_marker_that_the_statements_drop_fails_the_run_and_is_no_delivery(bench, place):
    from connections.drivers.base import WriteToken

    marker = f"_etl_run_{WriteToken(7, 'out').suffix}"
    ledger = MemoryLedger()

    with pytest.raises(StageFailed):
        bench.run(flow(place, pre_action_sql=f"DROP TABLE {marker}"), run_id=7, ledger=ledger)

    assert ledger.states["out"].state == "prepared"
    assert numbers(place) == []


@pytest.mark.parametrize("outward", ["ATTACH 'other.sqlite' AS o", "PRAGMA writable_schema = 1"])
def test_sqlite_statements_reach_no_other_file(bench, outward):
    sqlite_rows(bench.root, "CREATE TABLE t (n INTEGER)")
    bench.write("in.csv", "n\n1\n")
    target = table_destination("out", "t", connection_id=SQLITE, pre_action_sql=outward)

    with pytest.raises(StageFailed, match="not authorized"):
        bench.run(chain(csv_source("in", "in.csv", {"n": "long"}), target))


def test_a_stop_during_what_comes_after_ends_it(bench, place):
    stop = {"now": False}

    class Stopper(MemoryLedger):
        def _store(self, component_id, state, rows=None):
            super()._store(component_id, state, rows)
            stop["now"] = state == "committed"

    endless = {
        "duckdb": "CREATE TABLE x AS SELECT count(*) FROM range(1000000) a, range(1000000) b",
        "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
        " INSERT INTO t SELECT max(n) FROM c",
        "postgres": "SELECT pg_sleep(60)",
    }[place.kind]

    with pytest.raises(RunStopped):
        bench.run(flow(place, post_action_sql=endless), ledger=Stopper(),
                  stopped=lambda: stop["now"])  # fmt: skip

    assert numbers(place) == [1, 2]
    assert leftovers(place) == []


def test_statements_are_split_where_one_ends():
    assert statements_of("a; b;; -- c;\n", "postgres") == ["a", "b"]
    assert statements_of("SELECT ';'; DO $x$ BEGIN; END $x$;", "postgres") == [
        "SELECT ';'",
        "DO $x$ BEGIN; END $x$",
    ]
    trigger = "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END"
    assert sqlite_statements(f"{trigger};\nSELECT 'a;b'; ") == [trigger, "SELECT 'a;b'"]
    with pytest.raises(InvalidInput, match="COMMIT is not accepted"):
        sqlite_statements("SELECT 1; COMMIT")
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (n)")
        database.execute(trigger)
    database.close()


@pytest.mark.parametrize("size", [1, 2, 65536])
def test_the_batch_size_changes_no_row(bench, place, size):
    bench.write("in.csv", "n\n" + "".join(f"{n}\n" for n in range(5)))

    totals = bench.run(flow(place, batch_size=size, post_action_sql=""))

    assert numbers(place) == [0, 1, 2, 3, 4]
    assert totals.rows_written == 5
