"""Other people's clients sign in through a browser, without a token, and are refused once revoked.

Source: "Connecting with OAuth" in the product document.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import mcp_endpoint.tools  # noqa: F401  fills the registry
from mcp_endpoint.registry import TOOLS
from tests.dashboard.browsing import CHROMIUM
from tests.foreign.assistants import ClaudeCode, Codex, McpRemote, Refused
from tests.foreign.programs import node_command, package_file, python_command
from tests.foreign.signing_in import Person, expire_access, talking
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
def home(tmp_path) -> Path:
    return tmp_path


def is_good(answer) -> bool:
    names = {workspace["name"] for workspace in answer["data"]["workspaces"]}
    return not answer["is_error"] and names == {"Nightly", "Exploration"}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda one: f"{one.name} {one.era}")
def test_an_official_sdk_signs_in_refreshes_and_is_refused_once_revoked(
    library, product, person, home
):
    with talking([*library.command(), product.url, library.era], home) as client:
        person.authorize(client.ask("tools")["open"])
        assert client.read() == {"tools": list(TOOLS)}
        assert is_good(client.ask("call"))

        first = client.ask("tokens")
        expire_access(product)
        client.ask("expire")
        assert is_good(client.ask("call"))
        second = client.ask("tokens")
        assert not set(first.values()) & set(second.values())

        person.revoke(library.name)
        refused = client.ask("call")
        person.authorize(refused["open"])
        assert is_good(client.read())


@pytest.fixture
def assistant(request, closed_server, home):
    assistant = request.param(closed_server.url, home)
    yield assistant
    assistant.stop()


@pytest.mark.parametrize("assistant", [McpRemote, Codex, ClaudeCode], indirect=True)
def test_a_program_signs_in_refreshes_and_is_refused_once_revoked(
    assistant, browser, closed_server
):
    page = browser.new_context().new_page()
    person = Person(page, closed_server)
    assistant.sign_in(person)
    assert assistant.tools() == set(TOOLS)
    assert is_good({"is_error": False, "data": assistant.call()})

    first = assistant.tokens()
    expire_access(closed_server)
    assistant.expire()
    assert is_good({"is_error": False, "data": assistant.call()})
    second = assistant.tokens()
    assert len(first) == len(second) == 2
    assert not first & second

    person.revoke(assistant.connection)
    with pytest.raises(Refused):
        assistant.call()
    page.context.close()
