"""The page "Connect a client" says what the product document says."""

from pathlib import Path

import pytest

from connected_apps.clients import CLIENTS, TROUBLESHOOTING, Words, guide

DOCUMENT = Path(__file__).parents[3] / "shared" / "product" / "mcp-server.txt"
DOCUMENTED = Words(
    product="Integrate.io",
    server="integrateio",
    url="https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp",
    dashboard="https://dashboard.xplenty.com",
    staging_host="api-staging.xplenty.com",
)
DEPARTURES = {"ChatGPT custom connector": {"OAuth (browser sign-in)": "Bearer token"}}
needs_document = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the product document is not beside the project"
)


def section(heading, following):
    text = DOCUMENT.read_text()
    begin = text.index(f"\n{heading}\n")
    return [line for line in text[begin : text.index(following, begin)].splitlines() if line][1:]


def squeezed(text):
    return text.replace("`", "").replace(" ", "").replace("→", "")


@pytest.mark.promise("clients.supported_table")
@needs_document
def test_the_supported_clients_are_those_of_the_document():
    documented = section("Supported clients", "Claude.ai web (claude.ai) does not")[1:]

    def row(client):
        replaced = DEPARTURES.get(client.name, {})
        auth = replaced.get(client.auth, client.auth)
        return f"{client.name}{client.transport}{auth}{client.bridge}"

    assert [row(client) for client in CLIENTS] == documented


@needs_document
def test_the_troubleshooting_rows_are_those_of_the_document():
    documented = section("Troubleshooting", "Last modified on")[1:]

    rows = [f"{row.symptom}{row.cause}{row.fix}" for row in guide(DOCUMENTED).troubles]

    assert list(map(squeezed, rows)) == list(map(squeezed, documented))


@needs_document
@pytest.mark.parametrize(
    "sentence",
    [
        "You should see integrateio listed with all 32 tools available.",
        "Run /mcp in Claude Code and choose Authenticate for the integrateio server.",
        "If you lose it, revoke the connection and create a new one.",
        "In the Quick install for Claude Desktop card",
        "click Download Claude Desktop extension.",
        "Drag the downloaded .mcpb file onto that page.",
        "If you haven’t minted one yet, click + Create new connection on the Connected Applications"
        " page first.",
        "Click Install, then restart Claude Desktop (fully quit and reopen).",
        "In Claude Desktop’s MCP picker you should now see integrateio with the full tool list.",
        "Optionally revoke the underlying Personal Access Token from Connected Applications in the"
        " Integrate.io dashboard.",
        "There is no sandbox mode",
        "No credentials, TLS certificates, or SSL keys are ever returned by any tool.",
    ],
)
def test_the_steps_keep_the_sentences_of_the_document(sentence):
    page = repr(guide(DOCUMENTED))

    assert squeezed(sentence) in squeezed(DOCUMENT.read_text())
    assert squeezed(sentence) in squeezed(page)


@needs_document
def test_configuration_paths_are_those_of_the_document():
    document = DOCUMENT.read_text()
    files = {file.client: file for file in guide(DOCUMENTED).files}

    for path in (
        files["Claude Desktop"].macos,
        files["Claude Desktop"].windows,
        files["Cursor"].macos,
    ):
        assert path in document


def test_there_are_fourteen_troubles_and_eight_clients_each_with_a_state():
    assert len(TROUBLESHOOTING) == 14
    assert len(CLIENTS) == 8
    assert {client.state for client in CLIENTS} == {"supported", "unsupported", "unverified"}


def test_every_text_is_filled_and_its_code_marks_are_paired():
    filled = repr(guide(DOCUMENTED))

    assert "$" not in filled
    for trouble in TROUBLESHOOTING:
        for text in (trouble.symptom, trouble.cause, trouble.fix):
            assert text.count("`") % 2 == 0
