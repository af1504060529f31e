"""rest_api_destination, run by the engine against a real server."""

import csv
import email
import io
import json
import threading
import time
from urllib.parse import parse_qs

import pytest

from engine.check import check_flow
from engine.flow import parse_flow
from engine.reporting import RunStopped, StageFailed, WriteState
from engine.variables import Variables
from tests.engine.flows import MemoryLedger, Recorder, StopAfter, chain, component, csv_source
from tests.rest.conftest import REST
from tests.rest.server import Answer

ROWS = [(1, "a b&c", 1.5), (2, 'quo"te', None), (3, "é€", -2.0)]
FIELDS = {"id": "long", "name": "string", "price": "double"}


@pytest.fixture
def flow(bench, service):
    """A flow that sends ROWS; properties are those of the destination."""
    stream = io.StringIO()
    csv.writer(stream).writerows([list(FIELDS), *ROWS])
    bench.write("rows.csv", stream.getvalue())

    def make(**properties):
        properties.setdefault("url", f"{service.url}/things")
        return chain(
            csv_source("src", "rows.csv", FIELDS), component("rest_api_destination", "out",
                                                             **properties)
        )  # fmt: skip

    return make


def as_dicts():
    return [dict(zip(FIELDS, row, strict=True)) for row in ROWS]


def test_each_record_is_a_request_by_default(bench, flow, service):
    totals = bench.run(flow())

    assert [asked.json() for asked in service.asked] == as_dicts()
    assert {asked.method for asked in service.asked} == {"POST"}
    assert {asked.headers["content-type"] for asked in service.asked} == {"application/json"}
    assert totals.rows_written == 3


@pytest.mark.parametrize(("size", "sizes"), [(2, [2, 1]), (3, [3]), (100, [3])])
def test_batches_are_lists_under_a_name_of_their_own(bench, flow, service, size, sizes):
    bench.run(flow(batch_size=size, nested_attribute="things", method="PUT"))

    sent = [asked.json()["things"] for asked in service.asked]
    assert [len(part) for part in sent] == sizes
    assert [row for part in sent for row in part] == as_dicts()
    assert service.asked[0].method == "PUT"


def test_fields_go_into_url_headers_and_payload(bench, flow, service):
    payload = {"key": "#{id}", "text": "<#{name}>", "deep": [{"p": "#{price}"}], "day": "$day"}

    bench.run(
        flow(
            url=f"{service.url}/things/#{{id}}?n=#{{name}}",
            headers={"X-Id": "no #{id}"},
            custom_payload=json.dumps(payload),
            method="PATCH",
            batch_size=50,
        ),
        {"day": "'mon\"day'"},
    )

    assert [asked.path for asked in service.asked] == ["/things/1", "/things/2", "/things/3"]
    assert [asked.query["n"] for asked in service.asked] == [row[1] for row in ROWS]
    assert service.asked[2].headers["x-id"] == "no 3"
    assert [asked.json() for asked in service.asked] == [
        {"key": n, "text": f"<{name}>", "deep": [{"p": price}], "day": 'mon"day'}
        for n, name, price in ROWS
    ]


def test_csv_bodies_hold_a_header_and_rows(bench, flow, service):
    bench.run(flow(body_format="csv", batch_size=10))

    (asked,) = service.asked
    rows = list(csv.reader(io.StringIO(asked.body.decode())))
    assert rows == [["id", "name", "price"], ["1", "a b&c", "1.5"], ["2", 'quo"te', ""],
                    ["3", "é€", "-2.0"]]  # fmt: skip
    assert asked.headers["content-type"].startswith("text/csv")


def test_forms_hold_one_record_each(bench, flow, service):
    bench.run(flow(body_format="url_encoded"))

    sent = [parse_qs(asked.body.decode(), keep_blank_values=True) for asked in service.asked]
    assert sent[0] == {"id": ["1"], "name": ["a b&c"], "price": ["1.5"]}
    assert sent[1]["price"] == [""]

    service.asked.clear()
    bench.run(flow(body_format="form_data"))

    kind = service.asked[0].headers["content-type"]
    message = email.message_from_bytes(
        f"Content-Type: {kind}\r\n\r\n".encode() + service.asked[0].body
    )
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in message.get_payload()
    }
    assert parts == {"id": b"1", "name": b"a b&c", "price": b"1.5"}


def test_credentials_of_the_connection_are_sent_and_the_path_is_below_its_base(
    bench, flow, service
):
    bench.settings = {"auth": "bearer", "token": "t0ken"}

    bench.run(flow(url="things", connection_id=REST))

    assert service.asked[0].path == "/api/things"
    assert service.asked[0].headers["authorization"] == "Bearer t0ken"


def test_a_field_cannot_lead_the_credentials_to_another_host(bench, flow, service):
    bench.settings = {"auth": "bearer", "token": "t0ken"}
    bench.write("rows.csv", "id,name,price\n1,http://evil.example/,1\n")

    bench.run(flow(url="#{name}/x", connection_id=REST))

    assert service.asked[0].path.startswith("/api/http%3A%2F%2Fevil.example")


def test_a_refusal_stops_the_run_and_what_was_sent_is_told(bench, flow, service):
    service.in_turn(Answer({}), Answer({"error": "bad name"}, 422))
    recorder = Recorder()

    with pytest.raises(StageFailed, match="status 422: .*bad name"):
        bench.run(flow(), recorder=recorder)

    assert len(service.asked) == 2
    assert any("Broken off after 1 requests" in text for _, _, text in recorder.lines)


def test_refusals_are_warnings_when_the_run_is_to_go_on(bench, flow, service):
    service.in_turn(Answer({}), Answer({"error": "bad name"}, 422), Answer({}))
    recorder = Recorder()

    bench.run(flow(stop_on_error=False), recorder=recorder)

    warnings = [text for level, _, text in recorder.lines if level == "WARN"]
    assert len(service.asked) == 3
    assert "bad name" in warnings[0]
    assert warnings[-1] == "Sent 3 requests, of which 1 were refused."


@pytest.mark.parametrize(
    ("properties", "status", "requests"),
    [
        ({}, 429, 5),
        ({}, 503, 5),
        ({}, 500, 2),
        ({}, 504, 2),
        ({"repeatable": True}, 500, 5),
        ({"method": "PUT"}, 502, 5),
    ],
)
def test_only_what_does_no_harm_is_sent_again(bench, flow, service, properties, status, requests):
    passing = Answer({}, status, {"Retry-After": "0"})
    service.in_turn(Answer({}), passing, passing, Answer({}))

    if requests == 2:
        with pytest.raises(StageFailed, match=f"status {status}"):
            bench.run(flow(**properties))
    else:
        bench.run(flow(**properties))

    assert len(service.asked) == requests


def test_a_post_whose_answer_was_lost_is_not_sent_again(bench, flow, service):
    service.behave = lambda asked: lambda connection: None

    with pytest.raises(StageFailed, match="broke off"):
        bench.run(flow())

    assert len(service.asked) == 1


def test_nothing_is_sent_when_something_upstream_fails(bench, flow, service):
    bench.write("rows.csv", "id,name,price\n1,a,1\nnone,b,2\n")

    with pytest.raises(StageFailed):
        bench.run(flow())

    assert service.asked == []


def test_no_rows_send_nothing(bench, flow, service):
    bench.write("rows.csv", "id,name,price\n")

    assert bench.run(flow()).rows_written == 0
    assert service.asked == []


@pytest.mark.parametrize("repeatable", [False, True])
def test_after_a_death_while_sending_only_what_may_be_doubled_is_sent_again(
    bench, flow, service, repeatable
):
    ledger = MemoryLedger(states={"out": WriteState("committing", 3)})

    if repeatable:
        bench.run(flow(repeatable=True), run_id=7, ledger=ledger)
        assert len(service.asked) == 3
    else:
        with pytest.raises(StageFailed, match="which requests arrived is not known"):
            bench.run(flow(), run_id=7, ledger=ledger)
        assert service.asked == []
        assert ledger.states["out"].state == "committing"


def test_a_failure_while_sending_leaves_the_ledger_in_doubt(bench, flow, service):
    service.in_turn(Answer({}), Answer({}, 400))
    ledger = MemoryLedger()

    with pytest.raises(StageFailed):
        bench.run(flow(), run_id=7, ledger=ledger)

    assert ledger.states["out"].state == "committing"


def test_a_delivery_that_was_committed_is_not_sent_again(bench, flow, service):
    ledger = MemoryLedger()
    bench.run(flow(), run_id=7, ledger=ledger)
    service.asked.clear()

    bench.run(flow(), run_id=7, ledger=ledger)

    assert service.asked == []


def test_a_stop_ends_the_sending_within_two_seconds(bench, flow, service):
    stop = StopAfter()
    service.behave = lambda asked: lambda connection: service.released.wait(30)
    threading.Timer(0.5, stop.event.set).start()

    began = time.monotonic()
    with pytest.raises(RunStopped):
        bench.run(flow(), stopped=stop)

    assert time.monotonic() - began < 2.5
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"url": "https://x/#{nosuch}"}, ("unknown_input_field", "url")),
        ({"url": "things"}, ("invalid_property_value", "url")),
        ({"custom_payload": "{"}, ("invalid_property_value", "custom_payload")),
        (
            {"custom_payload": "{}", "body_format": "csv"},
            ("invalid_property_value", "body_format"),
        ),
        (
            {"body_format": "form_data", "batch_size": 5},
            ("invalid_property_value", "batch_size"),
        ),
        ({"batch_size": 0}, ("invalid_property_value", "batch_size")),
        ({"method": "TRACE"}, ("invalid_property_value", "method")),
    ],
)
def test_what_is_wrong_is_found_without_sending(flow, service, properties, found):
    problems = check_flow(parse_flow(flow(**properties)), Variables())

    assert found in {(problem.code, problem.property) for problem in problems}
    assert service.asked == []
