"""Other people's clients sign in through a browser, without a token, and are refused once revoked.

Source: "Connecting with OAuth" in the product document.
"""

import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

import mcp_endpoint.tools  # noqa: F401  fills the registry
from mcp_endpoint.registry import TOOLS
from tests.dashboard.browsing import CHROMIUM
from tests.foreign.assistants import ClaudeCode, Codex, McpRemote, Refused
from tests.foreign.programs import node_command, package_file, python_command
from tests.foreign.signing_in import Person, expire_access, keep_document, talking
from tests.foreign.visits import HERE

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]


@dataclass(frozen=True)
class Library:
    """An official SDK, in a script that signs in."""

    name: str
    era: str
    command: Callable[[], list[str]]


def python_script(script: str, environment: str | None = None) -> Callable[[], list[str]]:
    def command() -> list[str]:
        python = python_command(environment) if environment else [sys.executable]
        return [*python, str(HERE / "clients" / script)]

    return command


def node_script(script: str) -> Callable[[], list[str]]:
    def command() -> list[str]:
        package_file("@modelcontextprotocol/sdk", "package.json")
        return [*node_command(), str(HERE / "node" / script)]

    return command


LIBRARIES = [
    Library("Python SDK 1", "legacy", python_script("sign_in_1.py", "mcp-1")),
    Library("Python SDK 2", "legacy", python_script("sign_in_2.py")),
    Library("Python SDK 2", "auto", python_script("sign_in_2.py")),
    Library("TypeScript SDK 1", "legacy", node_script("sign_in_1.mjs")),
    Library("TypeScript SDK 2", "legacy", node_script("sign_in_2.mjs")),
    Library("TypeScript SDK 2", "auto", node_script("sign_in_2.mjs")),
]


@pytest.fixture
def closed_person(browser, closed_server):
    """Before the server that has no way out, so that every program must register itself."""
    context = browser.new_context()
    yield Person(context.new_page(), closed_server)
    context.close()


def is_good(data) -> bool:
    return {each["name"] for each in data["workspaces"]} == {"Nightly", "Exploration"}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: f"{one.name} {one.era}")
def test_an_official_sdk_signs_in_refreshes_and_is_refused_once_revoked(
    library, product, person, tmp_path
):
    name = f"{library.name} {library.era}"
    with talking([*library.command(), product.url, library.era, name], tmp_path) as client:
        person.authorize(client.ask("tools")["open"])
        assert client.read() == {"tools": list(TOOLS)}
        assert is_good(client.ask("call")["data"])

        first = client.ask("tokens")
        expire_access(product, name)
        client.ask("expire")
        assert is_good(client.ask("call")["data"])
        second = client.ask("tokens")
        assert not set(first.values()) & set(second.values())

        person.revoke(name)
        refused = client.ask("call")
        person.authorize(refused["open"])
        assert is_good(client.read()["data"])


@pytest.mark.parametrize("program", [McpRemote, Codex, ClaudeCode])
def test_a_program_registers_signs_in_refreshes_and_is_refused_once_revoked(
    program, closed_person, closed_server, tmp_path
):
    with closing(program(closed_server.url, tmp_path)) as assistant:
        assistant.sign_in(closed_person)
        assert assistant.tools() == set(TOOLS)
        assert is_good(assistant.call())

        first = assistant.tokens()
        expire_access(closed_server, program.connection)
        assistant.expire()
        assert is_good(assistant.call())
        second = assistant.tokens()
        assert len(first) == len(second) == 2
        assert not first & second

        closed_person.revoke(program.connection)
        with pytest.raises(Refused, match=program.refusal):
            assistant.call()


@pytest.mark.parametrize("program", [Codex, ClaudeCode])
def test_a_program_that_publishes_a_document_signs_in_by_it_and_out_again(
    program, person, product, tmp_path
):
    name = f"{program.__name__} by its document"
    keep_document(product, program.document, name)

    with closing(program(product.url, tmp_path)) as assistant:
        assistant.sign_in(person)
        assert assistant.tools() == set(TOOLS)
        person.look_at_connections()
        expect(person.revoke_link(name)).to_have_count(1)

        assistant.sign_out()
        person.look_at_connections()
        expect(person.revoke_link(name)).to_have_count(program.active_after_sign_out)
