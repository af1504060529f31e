"""Clients that make themselves known."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from connected_apps.cleanup import UNUSED_CLIENT_LIFETIME, forget_expired
from connected_apps.models import Application
from connected_apps.oauth import redirects
from connected_apps.oauth.names import readable_name
from connected_apps.oauth.registration import REGISTRATIONS_A_MINUTE

pytestmark = pytest.mark.django_db


def register(client, **metadata):
    body = {"client_name": "Cursor", "redirect_uris": ["http://127.0.0.1/cb"], **metadata}
    return client.post("/register", json.dumps(body), content_type="application/json")


def test_a_public_client_gets_an_id_and_no_secret(client):
    response = register(client, token_endpoint_auth_method="none", application_type="native")

    body = response.json()
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert body.pop("client_id")
    assert body.pop("client_id_issued_at")
    assert body == {
        "client_name": "Cursor",
        "redirect_uris": ["http://127.0.0.1/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    }


@pytest.mark.parametrize("method", [None, "client_secret_basic", "client_secret_post"])
def test_a_confidential_client_gets_a_secret(client, method):
    body = register(client, token_endpoint_auth_method=method).json()

    assert body["client_secret"]
    assert body["client_secret_expires_at"] == 0
    assert body["token_endpoint_auth_method"] == (method or "client_secret_basic")


def test_refused_addresses_do_not_sink_good_ones(client):
    mixed = ["http://evil.example/cb", "cursor://anysphere.cursor-mcp/oauth/callback", 7, "ftp://a"]

    body = register(client, redirect_uris=mixed).json()

    assert body["redirect_uris"] == ["cursor://anysphere.cursor-mcp/oauth/callback"]


@pytest.mark.parametrize(
    "uris", [[], None, "http://localhost/cb", ["http://evil.example/cb"], ["javascript:alert(1)"]]
)
def test_without_one_good_address_nothing_is_registered(client, uris):
    response = register(client, redirect_uris=uris)

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_redirect_uri"
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    "uri",
    [
        "https://claude.ai/api/mcp/auth_callback",
        "https://chatgpt.com/connector/oauth/abc?x=1",
        "http://localhost/callback",
        "http://127.0.0.1:33418/",
        "http://[::1]:9/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/oauth2redirect",
    ],
)
def test_addresses_that_clients_really_use_are_accepted(uri):
    assert redirects.is_acceptable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/cb",
        "http://localhost.evil/cb",
        "http://localhost@evil.example/cb",
        "http://localhost:80@evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://0x7f.1/cb",
        "https://user@host.example/cb",
        "https:/host.example/cb",
        "https://",
        "https://host.example/cb#part",
        "https://host.example\\@evil.example/",
        "https://ho%73t.example/cb",
        "https://*.example/cb",
        "https://host.example/$(id)",
        "https://host.example/`id`",
        "https://host.example/;id",
        "https://host.example/a b",
        "https://host.example/\r\nSet-Cookie:a=b",
        "https://host.example/cb?code=mine",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "//host.example/cb",
        "cursor:",
        "https://h\u202egnp.example/cb",
        "https://host.example/" + "a" * 2000,
        "",
        None,
    ],
)
def test_addresses_that_could_lead_elsewhere_are_refused(uri):
    assert not redirects.is_acceptable(uri)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Claude Code", "Claude Code"),
        ("  Claude\n\tCode  ", "Claude Code"),
        ("Cl\u200baude\u202e edoC\u0007", "Claude edoC"),
        ("\ufeff\u2066\u00ad", "Unnamed application"),
        ("Z" + "\u0335" * 50, "Z" + "\u0335" * 2),
        ("<b>bold</b>", "<b>bold</b>"),
        ("日本語クライアント", "日本語クライアント"),
        ("x" * 500, "x" * 60),
        (None, "Unnamed application"),
    ],
)
def test_names_are_made_readable(given, shown):
    assert readable_name(given) == shown


def test_a_megabyte_of_name_is_refused(client):
    response = register(client, client_name="x" * 1_000_000)

    assert response.status_code == 413
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["", "[]", "[" * 60_000, "\udcff".encode("utf-8", "surrogateescape"), '{"client_name": 3}']
    + ['{"grant_types": ["client_credentials"]}', '{"token_endpoint_auth_method": "magic"}']
    + ['{"response_types": ["token"]}'],
)
def test_what_is_no_metadata_is_a_json_400(client, body):
    if isinstance(body, str) and body.startswith('{"t'):
        body = '{"redirect_uris": ["http://localhost/"], ' + body[1:]

    response = client.post("/register", body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"


def test_registrations_of_one_address_are_throttled(client):
    answers = [register(client).status_code for _ in range(REGISTRATIONS_A_MINUTE + 1)]

    assert answers == [201] * REGISTRATIONS_A_MINUTE + [429]
    elsewhere = client.post(
        "/register", "{}", content_type="application/json", REMOTE_ADDR="10.0.0.9"
    )
    assert elsewhere.status_code == 400


def test_clients_that_nobody_used_are_forgotten_after_thirty_days(client):
    for name in ("unused", "used", "new"):
        register(client, client_name=name)
    old = timezone.now() - UNUSED_CLIENT_LIFETIME - timedelta(hours=1)
    Application.objects.exclude(name="new").update(created=old)
    Application.objects.filter(name="used").update(last_used_at=old)

    forget_expired()

    assert set(Application.objects.values_list("name", flat=True)) == {"used", "new"}
