"""save_responses of rest_api_destination: what the service answered, in a file of its own."""

import csv
import threading

import pytest

from connections.drivers.rest_answers import MOST_BODY_CHARACTERS
from engine.check import check_flow
from engine.flow import parse_flow
from engine.reporting import RunStopped, StageFailed
from engine.variables import Variables
from engine.worker import run_order
from tests.engine.flows import (
    FILES,
    LAKE,
    MemoryLedger,
    Recorder,
    StopAfter,
    chain,
    component,
    csv_source,
    graph,
)
from tests.rest.conftest import REST
from tests.rest.server import Answer

HEADER = ["url", "code", "body"]


def sends(name="out", **properties):
    given = {"save_responses": True, "responses_connection_id": FILES, **properties}
    return component("rest_api_destination", name, connection_id=REST, **given)


@pytest.fixture
def flow(bench):
    """A flow that sends three rows, each with a request of its own."""
    bench.write("rows.csv", "id\n1\n2\n3\n")

    def make(**properties):
        properties.setdefault("url", "things/#{id}?n=#{id}")
        return chain(csv_source("src", "rows.csv", {"id": "long"}), sends(**properties))

    return make


def saved(bench, name="responses-1.csv"):
    with (bench.root / "files" / name).open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == HEADER
    return rows


def asked_for(service, *ids):
    return [f"{service.url}/api/things/{number}" for number in ids]


def test_every_answer_is_a_row_whatever_it_says(bench, flow, service):
    service.in_turn(Answer(b'{"a": "x,\n\\"y"}'), Answer(b"no \xff", 422), Answer(None, 201))
    recorder = Recorder()

    bench.run(flow(stop_on_error=False, responses_path="logs/crm"), recorder=recorder)

    bodies = ['{"a": "x,\n\\"y"}', "no \N{REPLACEMENT CHARACTER}", "null"]
    urls = asked_for(service, 1, 2, 3)
    assert saved(bench, "logs/crm/responses-1.csv") == [
        list(row) for row in zip(urls, ["200", "422", "201"], bodies, strict=True)
    ]
    assert ("INFO", "out", "Saved 3 answers in logs/crm/responses-1.csv of files.") in (
        recorder.lines
    )


def test_answers_before_a_request_is_sent_again_are_rows_too(bench, flow, service):
    service.in_turn(Answer({}, 429, {"Retry-After": "0"}), Answer({}))

    bench.run(flow())

    assert [row[1] for row in saved(bench)] == ["429", "200", "200", "200"]


def test_a_refusal_that_fails_the_run_is_the_last_row(bench, flow, service):
    service.in_turn(Answer({}), Answer({"error": "bad name"}, 422))
    ledger = MemoryLedger()

    with pytest.raises(StageFailed, match="bad name"):
        bench.run(flow(), ledger=ledger)

    assert saved(bench) == [
        [asked_for(service, 1)[0], "200", "{}"],
        [asked_for(service, 2)[0], "422", '{"error": "bad name"}'],
    ]
    assert ledger.states["out"].state == "committing"


def test_a_stop_leaves_what_was_answered_before(bench, flow, service):
    stop = StopAfter()
    service.behave = lambda asked: (
        Answer({}) if len(service.asked) == 1 else lambda connection: service.released.wait(30)
    )
    threading.Timer(0.7, stop.event.set).start()

    with pytest.raises(RunStopped):
        bench.run(flow(), stopped=stop)

    assert [row[1] for row in saved(bench)] == ["200"]


def test_the_file_is_not_there_before_the_end_and_nothing_is_left_beside_it(bench, flow, service):
    seen = []

    def behave(asked):
        seen.append(sorted(path.name for path in (bench.root / "files").iterdir()))
        return Answer({})

    service.behave = behave
    bench.run(flow())

    assert seen == [["rows.csv"]] * 3
    assert sorted(path.name for path in (bench.root / "files").iterdir()) == [
        "responses-1.csv",
        "rows.csv",
    ]
    assert list((bench.root / "run-1").rglob("*.csv")) == []


def test_answers_wait_in_the_directory_of_the_run(bench, flow, service):
    found = []

    def behave(asked):
        found.extend(path.parent.name for path in (bench.root / "run-1").rglob("*.csv"))
        return Answer({})

    service.behave = behave
    bench.run(flow())

    assert found == ["answers"] * 3


def test_a_long_body_is_cut(bench, flow, service):
    service.behave = lambda asked: Answer(b"x" * 40_000)

    bench.run(flow())

    assert [len(row[2]) for row in saved(bench)] == [MOST_BODY_CHARACTERS] * 3


def test_no_rows_make_a_file_without_rows(bench, flow, service):
    bench.write("rows.csv", "id\n")

    bench.run(flow())

    assert saved(bench) == []


def test_secrets_are_masked(bench, flow, service):
    """Those that the run knows, wherever they stand; in the URL also what looks like one."""
    bench.settings = {"auth": "bearer", "token": "c0nnection-t0ken"}
    service.behave = lambda asked: Answer({"sent": asked.headers["authorization"], "next_token": 5})
    order = bench.order(flow(url="things/${key}/password=open-sesame/#{id}?key=query-secret"))
    order = type(order)(**{
        name: getattr(order, name) for name in order.__slots__
    } | {"secrets": {"key": "pa th/secret"}})  # fmt: skip

    run_order(order, Recorder(), MemoryLedger(), lambda: False)

    text = (bench.root / "files/responses-1.csv").read_text(encoding="utf-8")
    assert service.asked[0].path.startswith("/api/things/pa%20th%2Fsecret/password=open-sesame/")
    for secret in ("pa%20th", "c0nnection", "sesame", "query-secret"):
        assert secret not in text
    assert saved(bench)[0][2] == '{"sent": "Bearer ••••", "next_token": 5}'


def test_a_storage_that_cannot_take_the_file_is_found_before_anything_is_sent(bench, flow, service):
    (bench.root / "elsewhere").mkdir()
    (bench.root / "files/out").symlink_to(bench.root / "elsewhere")

    with pytest.raises(StageFailed, match="leads outside"):
        bench.run(flow(responses_path="out"))

    assert service.asked == []


def test_a_file_that_cannot_be_written_fails_the_run_and_the_delivery_counts(bench, flow, service):
    bench.write("logs", "a file where the folder should be")
    ledger = MemoryLedger()

    with pytest.raises(StageFailed, match=r"logs/responses-5.csv cannot be written"):
        bench.run(flow(responses_path="logs"), ledger=ledger, run_id=5)

    assert len(service.asked) == 3
    assert ledger.states["out"].state == "committed"
    assert bench.run(flow(responses_path="logs"), ledger=ledger, run_id=5).rows_written == 3
    assert len(service.asked) == 3, "nothing is sent a second time"


def test_a_failure_stays_the_one_that_is_told_when_answers_cannot_be_saved(bench, flow, service):
    bench.write("logs", "a file where the folder should be")
    service.in_turn(Answer({}), Answer({"error": "bad name"}, 422))
    recorder = Recorder()

    with pytest.raises(StageFailed, match="bad name"):
        bench.run(flow(responses_path="logs"), recorder=recorder)

    warnings = [text for level, _, text in recorder.lines if level == "WARN"]
    assert any("The answers could not be saved" in text for text in warnings)


def test_answers_go_into_a_bucket_whole(bench, flow, service, s3, s3_bucket):
    bench.lake = s3.spec(LAKE, "lake")
    lake = s3.client()
    seen = []

    def behave(asked):
        seen.append(lake.list_objects_v2(Bucket=s3_bucket)["KeyCount"])
        return Answer({"id": asked.query["n"]}, 200)

    service.behave = behave
    bench.run(flow(responses_connection_id=LAKE, responses_bucket=s3_bucket, responses_path="a/b/"))

    body = lake.get_object(Bucket=s3_bucket, Key="a/b/responses-1.csv")["Body"].read().decode()
    header, *rows = csv.reader(body.splitlines())
    assert header == HEADER
    assert [row[2] for row in rows] == [f'{{"id": "{number}"}}' for number in (1, 2, 3)]
    assert seen == [0, 0, 0]
    assert "Uploads" not in lake.list_multipart_uploads(Bucket=s3_bucket)


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        (
            {"responses_connection_id": None},
            ("missing_required_property", "responses_connection_id"),
        ),
        ({"responses_path": "../x"}, ("invalid_property_value", "responses_path")),
        ({"responses_path": "/x"}, ("invalid_property_value", "responses_path")),
        ({"responses_path": "$nosuch"}, ("undefined_variable", "responses_path")),
        ({"responses_bucket": "$nosuch"}, ("undefined_variable", "responses_bucket")),
    ],
)
def test_what_is_wrong_is_found_by_the_check(flow, properties, found):
    problems = check_flow(parse_flow(flow(**properties)), Variables())

    assert found in {(problem.code, problem.property) for problem in problems}


def test_two_components_may_not_share_a_file(bench, flow, service):
    def both(path):
        parts = [csv_source("src", "rows.csv", {"id": "long"}), sends("a", url="a"),
                 sends("b", url="b", responses_path=path)]  # fmt: skip
        return graph(parts, [("src", "a"), ("src", "b")])

    def problems(path):
        return check_flow(parse_flow(both(path)), Variables())

    (found,) = problems("./")
    assert (found.component_name, found.property) == ("b", "responses_path")
    assert "a saves its answers in the same file" in found.message
    assert problems("b") == []
    flow()
    bench.run(both("b"))
    assert len(saved(bench)) == len(saved(bench, "b/responses-1.csv")) == 3
