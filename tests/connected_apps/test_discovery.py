"""The documents from which clients learn where to sign in."""

import pytest

from accounts.models import Account
from connected_apps.tokens import TokenKind, generate_token

API = "http://127.0.0.1:8000"
ALL = "mcp:read mcp:run mcp:write"


@pytest.mark.parametrize("path", ["acme/api/mcp", "42/api/mcp", "nobody-here/api/mcp/"])
def test_a_resource_is_named_exactly_as_it_was_asked_for(client, path):
    response = client.get(f"/.well-known/oauth-protected-resource/{path}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json() == {
        "resource": f"{API}/{path}",
        "authorization_servers": [API],
        "scopes_supported": ["mcp:read", "mcp:run", "mcp:write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Integrate.io MCP server",
    }


@pytest.mark.promise("sign_in.code_with_pkce_s256")
def test_the_server_describes_itself_without_the_database(client):
    response = client.get("/.well-known/oauth-authorization-server")

    document = response.json()
    assert document["issuer"] == API
    for name, path in (
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("registration_endpoint", "/register"),
        ("revocation_endpoint", "/revoke"),
    ):
        assert document[name] == API + path
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert document["client_id_metadata_document_supported"] is True
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["scopes_supported"] == [*ALL.split(), "offline_access"]


def test_an_installation_without_a_way_out_tells_clients_to_register(client, settings):
    settings.CLIENT_METADATA_DOCUMENTS = False

    document = client.get("/.well-known/oauth-authorization-server").json()

    assert document["client_id_metadata_document_supported"] is False
    assert document["registration_endpoint"] == f"{API}/register"


@pytest.mark.promise("sign_in.discovery_always_answers")
@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/acme",
        "/.well-known/oauth-authorization-server/acme/api/mcp",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/acme/api/mcp",
        "/acme/api/mcp/.well-known/openid-configuration",
    ],
)
def test_what_is_not_published_is_a_json_404(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert response.json() == {"error": "not_found"}
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.promise("sign_in.discovery_always_answers")
def test_discovery_answers_while_the_feature_is_off(client, account):
    Account.objects.update(mcp_enabled=False)

    for path in ("oauth-protected-resource/acme/api/mcp", "oauth-authorization-server"):
        assert client.get(f"/.well-known/{path}").status_code == 200


@pytest.mark.parametrize("path", ["/token", "/register", "/revoke", "/oauth/token"])
def test_pages_of_any_origin_may_call(client, path):
    preflight = client.options(
        path,
        headers={"Origin": "https://inspector.example", "Access-Control-Request-Method": "POST"},
    )

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in preflight.headers


@pytest.mark.parametrize("path", ["/token", "/register", "/revoke", "/oauth/token"])
def test_other_methods_are_a_json_405(client, path):
    response = client.get(path)

    assert response.status_code == 405
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "bearer",
    ["", "nonsense", generate_token(TokenKind.ACCESS)],
    ids=["none", "no token", "unknown"],
)
@pytest.mark.parametrize("name", ["acme", "nowhere"])
def test_the_challenge_repeats_only_the_address_asked_for(client, account, name, bearer):
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}

    response = client.post(
        f"/{name}/api/mcp", "{}", content_type="application/json", headers=headers
    )

    assert response.status_code == 401
    challenge = response.headers["WWW-Authenticate"]
    metadata = f"{API}/.well-known/oauth-protected-resource/{name}/api/mcp"
    assert f'resource_metadata="{metadata}", scope="{ALL}"' in challenge
    assert ('error="invalid_token"' in challenge) is bool(bearer)
    assert response.json() == {"error": "Unauthorized"}
