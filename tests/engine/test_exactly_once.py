"""A run may die at any instant and be tried again: rows are never doubled and never lost."""

import multiprocessing
import os
import random
import signal
import time

import boto3
import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from engine.execute import RunStopped, StageFailed, WriteState
from tests.drivers.postgres_place import PostgresPlace
from tests.engine.flows import (
    FILES,
    LAKE,
    POSTGRES,
    SQLITE,
    Bench,
    MemoryLedger,
    Recorder,
    chain,
    component,
    csv_source,
    graph,
    table_destination,
)
from tests.engine.tables import duckdb_rows, sqlite_rows
from tests.services.postgres import PostgresServer

RUN = 77
ROWS = 1_000


class Death(BaseException):
    """The process is gone; nothing may tidy up."""


@pytest.fixture
def bench(bench, request) -> Bench:
    """With a database on a server when the destination is one."""
    given = getattr(request.node, "callspec", None)
    name = "" if given is None else str(given.params.get("name"))
    if name.startswith("postgres"):
        server, database = (
            request.getfixturevalue(given) for given in ("postgres", "postgres_database")
        )
        bench.server = PostgresPlace(server, database).spec(POSTGRES, "server")
    if name.startswith("s3"):
        server, bucket = (request.getfixturevalue(given) for given in ("s3", "s3_bucket"))
        bench.lake = server.spec(LAKE, "lake", bucket=bucket)
    return bench


def bucket_of(bench):
    """A client of the test's own, and the bucket."""
    given = bench.lake.settings
    client = boto3.client("s3", endpoint_url=given["endpoint"], region_name=given["region"],
                          aws_access_key_id=given["username"],
                          aws_secret_access_key=given["password"])  # fmt: skip
    return client, given["bucket"]


def objects(bench) -> dict[str, bytes]:
    client, bucket = bucket_of(bench)
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", ())
    return {
        entry["Key"]: client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        for entry in listed
    }


def place_of(bench):
    given = bench.server.settings
    server = PostgresServer(given["host"], given["port"], given["username"], given["password"])
    return PostgresPlace(server, given["database"])


@pytest.fixture
def source(bench):
    bench.write("in.csv", "id,v\n" + "".join(f"{n},{n * 2}\n" for n in range(ROWS)))
    return csv_source("in", "in.csv", {"id": "long", "v": "long"})


def folder(action: str, **properties) -> dict:
    return component(
        "cloud_storage_destination", "out",
        **{"connection_id": FILES, "directory": "lake/t", "destination_format": "parquet",
           "destination_action": action, **properties},
    )  # fmt: skip


DESTINATIONS = {
    "duckdb append": table_destination("out", "t", operation_type="append"),
    "duckdb overwrite": table_destination("out", "t", operation_type="overwrite_truncate"),
    "duckdb merge": table_destination(
        "out", "t", operation_type="merge_update_insert", keys={"id": True, "v": False}
    ),
    "sqlite append": table_destination("out", "t", connection_id=SQLITE),
    "sqlite merge": table_destination(
        "out", "t", connection_id=SQLITE, operation_type="merge_delete_insert",
        keys={"id": True, "v": False},
    ),
    "postgres append": table_destination("out", "t", connection_id=POSTGRES),
    "postgres overwrite": table_destination(
        "out", "t", connection_id=POSTGRES, operation_type="overwrite_truncate"
    ),
    "postgres merge": table_destination(
        "out", "t", connection_id=POSTGRES, operation_type="merge_update_insert",
        keys={"id": True, "v": False},
    ),
    "folder fail_if_exists": folder("fail_if_exists"),
    "folder replace": folder("replace"),
    "folder append": folder("append"),
    "s3 fail_if_exists": folder("fail_if_exists", connection_id=LAKE),
    "s3 replace": folder("replace", connection_id=LAKE),
    "s3 append": folder("append", connection_id=LAKE),
    "s3 several": folder("replace", connection_id=LAKE, single_file=False, max_file_mb=1),
}  # fmt: skip


def delivered(bench, name: str) -> list[tuple]:
    """What a reader of the destination sees."""
    if name.startswith("folder"):
        directory = bench.root / "files" / "lake" / "t"
        files = sorted(directory.glob("*.parquet")) if directory.is_dir() else []
        tables = [pa_parquet.read_table(path) for path in files]
        return sorted((row["id"], row["v"]) for table in tables for row in table.to_pylist())
    if name.startswith("s3"):
        tables = [
            pa_parquet.read_table(pa.BufferReader(data))
            for key, data in objects(bench).items()
            if key.startswith("lake/t/")
        ]
        return sorted((row["id"], row["v"]) for table in tables for row in table.to_pylist())
    if name.startswith("postgres"):
        place = place_of(bench)
        is_there = place.rows("SELECT to_regclass('t') IS NOT NULL") == [(True,)]
        return place.rows("SELECT id, v FROM t ORDER BY id, v") if is_there else []
    rows = duckdb_rows if name.startswith("duckdb") else sqlite_rows
    return rows(bench.root, "SELECT id, v FROM t ORDER BY id, v")


def leftovers(bench, name: str) -> list[str]:
    """Markers and staging that should be gone."""
    if name.startswith("folder"):
        return [str(path) for path in (bench.root / "files").rglob(".etl-run*")]
    if name.startswith("postgres"):
        return place_of(bench).markers()
    if name.startswith("s3"):
        client, bucket = bucket_of(bench)
        waiting = client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())
        return [key for key in objects(bench) if "/.etl-run" in key] + [
            upload["Key"] for upload in waiting
        ]
    if name.startswith("duckdb"):
        query = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '_etl%'"
        return [table for (table,) in duckdb_rows(bench.root, query)]
    query = "SELECT name FROM sqlite_schema WHERE name LIKE '~_etl%' ESCAPE '~'"
    return [table for (table,) in sqlite_rows(bench.root, query)]


EXPECTED = [(n, n * 2) for n in range(ROWS)]
DEATHS = [(when, step) for step in ("prepared", "committing", "committed")
          for when in ("before", "after")]  # fmt: skip


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: " ".join(death))
@pytest.mark.parametrize("name", DESTINATIONS)
def test_death_at_any_step_of_the_ledger_loses_and_doubles_nothing(bench, source, name, death):
    when, fatal = death

    def die(step: str) -> None:
        if step == fatal:
            raise Death

    ledger = MemoryLedger()
    setattr(ledger, when, die)
    with pytest.raises(Death):
        bench.run(chain(source, DESTINATIONS[name]), run_id=RUN, ledger=ledger)
    again = MemoryLedger(states=ledger.states)

    totals = bench.run(chain(source, DESTINATIONS[name]), run_id=RUN, ledger=again)

    assert delivered(bench, name) == EXPECTED
    assert leftovers(bench, name) == []
    assert totals.rows_written == ROWS
    assert again.states == {"out": WriteState("committed", ROWS)}


@pytest.mark.parametrize("name", DESTINATIONS)
def test_death_between_batches_leaves_nothing_visible(bench, name, source, monkeypatch):
    big = "id,v\n" + "".join(f"{n},{n * 2}\n" for n in range(200_000))
    bench.write("in.csv", big)

    class DyingRecorder(Recorder):
        def component(self, progress):
            super().component(progress)
            if progress.component_id == "out" and progress.rows_in:
                raise Death

    ledger = MemoryLedger()
    monkeypatch.setattr("engine.delivery._REPORT_SECONDS", 0.0)
    flow = chain(source, DESTINATIONS[name])
    with pytest.raises(Death):
        bench.run(flow, run_id=RUN, ledger=ledger, recorder=DyingRecorder())
    bench.write("in.csv", "id,v\n" + "".join(f"{n},{n * 2}\n" for n in range(ROWS)))

    bench.run(chain(source, DESTINATIONS[name]), run_id=RUN, ledger=ledger)

    assert delivered(bench, name) == EXPECTED
    assert leftovers(bench, name) == []


@pytest.mark.parametrize("name", DESTINATIONS)
def test_an_empty_delivery_is_committed_and_repeated_like_any_other(bench, name):
    bench.write("in.csv", "id,v\n")
    flow = chain(csv_source("in", "in.csv", {"id": "long", "v": "long"}), DESTINATIONS[name])
    ledger = MemoryLedger()

    first = bench.run(flow, run_id=RUN, ledger=ledger)
    second = bench.run(flow, run_id=RUN, ledger=ledger)

    assert (first.rows_written, second.rows_written) == (0, 0)
    assert delivered(bench, name) == []
    assert leftovers(bench, name) == []


@pytest.mark.parametrize(
    "name", ["duckdb append", "sqlite append", "postgres append", "folder append", "s3 append"]
)
def test_a_failed_commit_is_not_taken_for_a_delivery(bench, source, name, monkeypatch):
    from connections.drivers.folder_writer import FolderWriter
    from connections.drivers.s3_writer import S3Writer
    from connections.drivers.table_writer import TableWriter

    ledger = MemoryLedger()
    with monkeypatch.context() as patch:
        for writer in (TableWriter, FolderWriter, S3Writer):
            patch.setattr(writer, "commit", _disk_full)
        with pytest.raises(StageFailed, match="disk full"):
            bench.run(chain(source, DESTINATIONS[name]), run_id=RUN, ledger=ledger)

    assert ledger.states["out"].state == "prepared"
    assert leftovers(bench, name) == []
    bench.run(chain(source, DESTINATIONS[name]), run_id=RUN, ledger=ledger)
    assert delivered(bench, name) == EXPECTED


def _disk_full(_self) -> None:
    raise OSError("disk full")


def test_only_the_open_destination_of_two_is_delivered_again(bench, source):
    flow = graph(
        [source, table_destination("a", "ta"), table_destination("b", "tb")],
        [("in", "a"), ("in", "b")],
    )
    ledger = MemoryLedger()

    def die(step: str) -> None:
        if step == "committing" and "a" in ledger.states and "b" in ledger.states:
            raise Death

    ledger.before = die
    with pytest.raises(Death):
        bench.run(flow, run_id=RUN, ledger=ledger)

    bench.run(flow, run_id=RUN, ledger=MemoryLedger(states=ledger.states))

    query = "SELECT (SELECT count(*) FROM ta), (SELECT count(*) FROM tb)"
    assert duckdb_rows(bench.root, query) == [(ROWS, ROWS)]


def test_a_replaced_folder_is_put_back_when_death_comes_between_the_renames(bench, source):
    bench.run(chain(source, folder("replace")), run_id=1)
    target = bench.root / "files" / "lake" / "t"
    before = sorted(path.name for path in target.iterdir())
    ledger = MemoryLedger()

    def die(step: str) -> None:
        if step == "committing":
            raise Death

    ledger.after = die
    with pytest.raises(Death):
        bench.run(chain(source, folder("replace")), run_id=RUN, ledger=ledger)
    (staging,) = target.parent.glob(".etl-run-*")
    target.rename(f"{staging}-old")
    bench.write("in.csv", "id,v\nx,y\n")

    with pytest.raises(StageFailed):
        bench.run(chain(source, folder("replace")), run_id=RUN,
                  ledger=MemoryLedger(states=ledger.states))  # fmt: skip

    assert sorted(path.name for path in target.iterdir()) == before


@pytest.mark.parametrize("name", DESTINATIONS)
def test_a_failing_source_row_leaves_the_old_rows_as_they_were(bench, source, name):
    flow = chain(source, DESTINATIONS[name])
    bench.run(flow, run_id=1)
    bench.write("in.csv", "id,v\n1,2\nx,3\n")

    with pytest.raises(StageFailed):
        bench.run(flow, run_id=2)

    assert delivered(bench, name) == EXPECTED
    assert leftovers(bench, name) == []


def _child(bench, flow, states, pipe) -> None:
    class PipeLedger(MemoryLedger):
        def _store(self, component_id, state, rows=None):
            super()._store(component_id, state, rows)
            pipe.send(dict(self.states))

    bench.run(flow, run_id=RUN, ledger=PipeLedger(states=states))
    pipe.send("done")


@pytest.mark.long
@pytest.mark.parametrize("name", DESTINATIONS)
def test_kill_minus_nine_at_random_moments_loses_and_doubles_nothing(bench, source, name):
    chance = random.Random(name)
    context = multiprocessing.get_context("fork")
    is_far = name.startswith("s3")
    for round_ in range(4 if is_far else 12):
        for path in bench.root.glob("*.duckdb*"):
            path.unlink()
        for path in bench.root.glob("b.sqlite*"):
            path.unlink()
        if bench.server is not None:
            place_of(bench).execute("DROP TABLE IF EXISTS t")
        os.system(f"rm -rf '{bench.root}/files/lake'")  # noqa: S605
        if bench.lake is not None:
            client, bucket = bucket_of(bench)
            for key in objects(bench):
                client.delete_object(Bucket=bucket, Key=key)
        states: dict = {}
        for _attempt in range(60):
            receiver, sender = context.Pipe(duplex=False)
            child = context.Process(
                target=_child, args=(bench, chain(source, DESTINATIONS[name]), states, sender)
            )
            child.start()
            sender.close()
            time.sleep(chance.uniform(0.0, 2.5 if is_far else 0.25))
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            messages = _drain(receiver)
            states = next((m for m in reversed(messages) if m != "done"), states)
            if "done" in messages:
                break
        else:
            bench.run(
                chain(source, DESTINATIONS[name]), run_id=RUN, ledger=MemoryLedger(states=states)
            )
        assert delivered(bench, name) == EXPECTED, round_
        assert leftovers(bench, name) == [], round_


def _drain(receiver) -> list:
    messages = []
    try:
        while True:
            messages.append(receiver.recv())
    except EOFError:
        return messages


def test_a_stop_rolls_everything_back(bench, source):
    stop = {"now": False}

    class Stopper(MemoryLedger):
        def _store(self, component_id, state, rows=None):
            super()._store(component_id, state, rows)
            stop["now"] = state == "prepared"

    with pytest.raises(RunStopped):
        bench.run(
            chain(source, DESTINATIONS["duckdb append"]),
            run_id=RUN, ledger=Stopper(), stopped=lambda: stop["now"],
        )  # fmt: skip

    assert duckdb_rows(bench.root, "SELECT table_name FROM duckdb_tables()") == []
