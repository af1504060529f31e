"""Two eras on one address, told apart by the body."""

import base64

import pytest

from mcp_endpoint.eras import decoded
from mcp_endpoint.registry import TOOLS
from tests.mcp_endpoint.modern import META_CAPABILITIES, META_VERSION, VERSION, envelope

LIST = {"name": "list_workspaces", "arguments": {}}


def encoded(text: str) -> str:
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def test_server_discover_names_only_the_stateless_revision(modern):
    result = modern.result("server/discover")

    assert result["supportedVersions"] == [VERSION]
    assert {"tools", "prompts", "resources", "completions"} <= set(result["capabilities"])
    assert "list_workspaces" in result["instructions"]
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "integrateio"


def test_every_result_of_the_era_says_that_it_is_complete_and_who_answered(modern):
    for method, params in [("tools/list", {}), ("tools/call", LIST), ("prompts/list", {})]:
        result = modern.result(method, params)
        assert result["resultType"] == "complete"
        assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["version"]


@pytest.mark.parametrize(
    "method",
    [
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "server/discover",
    ],
)
def test_lists_may_be_kept_by_their_reader_alone(modern, method):
    result = modern.result(method)

    assert result["ttlMs"] > 0
    assert result["cacheScope"] == "private"


def test_both_eras_list_the_same_tools(modern, rpc):
    assert modern.result("tools/list")["tools"] == rpc("tools/list").json()["result"]["tools"]
    assert len(modern.result("tools/list")["tools"]) == len(TOOLS)


def test_a_legacy_result_holds_nothing_of_the_other_era(rpc):
    result = rpc("tools/call", LIST).json()["result"]

    assert set(result) == {"content", "structuredContent", "isError"}
    assert rpc("ping").json()["result"] == {}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"MCP-Protocol-Version": None}, -32020),
        ({"MCP-Protocol-Version": "2025-11-25"}, -32020),
        ({"Mcp-Method": None}, -32020),
        ({"Mcp-Method": "tools/list"}, -32020),
        ({"Mcp-Method": "TOOLS/CALL"}, -32020),
        ({"Mcp-Name": None}, -32020),
        ({"Mcp-Name": "get_run"}, -32020),
        ({"Mcp-Name": "list_workspaces,list_workspaces"}, -32020),
        ({"Mcp-Name": "=?base64?!!?="}, -32020),
    ],
)
def test_headers_that_contradict_the_body_are_refused(modern, headers, code):
    response = modern.send("tools/call", LIST, headers=headers)

    assert response.status_code == 400
    assert (response.json()["error"]["code"], response.json()["id"]) == (code, 1)


@pytest.mark.parametrize("name", ["  list_workspaces ", encoded("list_workspaces")])
def test_blanks_around_a_header_and_its_encoded_form_mean_the_same(modern, name):
    assert modern.send("tools/call", LIST, headers={"Mcp-Name": name}).status_code == 200


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain name", "plain name"),
        (encoded("Übung"), "Übung"),
        ("=?BASE64?w7w=?=", "=?BASE64?w7w=?="),
        ("=?base64?w7w?=", None),
        ("=?base64?/w==?=", None),
    ],
)
def test_only_the_canonical_encoding_of_a_header_is_read(text, value):
    assert decoded(text) == value


@pytest.mark.parametrize(
    "meta",
    [
        {META_VERSION: VERSION},
        {META_VERSION: VERSION, META_CAPABILITIES: []},
        {META_VERSION: 5, META_CAPABILITIES: {}},
        {META_CAPABILITIES: {}},
        {},
    ],
)
def test_an_incomplete_envelope_is_an_error_and_never_the_other_era(modern, meta):
    response = modern.send("tools/list", {"_meta": meta})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32602


def test_a_version_of_the_future_is_refused_with_those_that_are_supported(modern):
    future = {"_meta": envelope("2099-01-01")}

    response = modern.send("tools/list", future, headers={"MCP-Protocol-Version": "2099-01-01"})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == -32022
    assert response.json()["error"]["data"] == {"supported": [VERSION], "requested": "2099-01-01"}


@pytest.mark.parametrize("method", ["ping", "initialize", "logging/setLevel", "no/such"])
def test_methods_that_the_era_does_not_know_are_404(modern, method):
    response = modern.send(method)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == -32601


def test_an_initialize_without_an_envelope_is_legacy_whatever_its_header_says(
    client, account, token
):
    response = client.post(
        "/acme/api/mcp",
        data='{"jsonrpc":"2.0","id":1,"method":"initialize",'
        '"params":{"protocolVersion":"2026-07-28"}}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "MCP-Protocol-Version": VERSION},
    )

    assert response.status_code == 200
    assert response.json()["result"]["protocolVersion"] == "2025-11-25"


def test_an_id_that_cannot_be_read_is_left_out_in_the_stateless_era(client, account, token):
    response = client.post(
        "/acme/api/mcp",
        data="{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "MCP-Protocol-Version": VERSION},
    )

    assert response.status_code == 400
    assert "id" not in response.json()


def test_a_notification_is_202_in_the_stateless_era_too(client, account, token):
    response = client.post(
        "/acme/api/mcp",
        data='{"jsonrpc":"2.0","method":"notifications/cancelled"}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "MCP-Protocol-Version": VERSION},
    )

    assert (response.status_code, response.content) == (202, b"")


def test_each_call_is_logged_with_era_client_and_tool(modern, rpc, caplog):
    modern.result("tools/call", LIST)
    rpc("tools/call", LIST)

    lines = [record.call for record in caplog.records if record.name == "mcp_endpoint.views"]
    assert [(line["era"], line["tool"]) for line in lines] == [
        ("modern", "list_workspaces"),
        ("legacy", "list_workspaces"),
    ]
    assert lines[0]["client"] == "tests/1"
