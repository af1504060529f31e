"""Flows over S3: what is read, what a death between two requests leaves, how fast a stop comes."""

import gzip
import json
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from connections.drivers.s3_session import S3Session
from engine.execute import RunStopped, StageFailed
from engine.problems import FlowInvalid
from tests.engine.flows import (
    LAKE,
    MemoryLedger,
    Recorder,
    chain,
    component,
    csv_source,
    table_destination,
)
from tests.engine.tables import duckdb_rows

ROWS = [(n, n * 2) for n in range(5_000)]


class Death(BaseException):
    """The process is gone; nothing may tidy up."""


@pytest.fixture
def lake(bench, s3, s3_bucket):
    """A client of the bucket that the bench's connection `lake` names."""
    bench.lake = s3.spec(LAKE, "lake", bucket=s3_bucket)
    return s3.client()


def source(path, fields, **properties):
    listed = [{"name": name, "type": word} for name, word in fields.items()]
    return component("cloud_storage_source", "in", connection_id=LAKE, path=path,
                     schema={"fields": listed}, **properties)  # fmt: skip


def folder(action, **properties):
    return component("cloud_storage_destination", "out", connection_id=LAKE, directory="a/b",
                     destination_action=action, **properties)  # fmt: skip


def test_objects_that_match_are_read_and_counted(bench, lake, s3_bucket):
    packed = gzip.compress(b"id\n3\n")
    for key, data in {"d/1.csv": b"id\n1\n2\n", "d/2.csv.gz": packed, "d/_no.csv": b"id\nx\n",
                      "d/no.txt": b"x"}.items():  # fmt: skip
        lake.put_object(Bucket=s3_bucket, Key=key, Body=data)
    recorder = Recorder()

    totals = bench.run(
        chain(source("d/*.csv*", {"id": "long"}, header_row=True), table_destination("out", "t")),
        recorder=recorder,
    )

    assert duckdb_rows(bench.root, "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
    assert totals.bytes_read == 7 + len(packed)
    assert recorder.progress["in"].bytes == totals.bytes_read
    assert any("2 files" in line for _, _, line in recorder.lines)


def test_parquet_and_json_are_read_from_a_named_bucket(bench, lake, s3, s3_bucket):
    bench.lake = s3.spec(LAKE, "lake")
    out = pa.BufferOutputStream()
    pa_parquet.write_table(pa.table({"id": [1, 2]}), out)
    lake.put_object(Bucket=s3_bucket, Key="x.parquet", Body=out.getvalue().to_pybytes())
    lake.put_object(Bucket=s3_bucket, Key="x.json", Body=b'{"id": 3}\n')

    for path, kind, expected in (("x.parquet", "parquet", [1, 2]), ("x.json", "json", [3])):
        flow = chain(source(path, {"id": "long"}, record_type=kind, bucket=s3_bucket),
                     table_destination("out", kind))  # fmt: skip
        bench.run(flow)
        assert duckdb_rows(bench.root, f"SELECT id FROM {kind} ORDER BY id") == [  # noqa: S608
            (n,) for n in expected
        ]


def test_an_object_that_is_not_there_and_a_missing_bucket_are_told(bench, lake, s3):
    with pytest.raises(StageFailed, match=r"The file none\.csv is no longer in lake"):
        bench.run(chain(source("none.csv", {"id": "long"}), table_destination("out", "t")))
    bench.lake = s3.spec(LAKE, "lake", bucket="gone-bucket")
    with pytest.raises(StageFailed, match="NoSuchBucket"):
        bench.run(chain(source("none.csv", {"id": "long"}), table_destination("out", "t")))


def test_a_large_object_is_sent_in_parts_and_arrives_whole(bench, lake, s3_bucket, monkeypatch):
    monkeypatch.setattr("connections.drivers.s3_transfer.PART_BYTES", 5 * 1024 * 1024)
    rows = 400_000
    bench.write("in.csv", "a,b\n" + "".join(f"{n},{'x' * 40}\n" for n in range(rows)))
    files = csv_source("in", "in.csv", {"a": "long", "b": "string"})

    bench.run(chain(files, folder("fail_if_exists", destination_format="json_lines")))

    (entry,) = lake.list_objects_v2(Bucket=s3_bucket)["Contents"]
    assert int(entry["ETag"].strip('"').split("-")[1]) >= 3, "several parts"
    lines = lake.get_object(Bucket=s3_bucket, Key=entry["Key"])["Body"].read().splitlines()
    assert sorted(json.loads(line)["a"] for line in lines) == list(range(rows))
    with pytest.raises(StageFailed, match="The directory a/b exists and is not empty"):
        bench.run(chain(files, folder("fail_if_exists")))


def content(lake, bucket):
    """Rows that a reader of the folder sees, and names that should not be left."""
    rows, left = [], []
    for entry in lake.list_objects_v2(Bucket=bucket).get("Contents", ()):
        if entry["Key"].startswith("a/b/"):
            data = lake.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            rows += [tuple(json.loads(line).values()) for line in data.splitlines()]
        else:
            left.append(entry["Key"])
    left += [u["Key"] for u in lake.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]
    return sorted(rows), left


@pytest.mark.parametrize(
    "kind",
    [pytest.param("append", marks=pytest.mark.long),
     pytest.param("replace", marks=pytest.mark.long), "several"],
)  # fmt: skip
def test_death_after_any_request_of_a_commit_loses_and_doubles_nothing(
    bench, lake, s3_bucket, monkeypatch, kind
):
    monkeypatch.setattr("engine.backends.embedded.BATCH_ROWS", 2_048)
    monkeypatch.setattr("engine.catalog.destinations._MEGABYTE", 1)
    bench.write("in.csv", "id,v\n" + "".join(f"{n},{v}\n" for n, v in ROWS))
    files = csv_source("in", "in.csv", {"id": "long", "v": "long"})
    several = {"single_file": False, "max_file_mb": 1} if kind == "several" else {}
    target = folder("append" if kind == "append" else "replace",
                    destination_format="json_lines", **several)  # fmt: skip
    call = S3Session.call
    left = {"calls": 0, "is_armed": False}

    def dying(self, operation, place, **arguments):
        answer = call(self, operation, place, **arguments)
        if left["is_armed"]:
            if not left["calls"]:
                raise Death
            left["calls"] -= 1
        return answer

    monkeypatch.setattr(S3Session, "call", dying)
    for number in range(30):
        for entry in lake.list_objects_v2(Bucket=s3_bucket).get("Contents", ()):
            lake.delete_object(Bucket=s3_bucket, Key=entry["Key"])
        if kind != "append":
            lake.put_object(Bucket=s3_bucket, Key="a/b/old.jsonl", Body=b'{"id": -1, "v": -1}\n')
        ledger = MemoryLedger()
        ledger.after = lambda step: left.update(is_armed=step == "committing")
        left.update(calls=number, is_armed=False)
        try:
            bench.run(chain(files, target), run_id=7, ledger=ledger)
            is_over = True
        except Death:
            is_over = False
        left["is_armed"] = False
        again = MemoryLedger(states=ledger.states)

        totals = bench.run(chain(files, target), run_id=7, ledger=again)

        assert content(lake, s3_bucket) == (ROWS, []), number
        assert totals.rows_written == len(ROWS)
        keys = lake.list_objects_v2(Bucket=s3_bucket)["KeyCount"]
        assert keys > 1 if kind == "several" else keys == 1
        if is_over:
            break
    assert number >= 3


def test_a_stop_while_objects_arrive_comes_within_two_seconds(bench, lake, s3_bucket, monkeypatch):
    lake.put_object(Bucket=s3_bucket, Key="in.csv", Body=b"id\n1\n")
    asked = threading.Event()
    begun = {}

    async def slow(*_arguments):
        import asyncio

        begun["at"] = time.monotonic()
        asked.set()
        await asyncio.sleep(60)

    monkeypatch.setattr("connections.drivers.s3_transfer._fetch_rest", slow)

    with pytest.raises(RunStopped):
        bench.run(chain(source("in.csv", {"id": "long"}), table_destination("out", "t")),
                  stopped=asked.is_set)  # fmt: skip

    assert time.monotonic() - begun["at"] < 2


# Manifests


@pytest.fixture(params=["folder", "s3"])
def store(request, bench):
    """How to put files into the source's connection, and the connection."""
    if request.param == "folder":
        return lambda name, text: bench.write(name, text), 1
    server, bucket = (request.getfixturevalue(name) for name in ("s3", "s3_bucket"))
    bench.lake = server.spec(LAKE, "lake", bucket=bucket)
    put = server.client().put_object
    return lambda name, text: put(Bucket=bucket, Key=name, Body=text.encode()), LAKE


def remembering(connection_id, **properties):
    return component(
        "cloud_storage_source", "in", connection_id=connection_id, path="d/*", header_row=True,
        schema={"fields": [{"id": "long"}]},
        **{"manifest_path": "state/seen.jsonl", **properties},
    )  # fmt: skip


def seen(bench, table="t"):
    return [n for (n,) in duckdb_rows(bench.root, f"SELECT id FROM {table} ORDER BY id")]  # noqa: S608


def test_a_manifest_lets_each_file_be_read_once(bench, store):
    put, connection_id = store
    flow = chain(remembering(connection_id), table_destination("out", "t"))
    put("d/1.csv", "id\n1\n")
    bench.run(flow)
    put("d/2.csv", "id\n2\n")

    second, third = bench.run(flow), bench.run(flow)

    assert (second.rows_read, third.rows_read) == (1, 0)
    assert seen(bench) == [1, 2]
    put("d/1.csv", "id\n10\n")
    bench.run(flow)
    assert seen(bench) == [1, 2, 10], "a file with other content is another file"


def test_a_failed_run_remembers_nothing(bench, store):
    put, connection_id = store
    flow = chain(remembering(connection_id), table_destination("out", "t"))
    put("d/1.csv", "id\nx\n")
    with pytest.raises(StageFailed):
        bench.run(flow)
    put("d/1.csv", "id\n1\n")

    bench.run(flow)

    assert seen(bench) == [1]


@pytest.mark.parametrize("step", ["committing", "committed"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_death_the_same_files_count_and_new_ones_wait(bench, store, when, step):
    put, connection_id = store
    put("d/1.csv", "id\n1\n")
    flow = chain(remembering(connection_id), table_destination("out", "t"))
    ledger = MemoryLedger()

    def die(reached):
        if reached == step:
            raise Death

    setattr(ledger, when, die)
    with pytest.raises(Death):
        bench.run(flow, run_id=5, ledger=ledger)
    put("d/2.csv", "id\n2\n")
    bench.run(flow, run_id=5, ledger=MemoryLedger(states=ledger.states))

    bench.run(flow, run_id=6)
    bench.run(flow, run_id=7)

    assert seen(bench) == [1, 2]


def test_a_second_destination_gets_the_files_of_the_first_after_a_death(bench, store):
    put, connection_id = store
    put("d/1.csv", "id\n1\n")
    flow = {
        "components": [remembering(connection_id), table_destination("a", "ta"),
                       table_destination("b", "tb")],
        "edges": [{"id": "1", "source": "in", "target": "a"},
                  {"id": "2", "source": "in", "target": "b"}],
    }  # fmt: skip
    ledger = MemoryLedger()

    def die(step):
        if step == "prepared" and "a" in ledger.states and ledger.states["a"].state == "committed":
            raise Death

    ledger.before = die
    with pytest.raises(Death):
        bench.run(flow, run_id=5, ledger=ledger)
    put("d/2.csv", "id\n2\n")
    bench.run(flow, run_id=5, ledger=MemoryLedger(states=ledger.states))

    assert (seen(bench, "ta"), seen(bench, "tb")) == ([1], [1])
    bench.run(flow, run_id=6)
    assert (seen(bench, "ta"), seen(bench, "tb")) == ([1, 2], [1, 2])


def test_a_manifest_of_something_else_is_refused(bench, store):
    put, connection_id = store
    put("d/1.csv", "id\n1\n")
    put("state/seen.jsonl", "{}\n")

    with pytest.raises(StageFailed, match=r"The manifest state/seen\.jsonl cannot be read"):
        bench.run(chain(remembering(connection_id), table_destination("out", "t")))


def test_a_bucket_of_a_folder_is_refused(bench):
    bench.write("in.csv", "1\n")
    flow = chain(
        component("cloud_storage_source", "in", connection_id=1, path="in.csv", bucket="b",
                  schema={"fields": [{"id": "long"}]}),
        table_destination("out", "t"),
    )  # fmt: skip

    with pytest.raises((StageFailed, FlowInvalid), match="bucket: a local_folder connection has"):
        bench.run(flow)
