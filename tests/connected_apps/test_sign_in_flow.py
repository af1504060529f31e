"""From a 401 to a tool call and back, over plain HTTP."""

import json
import re
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import Membership
from accounts.rights import Scope
from audit.models import AuditEntry
from connected_apps.models import AccessToken, ConnectedApplication, Grant, RefreshToken
from connected_apps.services import create_token, revoke
from mcp_endpoint.registry import TOOLS
from tests.connected_apps.conftest import Flow, returned


@pytest.mark.promise(
    "sign_in.without_a_token",
    "sign_in.registers_itself",
    "sign_in.leads_to_consent",
    "sign_in.asks_to_sign_in",
    "sign_in.authorize_returns_to_the_client",
)
@pytest.mark.django_db
def test_a_client_signs_in_from_nothing_but_the_address(account, user, password):
    web, browser = Client(), Client()
    challenge = web.post("/acme/api/mcp", "{}", content_type="application/json")
    assert challenge.status_code == 401
    header = challenge.headers["WWW-Authenticate"]
    metadata_url = header.split('resource_metadata="')[1].split('"')[0]
    resource = web.get(urlsplit(metadata_url).path).json()
    server = web.get("/.well-known/oauth-authorization-server").json()
    assert server["issuer"] == resource["authorization_servers"][0]
    flow = Flow(browser, web, resource=resource["resource"])
    registered = flow.register()
    assert registered.status_code == 201

    page = flow.consent_page(scope=" ".join(resource["scopes_supported"]))
    to_sign_in = browser.get(page)
    assert to_sign_in.headers["Location"] == f"/sign-in?next={page}"
    sign_in_page = browser.get(to_sign_in.headers["Location"])
    assert "to continue to the request of Claude Code" in sign_in_page.text
    form = {"username": user.email, "password": password}
    assert browser.post(to_sign_in.headers["Location"], form).headers["Location"] == page
    answer = returned(flow.answer(page))
    assert (answer["state"], answer["iss"]) == ("xyz", server["issuer"])
    tokens = flow.redeem(answer["code"], resource=resource["resource"])
    assert tokens.status_code == 200
    assert tokens.headers["Cache-Control"] == "no-store"
    body = tokens.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 7200)
    assert body["scope"] == "mcp:read mcp:run mcp:write"

    assert len(flow.call(body["access_token"]).json()["result"]["tools"]) == len(TOOLS)
    fresh = flow.refresh(body["refresh_token"]).json()
    assert flow.call(fresh["access_token"]).status_code == 200
    revoked = web.post("/revoke", {"token": fresh["refresh_token"], "client_id": flow.client_id})
    assert revoked.status_code == 200
    assert flow.call(fresh["access_token"]).status_code == 401
    assert flow.call(body["access_token"]).status_code == 401
    assert list(
        AuditEntry.objects.filter(object_type__in=["oauth_client", "connected_application"])
        .order_by("id")
        .values_list("action", "account_id")
    ) == [(action, account.pk) for action in ("authorize", "start_connection", "revoke")]


def test_no_usable_secret_is_stored(flow):
    page = flow.consent_page()
    answer = returned(flow.answer(page))
    tokens = flow.redeem(answer["code"]).json()
    confidential = flow.register(token_endpoint_auth_method="client_secret_post").json()

    secrets = [
        page.rpartition("/")[2],
        answer["code"],
        tokens["access_token"],
        tokens["refresh_token"],
        confidential["client_secret"],
    ]
    stored = _dump()
    for secret in secrets:
        assert secret not in stored


def _dump() -> str:
    rows: list[dict] = []
    for app in ("connected_apps", "audit"):
        for model in apps.get_app_config(app).get_models():
            rows.extend(model._default_manager.values())
    return json.dumps(rows, default=str)


def test_the_dump_would_show_a_secret(flow):
    assert flow.client_id in _dump()


def test_a_connection_is_listed_under_the_clients_name(flow, account, user):
    flow.sign_in()

    connection = ConnectedApplication.objects.get()
    assert (connection.account, connection.user) == (account, user)
    assert (connection.name, connection.kind) == ("Claude Code", "oauth")
    assert connection.identity_host == "loopback"
    assert connection.scopes == "mcp:read mcp:run mcp:write"
    assert (connection.tool_groups, connection.workspace_ids) == (None, None)


@pytest.mark.promise("sign_in.same_rights_as_the_person")
@pytest.mark.parametrize("role", Membership.Role.values)
def test_a_signed_in_client_may_what_a_personal_token_of_the_same_person_may(
    flow, account, user, actor, role
):
    user.memberships.update(role=role)
    signed_in = flow.sign_in()["access_token"]
    _, personal = create_token(account=account, user=user, name="Laptop", actor=actor)

    def listed(token):
        return [tool["name"] for tool in flow.call(token).json()["result"]["tools"]]

    assert listed(signed_in) == listed(personal)
    assert ("run_package" in listed(signed_in)) is (role in {"owner", "admin", "member"})


@pytest.mark.promise("sign_in.listed_beside_tokens", "sign_in.revoked_on_the_page")
def test_a_signed_in_client_is_listed_beside_tokens_and_revoked_there(flow, account, user, actor):
    tokens = flow.sign_in()
    _, personal = create_token(account=account, user=user, name="Laptop", actor=actor)
    page = "/acme/settings/developer/connected_applications"

    names = re.findall(r'class="clip name" title="([^"]+)"', flow.browser.get(page).text)
    assert sorted(names) == ["Claude Code", "Laptop"]
    [address] = re.findall(
        r'href="([^"]+)"[^>]*aria-label="Revoke Claude Code">Revoke<', flow.browser.get(page).text
    )
    assert flow.call(tokens["access_token"]).status_code == 200
    assert flow.browser.post(address).status_code == 302

    assert flow.call(tokens["access_token"]).status_code == 401
    assert flow.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.call(personal).status_code == 200


@pytest.mark.promise("sign_in.locked_to_one_account")
def test_an_oauth_token_works_on_its_account_only(flow, other_account, user, actor):
    Membership.objects.create(account=other_account, user=user, role="owner")
    token = flow.sign_in()["access_token"]

    assert flow.call(token).status_code == 200
    assert flow.call(token, to="zenith").status_code == 403


def test_the_way_in_is_one_query_for_an_oauth_token(flow, django_assert_num_queries):
    token = flow.sign_in()["access_token"]
    flow.call(token, "ping")

    with django_assert_num_queries(1):
        assert flow.call(token, "ping").status_code == 200


def test_a_token_in_the_query_string_is_refused(flow):
    token = flow.sign_in()["access_token"]
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping", "access_token": token})

    response = flow.web.post(
        f"/acme/api/mcp?access_token={token}", body, content_type="application/json"
    )

    assert response.status_code == 401


@pytest.mark.promise("sign_in.revoked_on_the_page")
def test_revoking_in_the_dashboard_ends_all_tokens(flow, user_actor):
    tokens = flow.sign_in()

    revoke(application=ConnectedApplication.objects.get(), actor=user_actor)

    assert flow.call(tokens["access_token"]).status_code == 401
    assert flow.refresh(tokens["refresh_token"]).status_code == 400
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.exists()
    assert Grant.objects.exists()


RUN = {"name": "run_package", "arguments": {"package_id": 1}}


def test_a_missing_scope_is_a_challenge_for_oauth(flow):
    answer = returned(flow.answer(flow.consent_page(), access="read"))
    token = flow.redeem(answer["code"]).json()["access_token"]

    response = flow.call(token, "tools/call", RUN)

    assert response.status_code == 403
    assert response.json() == {"error": "insufficient_scope"}
    header = response.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in header
    assert 'scope="mcp:read mcp:run"' in header
    assert "/.well-known/oauth-protected-resource/acme/api/mcp" in header


def test_a_missing_scope_is_a_tool_error_for_a_personal_token(flow, account, user, actor):
    _, token = create_token(
        account=account, user=user, name="x", actor=actor, scopes=frozenset({Scope.READ})
    )

    response = flow.call(token, "tools/call", RUN)

    assert response.status_code == 200
    assert response.json()["result"]["isError"]
    assert "mcp:run" in response.text


def test_a_role_that_forbids_is_a_tool_error_and_no_challenge(flow, user):
    token = flow.sign_in()["access_token"]
    user.memberships.update(role="viewer")

    response = flow.call(token, "tools/call", RUN)

    assert response.status_code == 200
    assert response.json()["result"]["isError"]


def test_a_person_who_left_gets_403_and_no_fresh_tokens(flow, user):
    tokens = flow.sign_in()
    user.memberships.all().delete()

    assert flow.call(tokens["access_token"]).status_code == 403
    assert flow.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
