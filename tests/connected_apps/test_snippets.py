"""Snippets that people paste: valid, filled in, and in the documented forms."""

import json
import shlex
import tomllib
from pathlib import Path

import pytest

from connected_apps.snippets import Endpoint, snippets_for

DOCUMENT = Path(__file__).parents[3] / "shared" / "product" / "mcp-server.txt"
DOCUMENTED = Endpoint(
    url="https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp",
    token="YOUR_ACCESS_TOKEN",
    server_name="integrateio",
    product="Integrate.io",
)
CLIENTS = (
    *("claude-desktop", "claude-code", "cursor", "vs-code", "other-editors", "inspector"),
    *("chatgpt", "gemini-cli", "codex", "curl"),
)


def blocks_of(key, endpoint=DOCUMENTED):
    return next(snippet.blocks for snippet in snippets_for(endpoint) if snippet.key == key)


def words_of(command):
    """The words as a shell reads them; lines that end in a backslash go on."""
    return shlex.split(command.replace("\\\n", " "))


def test_there_is_a_snippet_for_each_client():
    assert tuple(snippet.key for snippet in snippets_for(DOCUMENTED)) == CLIENTS


@pytest.mark.parametrize("key", CLIENTS)
def test_json_is_json_and_holds_address_and_token(key):
    for block in blocks_of(key):
        if block.is_json:
            text = json.dumps(json.loads(block.text))
            assert DOCUMENTED.url in text
            assert f"Bearer {DOCUMENTED.token}" in text


@pytest.mark.parametrize("key", [key for key in CLIENTS if key != "chatgpt"])
def test_every_client_but_chatgpt_gets_the_token(key):
    assert any(DOCUMENTED.token in block.text for block in blocks_of(key))


@pytest.mark.promise("clients.chatgpt_signs_in")
def test_chatgpt_gets_the_address_and_no_header():
    (block,) = blocks_of("chatgpt")

    assert block.text == DOCUMENTED.url
    assert "OAuth" in block.hint


def test_terminal_commands_are_one_command_of_a_shell():
    for key in ("claude-code", "gemini-cli", "curl"):
        for block in blocks_of(key):
            words = words_of(block.text)
            assert DOCUMENTED.url in words
            assert not any("\n" in word or "\\" in word for word in words[:-1])


@pytest.mark.promise("clients.claude_code_sign_in_command")
def test_claude_code_also_comes_without_a_token():
    assert DOCUMENTED.token not in blocks_of("claude-code")[1].text


def test_codex_reads_the_token_from_the_environment():
    config, shell = blocks_of("codex")

    server = tomllib.loads(config.text)["mcp_servers"]["integrateio"]
    assert server == {"url": DOCUMENTED.url, "bearer_token_env_var": "INTEGRATEIO_TOKEN"}
    assert shell.text == 'export INTEGRATEIO_TOKEN="YOUR_ACCESS_TOKEN"'


def test_the_curl_body_is_the_documented_call():
    words = words_of(blocks_of("curl")[0].text)

    assert json.loads(words[words.index("-d") + 1])["params"] == {
        "name": "list_packages",
        "arguments": {"status": "active", "limit": 10},
    }


@pytest.mark.promise("clients.documented_snippets")
@pytest.mark.skipif(not DOCUMENT.exists(), reason="the product document is not beside the project")
@pytest.mark.parametrize(("key", "place"), [("claude-desktop", 0), ("claude-code", 0)])
def test_the_documented_forms_are_kept_to_the_letter(key, place):
    assert blocks_of(key)[place].text in DOCUMENT.read_text()


@pytest.mark.promise("clients.documented_snippets", "clients.claude_code_sign_in_command")
@pytest.mark.skipif(not DOCUMENT.exists(), reason="the product document is not beside the project")
def test_more_documented_forms_are_kept_to_the_letter():
    document = DOCUMENT.read_text()

    assert blocks_of("cursor")[0].text == blocks_of("claude-desktop")[0].text
    assert blocks_of("claude-code")[1].text in document
    assert blocks_of("inspector")[0].text in document
    for line in blocks_of("inspector")[1].text.splitlines():
        assert f"• {line}" in document
    documented_call = document[document.index("curl -X POST 'https://api.xplenty.com/YOUR") :]
    words = words_of(documented_call[: documented_call.index("}'") + 2])
    ours = words_of(blocks_of("curl")[0].text)
    assert [*words[:-1], json.loads(words[-1])] == [*ours[:-1], json.loads(ours[-1])]
