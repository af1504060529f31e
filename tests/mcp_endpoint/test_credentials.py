"""What a personal token is, where it is taken from and what it may do."""

import json

import pytest

from accounts.rights import Scope
from accounts.services import create_workspace
from connected_apps.services import create_token, revoke
from mcp_endpoint.registry import TOOLS
from runs.models import Run

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def listed(rpc, bearer):
    answer = rpc("tools/list", bearer=bearer).json()
    return {tool["name"] for tool in answer["result"]["tools"]}


@pytest.mark.promise("endpoint.bearer_in_the_header")
def test_a_token_counts_only_as_a_bearer_in_the_authorization_header(client, account, token):
    def status(query="", **headers):
        body = json.dumps({**PING, "access_token": token, "params": {"access_token": token}})
        client.cookies["access_token"] = token
        return client.post(
            f"/acme/api/mcp{query}", body, content_type="application/json", headers=headers
        ).status_code

    assert status(Authorization=f"Bearer {token}") == 200
    assert status() == 401
    assert status(f"?access_token={token}&token={token}") == 401
    assert status(Authorization=token) == 401
    assert status(Authorization=f"Basic {token}") == 401
    assert status(**{"X-Access-Token": token, "Proxy-Authorization": f"Bearer {token}"}) == 401


@pytest.mark.promise("tokens.rotation", "tokens.revoked_is_401_at_once")
def test_a_token_is_rotated_by_revoking_it_and_making_one_of_the_same_name(
    rpc, account, user, actor
):
    application, old = create_token(account=account, user=user, name="Laptop", actor=actor)
    assert rpc("ping", bearer=old).status_code == 200

    revoke(application=application, actor=actor)
    _, new = create_token(account=account, user=user, name="Laptop", actor=actor)

    assert rpc("ping", bearer=old).status_code == 401
    assert rpc("ping", bearer=new).status_code == 200


@pytest.mark.promise("tokens.same_rights_as_their_maker")
def test_a_token_may_all_that_its_maker_may_in_the_whole_account(
    rpc, call_tool, account, user, token, make_package, actor
):
    spaces = [create_workspace(account=account, name=name, actor=actor) for name in "ab"]
    packages = [make_package(name=str(n), workspace=space) for n, space in enumerate(spaces)]
    packages.append(make_package(name="loose"))

    seen = call_tool("list_packages").data["packages"]

    assert listed(rpc, token) == set(TOOLS)
    assert {package["id"] for package in seen} == {package.pk for package in packages}


@pytest.mark.promise("tokens.same_rights_as_their_maker")
def test_a_token_loses_a_right_with_its_maker(rpc, account, user, token):
    account.memberships.filter(user=user).update(role="viewer")

    assert listed(rpc, token) == {name for name, tool in TOOLS.items() if not tool.mutates}


@pytest.mark.promise("tokens.narrowed")
@pytest.mark.parametrize(
    "scopes", [{Scope.READ}, {Scope.READ, Scope.RUN}, {Scope.READ, Scope.WRITE}]
)
def test_a_narrowed_token_is_held_to_its_scopes_by_the_server(
    rpc, account, user, make_package, actor, scopes
):
    package = make_package()
    _, secret = create_token(
        account=account, user=user, name="n", actor=actor, scopes=frozenset(scopes)
    )

    call = {"name": "run_package", "arguments": {"package_id": package.pk}}
    result = rpc("tools/call", call, bearer=secret).json()["result"]

    assert listed(rpc, secret) == {name for name, tool in TOOLS.items() if tool.scope in scopes}
    assert result["isError"] is (Scope.RUN not in scopes)
    assert Run.objects.count() == (Scope.RUN in scopes)
    if result["isError"]:
        assert "mcp:run" in json.loads(result["content"][0]["text"])["error"]
