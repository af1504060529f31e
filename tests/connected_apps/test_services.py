"""Narrowing, renaming and revoking connections, below the pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Workspace
from accounts.rights import ALL_SCOPES, Scope, ToolGroup
from audit.models import AuditEntry
from common.errors import Conflict, InvalidInput, NotFound
from connected_apps.access import GROUPS, LEVELS, Access, access_words, parse_groups
from connected_apps.models import ConnectedApplication
from connected_apps.queries import State, get_application, list_applications, state_of
from connected_apps.services import create_token, rename, revoke, revoke_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(account, user, actor):
    def make(name="Laptop", **fields):
        return create_token(
            **{"account": account, "user": user, "name": name, "actor": actor, **fields}
        )[0]

    return make


def test_tool_groups_cut_the_scopes_to_those_they_need(make):
    made = make(tool_groups=["diagnostics", "scheduling"])

    assert made.tool_groups == ["diagnostics", "scheduling"]
    assert made.scopes == "mcp:read mcp:write"
    assert make(tool_groups=["runs", "execution"], scopes=frozenset({Scope.READ})).scopes == (
        "mcp:read"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"tool_groups": []},
        {"tool_groups": ["inventory", "everything"]},
        {"tool_groups": ["execution"], "scopes": frozenset({Scope.READ})},
        {"scopes": frozenset()},
        {"workspace_ids": []},
        {"workspace_ids": [0]},
        {"workspace_ids": [2**63]},
        {"name": "a\x00b"},
        {"name": "Claude\u200b Code"},
    ],
)
def test_what_would_allow_nothing_or_names_nothing_is_refused(make, fields):
    with pytest.raises(InvalidInput):
        make(**fields)

    assert not ConnectedApplication.objects.exists()


def test_only_workspaces_of_the_account_can_be_chosen(make, account, other_account):
    own = Workspace.objects.create(account=account, name="Nightly")
    foreign = Workspace.objects.create(account=other_account, name="Nightly")

    assert make(workspace_ids=[own.pk, own.pk]).workspace_ids == [own.pk]
    with pytest.raises(InvalidInput, match="workspaces of this account"):
        make(workspace_ids=[own.pk, foreign.pk])


def test_a_form_makes_one_token(make):
    made = make(form_key="k" * 20)

    with pytest.raises(Conflict, match="'Laptop' already"):
        make(name="Other", form_key="k" * 20)

    assert list(ConnectedApplication.objects.all()) == [made]
    assert made.access_tokens.count() == 1


def test_renaming_to_the_same_name_leaves_no_trace(make, actor):
    made = make()

    rename(application=made, name="Laptop ", actor=actor)

    made.refresh_from_db()
    assert made.name == "Laptop"
    assert not AuditEntry.objects.filter(action="rename").exists()


def test_the_name_of_a_client_that_signs_in_is_not_changed(make, actor):
    made = make()
    ConnectedApplication.objects.filter(pk=made.pk).update(kind="oauth")

    with pytest.raises(Conflict, match="keeps the name"):
        rename(application=made, name="x", actor=actor)


def test_revoking_many_ends_the_active_ones_that_match(make, account, actor, make_user):
    member = make_user(account, Membership.Role.MEMBER)
    mine, theirs, other = make("Cursor"), make("Cursor", user=member), make("cursor")
    revoke(application=mine, actor=actor)

    assert revoke_many(account=account, actor=actor, name="Cursor") == 1
    assert revoke_many(account=account, actor=actor, user=member) == 0
    other.refresh_from_db()
    theirs.refresh_from_db()
    assert (theirs.status, other.status) == ("revoked", "active")
    assert not theirs.access_tokens.exists()
    with pytest.raises(InvalidInput):
        revoke_many(account=account, actor=actor)


def test_a_connection_of_another_account_or_user_is_not_found(
    make, account, other_account, make_user
):
    made = make()
    member = make_user(account, Membership.Role.MEMBER)

    assert get_application(account=account, application_id=made.pk) == made
    for where in ({"account": other_account}, {"account": account, "user": member}):
        with pytest.raises(NotFound, match="^connection not found$"):
            get_application(application_id=made.pk, **where)


def test_a_password_grant_is_listed_only_for_members_and_where_it_is_on(
    account, other_account, user
):
    made = ConnectedApplication.objects.create(
        user=user, name="cron", kind="password_grant", scopes="mcp:read"
    )

    assert not list_applications(account=account)
    account.password_grant_enabled = other_account.password_grant_enabled = True
    assert list(list_applications(account=account)) == [made]
    assert not list_applications(account=other_account)


def test_time_alone_makes_a_token_soon_over_unused_or_expired(make):
    made, now = make(), timezone.now()

    assert state_of(made, now) is State.ACTIVE
    assert state_of(made, now + timedelta(days=31)) is State.UNUSED
    assert state_of(made, made.expires_at - timedelta(days=6)) is State.EXPIRING
    assert state_of(made, made.expires_at) is State.EXPIRED


def test_the_groups_and_levels_count_the_documented_tools():
    assert sum(facts.tool_count for facts in GROUPS.values()) == 32
    assert {level.access: level.tool_count for level in LEVELS} == {
        Access.READ: 19,
        Access.RUN: 22,
        Access.FULL: 32,
        Access.CHOSEN: 0,
    }
    assert parse_groups([str(group) for group in ToolGroup]) == frozenset(ToolGroup)


@pytest.mark.parametrize(
    ("scopes", "groups", "words"),
    [
        ({"mcp:read"}, None, "Read only"),
        ({"mcp:read", "mcp:run"}, None, "Read and run"),
        (ALL_SCOPES, None, "Read, run and change"),
        ({"mcp:read", "mcp:write"}, None, "Read and change"),
        ({"mcp:run"}, None, "Run only"),
        (set(), None, "Nothing"),
        (ALL_SCOPES, ["inventory"], "Chosen tools"),
    ],
)
def test_access_is_told_in_words(scopes, groups, words):
    assert access_words(scopes, groups) == words
