"""A browser client in miniature: it registers, asks, lets a person answer, and takes its tokens."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

VERIFIER = "v" * 64
CALLBACK = "http://localhost:41827/callback"


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@dataclass
class Flow:
    """The steps of a sign-in; `web` is the client's own connection, `browser` the person's."""

    browser: Client
    web: Client = field(default_factory=Client)
    client_id: str = ""
    resource: str | None = "http://127.0.0.1:8000/acme/api/mcp"

    def register(self, **metadata):
        body = {
            "client_name": "Claude Code",
            "redirect_uris": ["http://localhost/callback"],
            "token_endpoint_auth_method": "none",
            **metadata,
        }
        response = self.web.post("/register", json.dumps(body), content_type="application/json")
        self.client_id = response.json().get("client_id", "")
        return response

    def authorize(self, **parameters):
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "state": "xyz",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "resource": self.resource,
            **parameters,
        }
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return self.web.get(f"/authorize?{query}")

    def consent_page(self, **parameters):
        """Where the browser lands, as the path on the dashboard."""
        response = self.authorize(**parameters)
        assert response.status_code == 302, response.text
        return urlsplit(response.headers["Location"]).path

    def answer(self, page, decision="authorize", access="full", **fields):
        shown = self.browser.get(page)
        assert shown.status_code == 200, shown.text
        seal = re.search(r'name="seal" value="(\w+)"', shown.text)[1]
        form = {"seal": seal, "decision": decision, "access": access, **fields}
        return self.browser.post(page, form)

    def code(self, **parameters):
        response = self.answer(self.consent_page(**parameters))
        return returned(response)["code"]

    def redeem(self, code, **parameters):
        return self.token(
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": VERIFIER,
                **parameters,
            }
        )

    def refresh(self, refresh_token, **parameters):
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **parameters}
        return self.token(**form)

    def token(self, **form):
        form.setdefault("client_id", self.client_id)
        body = urlencode({name: value for name, value in form.items() if value is not None})
        return self.web.post("/token", body, content_type="application/x-www-form-urlencoded")

    def sign_in(self, **parameters):
        """The tokens of a whole sign-in."""
        response = self.redeem(self.code(**parameters))
        assert response.status_code == 200, response.text
        return response.json()

    def call(self, token, method="tools/list", params=None, to="acme"):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        return self.web.post(
            f"/{to}/api/mcp",
            json.dumps(message),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )


def later(**passed):
    """The clock as it will be."""
    now = timezone.now

    def shifted():
        return now() + timedelta(**passed)

    return mock.patch("django.utils.timezone.now", shifted)


def returned(response):
    """What a redirect hands back to the client."""
    assert response.status_code == 302, response.text
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


@pytest.fixture
def flow(account, user) -> Flow:
    """A registered client and a signed-in person."""
    browser = Client()
    browser.force_login(user)
    flow = Flow(browser)
    assert flow.register().status_code == 201
    return flow
