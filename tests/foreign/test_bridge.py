"""The bridge of the extension, line by line: what it sends, what it writes, how it ends."""

import json
import time

import pytest

import mcp_endpoint.tools  # noqa: F401  fills the registry
from connected_apps.extension import VERSION
from mcp_endpoint.registry import TOOLS
from tests.foreign.edge import BrokenOff, NoReply, PassedOn, Reply, edge
from tests.foreign.extension import request, running
from tests.foreign.visits import WRONG_TOKEN
from tests.mcp_endpoint.modern import envelope
from tests.services.daemons import free_port

LEGACY = "2025-11-25"
OPENING = {
    "protocolVersion": LEGACY,
    "capabilities": {},
    "clientInfo": {"name": "tests", "version": "1"},
}
OPENED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
LISTING = {"name": "list_workspaces", "arguments": {}}
CANCEL = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
WAIT_SECONDS = 20


def modern(params=None):
    return {"_meta": envelope(), **(params or {})}


@pytest.fixture
def bridge(config):
    """The bridge as the product gave it."""
    with running(config) as bridge:
        yield bridge


@pytest.fixture
def start(config):
    """Start it with other values in its environment."""
    return lambda **environment: running(config, **environment)


@pytest.fixture
def place(product):
    """An edge in front of the product."""
    with edge(product.url) as place:
        yield place


@pytest.fixture
def edged(place, start):
    """The bridge to that edge."""
    with start(MCP_HOST=place.origin) as bridge:
        yield bridge


@pytest.fixture
def refusal(place, edged):
    """The error that a call ends with when the server answers so."""

    def refusal(reply):
        place.reply = lambda message: reply
        return edged.ask("tools/call", LISTING)["error"]

    return refusal


# The two eras


@pytest.mark.promise("extension.full_tool_list", "endpoint.server_name")
def test_a_legacy_conversation(bridge):
    opened = bridge.ask("initialize", OPENING, request_id=0)["result"]
    bridge.send(OPENED)
    listed = bridge.ask("tools/list", request_id=1)["result"]["tools"]
    called = bridge.ask("tools/call", LISTING, request_id=2)["result"]

    assert opened["protocolVersion"] == LEGACY
    assert opened["serverInfo"]["name"] == "integrateio"
    assert [tool["name"] for tool in listed] == list(TOOLS)
    assert not called["isError"]


def test_modern_requests_without_a_handshake(bridge):
    discovered = bridge.ask("server/discover", modern(), request_id="a")["result"]
    called = bridge.ask("tools/call", modern(LISTING), request_id="b")["result"]

    assert discovered["supportedVersions"] == ["2026-07-28"]
    assert called["resultType"] == "complete"
    assert not called["isError"]


@pytest.mark.parametrize("name", ["größe", " padded ", "=?base64?eA==?=", ""])
def test_a_modern_name_that_no_header_carries_arrives_whole(bridge, name):
    error = bridge.ask("tools/call", modern({"name": name, "arguments": {}}))["error"]

    assert error["code"] == -32602
    assert "Unknown tool" in error["message"]


def test_an_unknown_modern_method_keeps_the_servers_own_error(bridge):
    error = bridge.ask("no/such/method", modern())["error"]

    assert error["code"] == -32601


def test_progress_of_a_modern_call_comes_before_its_answer(place, edged):
    note = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}}
    result = {"jsonrpc": "2.0", "id": 1, "result": {"words": "größer\u2028"}}
    stream = b": keep-alive\r\n\r\nevent: message\r\ndata: %s\r\n\r\ndata: {\ndata: %s\n\n" % (
        json.dumps(note).encode(),
        json.dumps(result, ensure_ascii=False).encode()[1:],
    )
    byte_by_byte = tuple(bytes([byte]) for byte in stream)
    kind = {"Content-Type": "text/event-stream"}
    place.reply = lambda message: Reply(200, byte_by_byte, kind, pause=0.002)

    edged.send(request("tools/call", modern(LISTING)))

    assert edged.read() == note
    assert edged.read() == result


def test_numbers_pass_as_they_are(place, edged):
    content = b'{"jsonrpc": "2.0",\n "id": 1,\n "result": {"id": 9223372036854775807}}\n'
    place.reply = lambda message: Reply(200, (content,))

    assert edged.ask("tools/call", LISTING)["result"] == {"id": 9223372036854775807}


# What it sends


def test_a_legacy_request_names_the_version_agreed_on(place, edged, product):
    edged.send(request("initialize", OPENING, request_id=0))
    edged.send(OPENED)
    edged.send(request("tools/list"))
    edged.read()
    edged.read()

    headers, versions = place.seen[0][0], {}
    for sent, message in place.seen:
        versions[message["method"]] = sent.get("mcp-protocol-version")
    assert versions == {
        "initialize": None,
        "notifications/initialized": LEGACY,
        "tools/list": LEGACY,
    }
    assert headers["path"] == "/acme/api/mcp"
    assert headers["authorization"] == f"Bearer {product.token}"
    assert headers["accept"] == "application/json, text/event-stream"
    assert headers["user-agent"] == f"integrate-io-mcp/{VERSION}"
    assert "mcp-method" not in headers


def test_a_modern_request_says_in_headers_what_it_is(place, edged):
    edged.ask("tools/call", modern(LISTING))

    [(headers, _)] = place.seen
    assert headers["mcp-protocol-version"] == "2026-07-28"
    assert headers["mcp-method"] == "tools/call"
    assert headers["mcp-name"] == "list_workspaces"


def test_values_are_taken_as_people_paste_them(start, product):
    with start(MCP_ACCOUNT=" Acme ", MCP_TOKEN=f"Bearer {product.token}\n") as bridge:
        assert "result" in bridge.ask("tools/call", LISTING)


@pytest.mark.promise("extension.account_by_name_or_number")
@pytest.mark.parametrize("account", ["acme", "1042"])
def test_the_account_may_be_its_subdomain_or_its_number(place, start, account):
    place.reply = lambda message: Reply.of({"jsonrpc": "2.0", "id": 1, "result": {}})
    with start(MCP_HOST=place.origin, MCP_ACCOUNT=account) as bridge:
        bridge.ask("tools/call", LISTING)

    assert [headers["path"] for headers, _ in place.seen] == [f"/{account}/api/mcp"]


def test_requests_run_beside_each_other(place, edged):
    place.reply = lambda message: PassedOn(1.5 if message["id"] == 1 else 0)

    edged.send(request("tools/call", LISTING, request_id=1))
    edged.send(request("tools/list", request_id=2))

    assert [edged.read()["id"], edged.read()["id"]] == [2, 1]


# Cancelling


def test_to_cancel_a_modern_call_is_to_hang_up(place, edged):
    place.reply = lambda message: NoReply()
    edged.send(request("tools/call", modern(LISTING), request_id=7))
    assert place.arrived.wait(WAIT_SECONDS)
    edged.send({**CANCEL, "params": modern({"requestId": 7})})

    assert place.hung_up.wait(WAIT_SECONDS)
    assert edged.end() == 0
    assert edged.unread() == []
    assert [message["method"] for _, message in place.seen] == ["tools/call"]


def test_a_modern_call_cancelled_in_the_same_breath_is_not_answered(edged):
    cancel = {**CANCEL, "params": modern({"requestId": 7})}
    call = request("tools/call", modern(LISTING), request_id=7)
    edged.send(f"{json.dumps(call)}\n{json.dumps(cancel)}")

    assert edged.end() == 0
    assert edged.unread() == []


def test_to_cancel_a_legacy_call_is_to_say_so(place, edged):
    place.reply = lambda message: Reply(202) if "id" not in message else PassedOn(1)
    edged.send(request("tools/call", LISTING, request_id=7))
    assert place.arrived.wait(WAIT_SECONDS)
    edged.send({**CANCEL, "params": {"requestId": 7}})

    assert edged.read()["id"] == 7
    assert {message["method"] for _, message in place.seen} == {
        "tools/call",
        "notifications/cancelled",
    }


# Refusals in words


def test_a_wrong_token(start):
    with start(MCP_TOKEN=WRONG_TOKEN) as bridge:
        error = bridge.ask("tools/call", LISTING)["error"]

    assert error["code"] == 401
    assert "Settings → Extensions → Integrate.io and re-enter the token" in error["message"]
    assert error["data"] == {"status": 401}


def test_an_unknown_account(start):
    with start(MCP_ACCOUNT="nobody") as bridge:
        error = bridge.ask("tools/call", LISTING)["error"]

    assert error["code"] == 404
    assert 'There is no account "nobody"' in error["message"]


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (Reply.of({"error": "Forbidden"}, 403), 403, 'no access to account "acme"'),
        (
            Reply.of({"error": "PTP MCP server is not enabled for this account"}, 403),
            403,
            "Ask an owner of account",
        ),
        (Reply.of({"error": "insufficient_scope"}, 403), 403, "insufficient_scope"),
        (Reply.of({"error": "Too many"}, 429, Retry_After="12"), 429, "Try again in 12 s."),
        (
            Reply.of({}, 429, Retry_After="Sat, 01 Jan 2000 00:00:00 GMT"),
            429,
            "Try again in a minute.",
        ),
        (Reply.of({"error": "Unavailable"}, 503, Retry_After="5"), 503, "Try again in 5 s."),
        (Reply.of({"error": "Too large"}, 413), 413, "Too large"),
        (Reply(502, (b"<html>Bad gateway</html>",)), 502, "cannot answer at the moment"),
        (Reply(200, (b"<html>Sign in</html>",)), 200, "did not answer like an MCP server"),
        (Reply(202), 202, "did not answer like an MCP server"),
        (Reply(200, (b"",), {"Content-Type": "text/event-stream"}), 502, "the stream ended"),
        (BrokenOff(), 502, "It may have been carried out"),
    ],
)
def test_what_the_server_says_becomes_a_sentence(refusal, reply, code, words):
    error = refusal(reply)

    assert error["code"] == code
    assert words in error["message"]


def test_an_error_without_an_id_still_ends_its_request(refusal):
    nobodys = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Too deep"}}

    assert refusal(Reply.of(nobodys, 400)) == {"code": -32600, "message": "Too deep"}


@pytest.mark.promise("extension.staging_host")
def test_a_redirect_gets_no_token(refusal, place):
    with edge() as elsewhere:
        error = refusal(Reply(308, headers={"Location": elsewhere.origin}))

    assert "to which the token is not sent" in error["message"]
    assert elsewhere.seen == []


def test_no_network(start):
    with start(MCP_HOST=f"http://127.0.0.1:{free_port()}") as bridge:
        error = bridge.ask("tools/call", LISTING)["error"]

    assert error["code"] == 503
    assert "(ECONNREFUSED). Check that this computer is online" in error["message"]


def test_an_answer_that_does_not_come_in_time(place, start):
    place.reply = lambda message: NoReply()
    with start(MCP_HOST=place.origin, MCP_TIMEOUT_SECONDS="1") as bridge:
        error = bridge.ask("tools/call", LISTING)["error"]

    assert error["code"] == 504
    assert "no answer came within 1 seconds" in error["message"]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"MCP_ACCOUNT": "${user_config.account}"}, "The Account Subdomain is not set."),
        ({"MCP_ACCOUNT": "https://dashboard.example/acme"}, "and not a whole address"),
        ({"MCP_ACCOUNT": "acme/../other"}, "and not a whole address"),
        ({"MCP_TOKEN": "${user_config.api_token}"}, "The Personal Access Token is not set."),
        ({"MCP_TOKEN": "iop_a\nb"}, "characters that no token has"),
        ({"MCP_HOST": "http://api.example"}, "only https is safe"),
        ({"MCP_HOST": "http://localhost.example"}, "only https is safe"),
        ({"MCP_HOST": "ftp://localhost"}, "only https is safe"),
        ({"MCP_HOST": ""}, "names no server"),
    ],
)
def test_a_value_that_cannot_be_right_is_named(start, environment, words):
    with start(**environment) as bridge:
        error = bridge.ask("tools/call", LISTING)["error"]

    assert error["code"] == 400
    assert words in error["message"]


# Lines that are no messages, the log and the end


@pytest.mark.parametrize(("line", "code"), [("{", -32700), ("[]", -32600), ("7", -32600)])
def test_a_line_that_is_no_message_is_answered(bridge, line, code):
    bridge.send(line)

    answer = bridge.read()
    assert answer["id"] is None
    assert answer["error"]["code"] == code
    assert "result" in bridge.ask("tools/call", LISTING)


def test_a_refused_notification_is_not_answered(place, edged):
    place.reply = lambda message: Reply.of({"error": "Forbidden"}, 403)
    edged.send(OPENED)

    assert edged.end() == 0
    assert edged.unread() == []
    assert "notifications/initialized: " in edged.log


def test_the_log_never_holds_the_token(place, edged, product):
    for reply in (Reply(401), BrokenOff(), Reply(503)):
        place.reply = lambda message, reply=reply: reply
        edged.ask("tools/call", LISTING)

    assert edged.end() == 0
    assert edged.log.count("tools/call: ") == 3
    assert product.token not in edged.log


def test_at_the_end_of_its_input_it_answers_what_is_open_and_ends(place, edged):
    place.reply = lambda message: PassedOn(1)
    edged.send(request("tools/call", LISTING))

    assert edged.end() == 0
    [answer] = edged.unread()
    assert "result" in answer


def test_with_nothing_open_it_ends_at_once(bridge):
    bridge.ask("tools/call", LISTING)
    began = time.monotonic()

    assert bridge.end() == 0
    assert time.monotonic() - began < 3
