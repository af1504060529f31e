"""The consent screen in a real browser: it says what is chosen, leads to the client, and fits."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Workspace
from connected_apps.models import ConnectedApplication, Grant
from tests.connected_apps.conftest import VERIFIER, challenge_of
from tests.dashboard.browsing import IN_A_BROWSER, WIDTHS, overflow, shoot

pytestmark = IN_A_BROWSER

AXE = Path(
    os.environ.get(
        "AXE_CORE",
        Path(__file__).parents[1] / "foreign/node/node_modules/axe-core/axe.min.js",
    )
)


@pytest.fixture
def arrivals(page, said) -> Iterator[list[str]]:
    """A client's callback on a port of this machine, and what came in there."""
    arrived: list[str] = []

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/callback"):
                arrived.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"Authentication Successful")

        def log_message(self, *_arguments):
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    arrived_at = f"http://localhost:{server.server_port}/"
    arrived.append(arrived_at)
    yield arrived
    page.goto("about:blank")
    server.shutdown()
    server.server_close()
    said[:] = [line for line in said if not line.startswith(arrived_at)]


@pytest.fixture
def request_address(live_server, settings, account, arrivals) -> str:
    """What a client opens in the browser."""
    settings.API_URL = settings.PUBLIC_URL = live_server.url
    callback = f"{arrivals.pop()}callback"
    metadata = {
        "client_name": "Claude Code",
        "redirect_uris": ["http://localhost/callback"],
        "token_endpoint_auth_method": "none",
    }
    registered = Client().post("/register", json.dumps(metadata), content_type="application/json")
    asked = {
        "response_type": "code",
        "client_id": registered.json()["client_id"],
        "redirect_uri": callback,
        "state": "xyz",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "resource": f"{live_server.url}/acme/api/mcp",
    }
    return f"{live_server.url}/authorize?{urlencode(asked)}"


@pytest.mark.promise(
    "sign_in.asks_to_sign_in",
    "sign_in.authorize_returns_to_the_client",
    "sign_in.returns_to_the_local_callback",
)
def test_a_person_signs_in_narrows_the_access_and_returns_to_the_client(
    page: Page, user, password, account, request_address, arrivals
):
    nightly = Workspace.objects.create(account=account, name="Nightly")
    page.goto(request_address)
    expect(page.get_by_text("to continue to the request of Claude Code")).to_be_visible()
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Authorize access")).to_be_visible()
    whole = page.get_by_text("This will let it read and manage your pipelines")
    expect(whole).to_be_visible()
    shoot(page, "consent")
    page.get_by_label("Read only").check()
    expect(whole).to_be_hidden()
    expect(page.get_by_text("This will let it read, but not change or run,")).to_be_visible()
    page.get_by_text("Only chosen").click()
    page.get_by_label("Nightly").check()
    expect(page.get_by_text("It will see only the workspaces")).to_be_visible()
    page.get_by_role("button", name="Authorize").click()

    expect(page.get_by_text("Authentication Successful")).to_be_visible()
    (arrived,) = arrivals
    answer = parse_qs(urlsplit(arrived).query)
    assert answer["state"] == ["xyz"]
    assert len(answer["code"]) == len(answer["iss"]) == 1
    grant = Grant.objects.get()
    assert (grant.scope, grant.workspace_ids) == ("mcp:read", [nightly.pk])
    assert not ConnectedApplication.objects.exists()


def test_saying_no_returns_to_the_client_too(signed_in_page, request_address, arrivals):
    signed_in_page.goto(request_address)
    signed_in_page.get_by_role("button", name="Deny").click()

    expect(signed_in_page.get_by_text("Authentication Successful")).to_be_visible()
    assert parse_qs(urlsplit(arrivals[0]).query)["error"] == ["access_denied"]


def test_the_pages_fit_every_width_and_hold_no_serious_barrier(
    signed_in_page, account, request_address
):
    for name in ("Nightly", "Exploration", "x" * 120):
        Workspace.objects.create(account=account, name=name)
    stopped = request_address.replace("http%3A%2F%2Flocalhost%3A", "http%3A%2F%2Fevil.example%3A")
    for address, heading, shot in (
        (request_address, "Authorize access", "consent-workspaces"),
        (stopped, "We stopped this request", "oauth-error"),
    ):
        signed_in_page.goto(address)
        expect(signed_in_page.get_by_role("heading", name=heading)).to_be_visible()
        shoot(signed_in_page, shot)
        if AXE.exists():
            assert _barriers(signed_in_page) == []
        for width in WIDTHS:
            signed_in_page.set_viewport_size({"width": width, "height": 900})
            assert overflow(signed_in_page) == 0, (heading, width)


def _barriers(page: Page) -> list[str]:
    """What Axe calls serious or critical."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]
