import pytest

from common.errors import InvalidInput
from connected_apps.models import AccessToken, ConnectedApplication
from connected_apps.services import DEFAULT_LIFETIME_DAYS, create_token
from connected_apps.tokens import TokenKind, generate_token, is_well_formed


@pytest.mark.parametrize("kind", list(TokenKind))
def test_a_generated_token_is_well_formed_and_carries_its_kind(kind):
    token = generate_token(kind)

    assert token.startswith(f"{kind.value}_")
    assert is_well_formed(token)


def test_every_changed_character_breaks_the_checksum():
    token = generate_token(TokenKind.PERSONAL)

    for at in range(4, len(token)):
        other = "0" if token[at] != "0" else "1"
        assert not is_well_formed(token[:at] + other + token[at + 1 :])


def test_tokens_do_not_repeat():
    assert len({generate_token(TokenKind.ACCESS) for _ in range(1000)}) == 1000


@pytest.mark.promise("tokens.only_a_hash_is_stored")
def test_only_the_hash_of_a_token_is_stored(account, user, actor):
    _, secret = create_token(account=account, user=user, name="Laptop", actor=actor)

    row = AccessToken.objects.values().get()

    assert secret not in str(row)
    assert row["token"] == ""
    assert row["application_id"] is None


@pytest.mark.promise("tokens.ten_years")
def test_a_token_lives_ten_years_unless_the_account_caps_it(account, user, actor):
    usual, _ = create_token(account=account, user=user, name="a", actor=actor)
    account.token_lifetime_cap_days = 90
    capped, _ = create_token(account=account, user=user, name="b", actor=actor)

    assert (usual.expires_at - usual.created_at).days in {
        DEFAULT_LIFETIME_DAYS - 1,
        DEFAULT_LIFETIME_DAYS,
    }
    assert (capped.expires_at - capped.created_at).days in {89, 90}


@pytest.mark.parametrize("fields", [{"name": " "}, {"name": "x" * 256}, {"lifetime_days": 0}])
def test_a_bad_name_or_lifetime_is_refused_and_nothing_is_written(account, user, actor, fields):
    with pytest.raises(InvalidInput):
        create_token(**{"account": account, "user": user, "name": "x", "actor": actor, **fields})

    assert not ConnectedApplication.objects.exists()
