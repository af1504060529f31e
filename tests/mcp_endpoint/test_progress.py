"""Progress as server-sent events, for clients that give a token."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client

from mcp_endpoint import streams
from mcp_endpoint.jsonrpc import Message
from tests.mcp_endpoint.modern import ModernClient

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "p-1"
CALL = Message("tools/call", 1, {"_meta": {"progressToken": TOKEN}})


def events_of(response):
    blocks = b"".join(response.streaming_content).decode().strip().split("\n\n")
    return [json.loads(block.split("data: ", 1)[1]) for block in blocks]


def test_words_on_the_way_come_before_the_answer_and_only_forward():
    def work(report):
        for done in (0, 50, 50, 20, 100):
            report(done, 100, f"{done} %")
        return HttpResponse(b'{"id":1}')

    response = streams.respond(CALL, work)

    assert response.headers["Content-Type"] == "text/event-stream"
    *told, last = events_of(response)
    assert [event["params"]["progress"] for event in told] == [0, 50, 100]
    assert {event["params"]["progressToken"] for event in told} == {TOKEN}
    assert last == {"id": 1}


def test_a_call_without_a_word_is_plain_json():
    response = streams.respond(CALL, lambda report: HttpResponse(b"{}", status=400))

    assert (response.status_code, response.content) == (400, b"{}")


def test_a_defect_is_raised_where_the_answer_is_awaited():
    def work(report):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        streams.respond(CALL, work)


@pytest.mark.parametrize("accept", ["application/json, text/event-stream", "application/json"])
def test_tools_that_ask_foreign_systems_tell_how_far_they_are(account, token, files, accept):
    modern = ModernClient(Client(), token)
    params = {"name": "test_connection", "arguments": {"connection_id": files.pk}}

    response = modern.send(
        "tools/call", params, headers={"Accept": accept}, meta={"progressToken": TOKEN}
    )

    if "event-stream" in accept:
        *told, last = events_of(response)
        assert [event["params"]["progress"] for event in told] == [0]
        assert last["result"]["structuredContent"]["success"] is True
    else:
        assert response.json()["result"]["structuredContent"]["success"] is True
