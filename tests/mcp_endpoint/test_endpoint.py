import json

import pytest
from django.test import Client

from accounts.models import Membership
from connected_apps.models import ConnectedApplication
from connected_apps.services import create_token, revoke
from connected_apps.tokens import TokenKind, generate_token
from runs.models import Run

PING = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "ping"})


def post(client: Client, path: str, body: str | bytes, token: str | None, **headers: str):
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return client.post(path, data=body, content_type="application/json", headers=headers)


@pytest.mark.promise(
    "endpoint.address",
    "endpoint.json_rpc",
    "tokens.static_bearer",
    "endpoint.account_by_name_or_number",
)
def test_ping_answers_with_an_empty_result(client, account, token):
    response = post(client, "/acme/api/mcp", PING, token)

    assert response.status_code == 200
    assert response.json() == {"jsonrpc": "2.0", "id": 7, "result": {}}


@pytest.mark.promise("endpoint.account_by_name_or_number")
def test_the_account_may_be_named_by_its_numeric_id(client, account, token):
    response = post(client, f"/{account.pk}/api/mcp", PING, token)

    assert response.status_code == 200


def test_a_trailing_slash_is_the_same_address_without_a_redirect(client, account, token):
    response = post(client, "/acme/api/mcp/", PING, token)

    assert response.status_code == 200


@pytest.mark.promise("endpoint.missing_or_expired_is_401")
@pytest.mark.parametrize(
    "bearer",
    [None, "", "nonsense", "iop_" + "0" * 49, generate_token(TokenKind.PERSONAL)],
    ids=["missing", "empty", "malformed", "wrong checksum", "unknown"],
)
@pytest.mark.parametrize("subdomain", ["acme", "nowhere"])
def test_a_missing_or_bad_token_is_401_alike_for_every_account(client, account, bearer, subdomain):
    response = post(client, f"/{subdomain}/api/mcp", PING, bearer)

    assert response.status_code == 401
    assert response.json() == {"error": "Unauthorized"}
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.promise("tokens.revoked_is_401_at_once")
def test_a_revoked_token_is_401_on_the_next_request(client, account, user, actor):
    application, secret = create_token(account=account, user=user, name="Laptop", actor=actor)
    assert post(client, "/acme/api/mcp", PING, secret).status_code == 200

    revoke(application=application, actor=actor)

    assert post(client, "/acme/api/mcp", PING, secret).status_code == 401


@pytest.mark.promise("endpoint.missing_or_expired_is_401")
def test_an_expired_token_is_401(client, account, user, actor, django_db_blocker):
    application, secret = create_token(account=account, user=user, name="Laptop", actor=actor)
    application.access_tokens.update(expires="2020-01-01T00:00:00Z")

    assert post(client, "/acme/api/mcp", PING, secret).status_code == 401


@pytest.mark.promise("endpoint.unknown_account_is_404")
def test_an_unknown_account_is_404_for_a_good_token(client, account, token):
    response = post(client, "/nowhere/api/mcp", PING, token)

    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})


@pytest.mark.parametrize("key", ["99999999999999999999999", "0", "9223372036854775808"])
def test_a_numeric_account_that_cannot_exist_is_404(client, account, token, key):
    assert post(client, f"/{key}/api/mcp", PING, token).status_code == 404


@pytest.mark.promise("endpoint.cross_account_is_403")
def test_a_token_of_another_account_is_403(client, account, stranger, other_account, actor):
    _, secret = create_token(account=other_account, user=stranger, name="x", actor=actor)

    response = post(client, "/acme/api/mcp", PING, secret)

    assert (response.status_code, response.json()) == (403, {"error": "Forbidden"})


@pytest.mark.promise("endpoint.cross_account_is_403")
def test_a_member_of_both_accounts_still_needs_the_right_token(
    client, account, other_account, user, token
):
    Membership.objects.create(account=other_account, user=user, role="owner")

    assert post(client, "/zenith/api/mcp", PING, token).status_code == 403


@pytest.mark.promise("endpoint.token_of_a_member")
def test_a_removed_member_is_403(client, account, user, token):
    account.memberships.filter(user=user).delete()

    assert post(client, "/acme/api/mcp", PING, token).status_code == 403


@pytest.mark.promise("endpoint.switched_off_is_403")
def test_an_account_with_the_feature_off_is_403_with_the_documented_words(client, account, token):
    account.mcp_enabled = False
    account.save()

    response = post(client, "/acme/api/mcp", PING, token)

    assert response.status_code == 403
    assert response.json() == {"error": "PTP MCP server is not enabled for this account"}


@pytest.mark.parametrize("method", ["get", "delete", "put"])
def test_other_methods_are_405_naming_post(client, account, token, method):
    response = getattr(client, method)(
        "/acme/api/mcp", headers={"Authorization": f"Bearer {token}"}
    )

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


def test_a_get_without_a_token_is_401_so_that_probes_find_authorization(client, account):
    assert client.get("/acme/api/mcp").status_code == 401


@pytest.mark.promise("endpoint.malformed_is_32600", "endpoint.no_batches")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", -32700),
        (" ", -32700),
        (b"\xff\xfe", -32700),
        ('{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', -32700),
        ("[" * 100_000, -32700),
        (f"[{PING}]", -32600),
        ("[]", -32600),
        ('"ping"', -32600),
        ('{"id": 1, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        ('{"jsonrpc": "2.0", "id": 1}', -32600),
    ],
)
def test_a_malformed_body_is_a_json_rpc_error(client, account, token, body, code):
    response = post(client, "/acme/api/mcp", body, token)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == code


def test_an_unknown_method_is_method_not_found(rpc):
    response = rpc("resources/teleport")

    assert response.status_code == 200
    assert response.json()["error"]["code"] == -32601


def test_params_that_are_no_object_are_invalid(rpc):
    assert rpc("tools/list", [1]).json()["error"]["code"] == -32602


def test_another_media_type_is_415(client, account, token):
    response = client.post(
        "/acme/api/mcp",
        data=PING,
        content_type="text/plain",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert response.status_code == 415


def test_a_body_over_the_limit_is_413(client, account, token):
    assert post(client, "/acme/api/mcp", "x" * (4 * 1024 * 1024 + 1), token).status_code == 413


def test_a_foreign_origin_is_403_and_the_own_one_passes(client, account, token, settings):
    foreign = post(client, "/acme/api/mcp", PING, token, Origin="https://evil.example")
    own = post(client, "/acme/api/mcp", PING, token, Origin=settings.PUBLIC_URL)

    assert (foreign.status_code, own.status_code) == (403, 200)


def test_an_unknown_host_is_400(client, account, token):
    assert post(client, "/acme/api/mcp", PING, token, Host="evil.example").status_code == 400


def test_an_unknown_protocol_version_is_400(client, account, token):
    headers = {"MCP-Protocol-Version": "1999-01-01"}

    assert post(client, "/acme/api/mcp", PING, token, **headers).status_code == 400


@pytest.mark.promise("endpoint.server_name", "list_workspaces.is_the_start")
@pytest.mark.parametrize("asked", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_initialize_agrees_on_a_known_version(rpc, asked):
    result = rpc("initialize", {"protocolVersion": asked}).json()["result"]

    assert result["protocolVersion"] == asked
    assert result["serverInfo"]["name"] == "integrateio"
    assert "Start with list_workspaces" in result["instructions"]


def test_initialize_offers_the_newest_version_for_an_unknown_one(rpc):
    result = rpc("initialize", {"protocolVersion": "2030-01-01"}).json()["result"]

    assert result["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled"])
def test_a_notification_is_202_without_a_body(client, account, token, method):
    body = json.dumps({"jsonrpc": "2.0", "method": method})

    response = post(client, "/acme/api/mcp", body, token)

    assert (response.status_code, response.content) == (202, b"")


def test_the_way_in_is_one_query_and_last_use_is_written_once_a_minute(
    client, account, token, django_assert_num_queries
):
    with django_assert_num_queries(2):
        post(client, "/acme/api/mcp", PING, token)
    with django_assert_num_queries(1):
        post(client, "/acme/api/mcp", PING, token)

    assert ConnectedApplication.objects.get().last_used_address == "127.0.0.1"


@pytest.mark.promise("tokens.same_rights_as_their_maker")
def test_a_viewer_sees_only_read_tools_and_may_not_run(
    client, account, make_user, make_package, actor
):
    viewer = make_user(account, "viewer")
    package = make_package()
    _, secret = create_token(account=account, user=viewer, name="x", actor=actor)
    call = {"name": "run_package", "arguments": {"package_id": package.pk}}

    listed = post(client, "/acme/api/mcp", _message("tools/list"), secret).json()
    called = post(client, "/acme/api/mcp", _message("tools/call", call), secret).json()

    assert "run_package" not in {tool["name"] for tool in listed["result"]["tools"]}
    assert called["result"]["isError"] is True
    assert "mcp:run" in called["result"]["content"][0]["text"]
    assert Run.objects.count() == 0


def _message(method: str, params: object = None) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}})
