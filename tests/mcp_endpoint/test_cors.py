"""Browser clients: named origins may call and read, others may not."""

import json

import pytest

ORIGIN = "https://inspector.example"
PING = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "ping"})


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.MCP_ALLOWED_ORIGINS = [ORIGIN]


def test_a_preflight_is_answered_without_a_token(client, account):
    response = client.options(
        "/acme/api/mcp",
        headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"},
    )

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "mcp-name" in response.headers["Access-Control-Allow-Headers"]


def test_a_preflight_of_another_origin_is_refused(client, account):
    response = client.options(
        "/acme/api/mcp",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("bearer", [True, False])
def test_a_page_may_read_answers_and_challenges(client, account, token, bearer):
    headers = {"Origin": ORIGIN} | ({"Authorization": f"Bearer {token}"} if bearer else {})

    response = client.post(
        "/acme/api/mcp", data=PING, content_type="application/json", headers=headers
    )

    assert response.status_code == (200 if bearer else 401)
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "WWW-Authenticate" in response.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers
