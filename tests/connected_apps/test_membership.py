"""Members who leave an account, or get another role."""

import json

import pytest
from django.core.management import call_command

from accounts.models import Membership
from accounts.services import create_user, set_role
from audit.models import AuditEntry
from common.errors import Conflict, NotFound
from connected_apps.membership import remove_member
from connected_apps.models import ConnectedApplication
from connected_apps.services import create_token

PING = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "tools/list"})


@pytest.fixture
def member(account, make_user):
    return make_user(account, "member")


@pytest.fixture
def secret(account, member, actor):
    return create_token(account=account, user=member, name="Laptop", actor=actor)[1]


def ask(client, secret):
    headers = {"Authorization": f"Bearer {secret}"}
    return client.post("/acme/api/mcp", data=PING, content_type="application/json", headers=headers)


def test_who_left_is_a_stranger_at_once_and_the_connection_says_why(
    client, account, user, member, secret, actor
):
    assert ask(client, secret).status_code == 200

    ended = remove_member(account=account, user=member, actor=actor)

    answer = ask(client, secret)
    assert (ended, answer.status_code, answer.json()) == (1, 403, {"error": "Forbidden"})
    connection = ConnectedApplication.objects.get()
    assert (connection.status, connection.ended_because) == (
        "left_account",
        "the person left the account",
    )
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.details) == ("remove_member", {"role": "member", "connections": 1})


def test_an_old_connection_gains_nothing_when_the_person_comes_back(
    client, account, user, member, secret, actor
):
    remove_member(account=account, user=member, actor=actor)
    create_user(email=member.email, password=None, account=account, role="owner", actor=actor)

    assert ask(client, secret).status_code == 403


def test_a_demoted_member_keeps_the_token_with_the_lesser_rights(
    client, account, user, member, secret, actor
):
    before = len(ask(client, secret).json()["result"]["tools"])

    set_role(account=account, user=member, role=Membership.Role.VIEWER, actor=actor)

    after = ask(client, secret).json()["result"]["tools"]
    assert (before, len(after)) == (32, 19)
    assert all(tool["annotations"]["readOnlyHint"] for tool in after)
    assert ConnectedApplication.objects.get().status == "active"


def test_the_last_owner_neither_leaves_nor_steps_down(account, user, member, actor):
    with pytest.raises(Conflict, match="last owner"):
        remove_member(account=account, user=user, actor=actor)
    with pytest.raises(Conflict, match="last owner"):
        set_role(account=account, user=user, role="viewer", actor=actor)
    set_role(account=account, user=member, role="owner", actor=actor)

    set_role(account=account, user=user, role="viewer", actor=actor)


def test_a_stranger_can_neither_leave_nor_get_a_role(account, user, stranger, actor):
    with pytest.raises(NotFound):
        remove_member(account=account, user=stranger, actor=actor)
    with pytest.raises(NotFound):
        set_role(account=account, user=stranger, role="viewer", actor=actor)


def test_the_operator_does_both_from_the_command_line(account, user, member, capsys):
    call_command("set_role", account="acme", email=member.email, role="viewer")
    call_command("remove_member", account="acme", email=member.email)

    assert capsys.readouterr().out.splitlines() == [
        f"{member.email} is viewer of acme",
        f"{member.email} left acme; 0 connections ended",
    ]
