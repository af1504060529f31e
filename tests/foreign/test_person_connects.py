"""A person connects a client with a browser: what they copy works in other people's programs, what
they narrow holds there, and what they end is ended at once, in every process.

Source: "Connected Applications" and "Connecting with OAuth" in the product document.
"""

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

import pytest

import mcp_endpoint.tools  # noqa: F401  fills the registry
from accounts.rights import Scope
from mcp_endpoint.registry import TOOLS
from tests.dashboard.browsing import CHROMIUM
from tests.foreign.served import Served
from tests.foreign.signing_in import talking
from tests.foreign.visits import CLIENTS, HERE

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")

OFFICIAL = [one for one in CLIENTS if one.label in ("Python SDK 2-auto", "TypeScript SDK 2-auto")]
READING = [name for name, tool in TOOLS.items() if tool.scope is Scope.READ]
RENAME = {"name": "rename_package", "arguments": {"package_id": 1, "name": "Renamed"}}


@pytest.fixture
def clipboard(person):
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return lambda: str(person.page.evaluate("navigator.clipboard.readText()"))


def ask(served: Served, token: str, method: str = "tools/list", **params) -> tuple[int, str]:
    """Status and body of one request."""
    parts = urlsplit(served.url)
    line = http.client.HTTPConnection(parts.netloc, timeout=10)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    try:
        line.request("POST", parts.path, json.dumps(message), headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def test_a_copied_token_works_in_official_clients_until_it_is_revoked(
    person, product, closed_server, clipboard, tmp_path
):
    page, name = person.page, "Laptop of the night shift"
    page.goto(f"{person.origin}/sign-in")
    person.sign_in()
    person.look_at_connections()
    page.get_by_role("link", name="+ Create new connection").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create token").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).first.click()
    copied = clipboard()

    for served in (product, closed_server):
        for client in OFFICIAL:
            [report] = client.visit(client, served.url, [copied], tmp_path)
            assert report["tools"] == list(TOOLS), (client.label, report)

    person.revoke(name)
    revoked_at = time.monotonic()
    statuses = [ask(served, copied)[0] for served in (product, closed_server)]
    assert statuses == [401, 401]
    assert time.monotonic() - revoked_at < 1
    for client in OFFICIAL:
        [report] = client.visit(client, product.url, [copied], tmp_path)
        assert "401" in report["refused"], (client.label, report)


def test_what_is_narrowed_to_reading_lists_19_tools_and_writes_nothing(person, product, tmp_path):
    script = [sys.executable, str(HERE / "clients" / "sign_in_2.py")]
    with talking([*script, product.url, "auto", "Narrowed client"], tmp_path) as client:
        person.authorize(client.ask("tools")["open"], access="Read only")
        listed = client.read()["tools"]
        bearer = client.ask("tokens")["access"]
        before = ask(product, bearer, "tools/call", name="get_package", arguments={"package_id": 1})

        status, body = ask(product, bearer, "tools/call", **RENAME)
        asked_again = client.ask("write")
        after = ask(product, bearer, "tools/call", name="get_package", arguments={"package_id": 1})

    assert listed == READING
    assert len(listed) == 19
    assert (status, json.loads(body)) == (403, {"error": "insufficient_scope"})
    # The official client takes the refusal for what it is: a reason to ask the person for more.
    assert asked_again["open"].startswith(f"{person.origin}/authorize?")
    assert "mcp%3Awrite" in asked_again["open"]
    assert _version(before) == _version(after)


def _version(answer: tuple[int, str]) -> int:
    return int(json.loads(answer[1])["result"]["structuredContent"]["version_number"])
