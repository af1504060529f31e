import pytest
from django.urls import get_resolver

from accounts.models import Membership, User
from accounts.rights import ALL_SCOPES, ROLE_SCOPES, Scope, ToolGroup, access_of
from accounts.services import create_account, create_user, create_workspace
from accounts.subdomains import RESERVED
from common.errors import Conflict, InvalidInput


def test_every_first_word_of_an_address_is_reserved():
    first_words = {
        str(pattern.pattern).split("/")[0]
        for pattern in get_resolver().url_patterns
        if not str(pattern.pattern).startswith("<")
    }
    inner = {
        str(child.pattern).split("/")[0]
        for pattern in get_resolver().url_patterns
        for child in getattr(pattern, "url_patterns", [])
        if not str(child.pattern).startswith("<")
    }

    assert {word for word in first_words | inner if word} <= RESERVED


@pytest.mark.parametrize(
    "subdomain", ["", "a", "1st", "123", "Acme", "a_b", "-a", "a" * 64, "oauth", "api", "é"]
)
def test_a_malformed_or_reserved_subdomain_is_refused(db, actor, subdomain):
    with pytest.raises(InvalidInput, match="subdomain"):
        create_account(subdomain=subdomain, name="x", actor=actor)


def test_a_taken_subdomain_is_refused(account, actor):
    with pytest.raises(Conflict, match="taken"):
        create_account(subdomain="acme", name="x", actor=actor)


def test_the_endpoint_is_off_for_a_new_account(db, actor):
    assert create_account(subdomain="fresh", name="x", actor=actor).mcp_enabled is False


def test_addresses_differ_only_in_more_than_case(account, user, actor):
    with pytest.raises(Conflict):
        create_user(
            email="MAYA@acme.example", password=None, account=account, role="viewer", actor=actor
        )


def test_a_person_of_another_account_gains_a_place_and_keeps_the_password(
    account, stranger, password, actor
):
    create_user(
        email=stranger.email, password="something else", account=account, role="viewer", actor=actor
    )

    assert User.objects.get(pk=stranger.pk).check_password(password)
    assert stranger.memberships.count() == 2


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"role": "king"}, "role"),
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
    ],
)
def test_bad_fields_of_a_person_are_named(account, actor, fields, word):
    given = {"email": "a@b.example", "password": "long enough 1", "role": "viewer", **fields}

    with pytest.raises(InvalidInput, match=word):
        create_user(account=account, actor=actor, **given)


def test_workspace_names_are_unique_in_an_account_ignoring_case(account, actor):
    create_workspace(account=account, name="Nightly", actor=actor)

    with pytest.raises(Conflict):
        create_workspace(account=account, name="NIGHTLY", actor=actor)


def test_every_role_has_its_scopes_and_a_credential_only_narrows_them():
    assert set(ROLE_SCOPES) == set(Membership.Role.values)
    assert access_of("owner").scopes == ALL_SCOPES
    assert access_of("owner", ["mcp:read"]).scopes == {Scope.READ}
    assert access_of("viewer", ALL_SCOPES).scopes == {Scope.READ}
    assert access_of("nobody", ALL_SCOPES).scopes == frozenset()
    assert access_of("owner", ["mcp:everything"]).scopes == frozenset()


def test_tool_groups_narrow_and_unknown_words_grant_nothing():
    runs_only = access_of("owner", groups=["runs", "everything"])

    assert runs_only.allows(Scope.READ, ToolGroup.RUNS)
    assert not runs_only.allows(Scope.READ, ToolGroup.INVENTORY)
    assert not access_of("owner", groups=[]).allows(Scope.READ, ToolGroup.RUNS)
    assert access_of("owner", groups=None).allows(Scope.WRITE, ToolGroup.AUTHORING)
