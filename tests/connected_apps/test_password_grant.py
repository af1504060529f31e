"""The legacy password grant: documented answer, off by default, and of no use to guessers."""

import json
from statistics import median
from time import perf_counter

import pytest

from accounts.models import Account, Membership
from accounts.throttle import FAILED_SIGN_INS_A_MINUTE
from audit.models import AuditEntry
from connected_apps.cleanup import forget_expired
from connected_apps.models import AccessToken, ConnectedApplication, RefreshToken
from connected_apps.services import revoke
from tests.connected_apps.conftest import Flow, later


@pytest.fixture
def allowed(account, user):
    Account.objects.filter(pk=account.pk).update(password_grant_enabled=True)
    return user


@pytest.fixture
def ask(client, password):
    def send(email="maya@acme.example", secret=password, address="10.0.0.1", **members):
        body = {"grant_type": "password", "email": email, "password": secret, **members}
        return client.post(
            "/oauth/token", json.dumps(body), content_type="application/json", REMOTE_ADDR=address
        )

    return send


@pytest.mark.promise("grant.documented_answer")
def test_the_answer_is_the_documented_one(ask, allowed):
    response = ask(email=" Maya@acme.example ")

    body = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert list(body) == ["access_token", "token_type", "expires_in", "created_at"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 7200)
    assert isinstance(body["created_at"], int)
    assert Flow(browser=None).call(body["access_token"]).status_code == 200
    assert not RefreshToken.objects.exists()


@pytest.mark.promise("grant.two_hours")
def test_a_token_ends_after_two_hours_and_another_can_be_asked_for(ask, allowed):
    token = ask().json()["access_token"]

    with later(seconds=7190):
        assert Flow(browser=None).call(token).status_code == 200
    with later(seconds=7201):
        assert Flow(browser=None).call(token).status_code == 401
        assert Flow(browser=None).call(ask().json()["access_token"]).status_code == 200


@pytest.mark.promise("grant.only_where_switched_on")
def test_it_is_off_by_default_and_says_no_more_than_for_a_wrong_password(ask, user):
    off = ask()
    wrong = ask(secret="wrong")
    unknown = ask(email="nobody@acme.example")

    assert off.status_code == wrong.status_code == unknown.status_code == 400
    assert off.json() == wrong.json() == unknown.json()
    assert off.json()["error"] == "invalid_grant"
    assert not AccessToken.objects.exists()


@pytest.mark.promise("grant.only_where_switched_on")
def test_the_token_works_on_the_accounts_that_allow_it(ask, allowed, other_account):
    Membership.objects.create(account=other_account, user=allowed, role="owner")
    token = ask().json()["access_token"]

    assert Flow(browser=None).call(token, to="acme").status_code == 200
    assert Flow(browser=None).call(token, to="zenith").status_code == 403
    Account.objects.update(password_grant_enabled=False)
    assert Flow(browser=None).call(token, to="acme").status_code == 403


def test_all_tokens_of_a_person_are_one_connection_that_can_be_revoked(ask, allowed, user_actor):
    tokens = [ask().json()["access_token"] for _ in range(3)]

    connection = ConnectedApplication.objects.get()
    assert (connection.kind, connection.account_id) == ("password_grant", None)
    revoke(application=connection, actor=user_actor)
    for token in tokens:
        assert Flow(browser=None).call(token).status_code == 401
    assert Flow(browser=None).call(ask().json()["access_token"]).status_code == 200


def test_an_expired_connection_lives_again_with_the_next_token(ask, allowed):
    ask()
    ConnectedApplication.objects.update(expires_at="2020-01-01T00:00:00Z")
    forget_expired()
    assert ConnectedApplication.objects.get().status == "expired"

    ask()

    connection = ConnectedApplication.objects.get()
    assert (connection.status, connection.ended_at) == ("active", None)


def test_guesses_are_throttled_by_email_from_many_addresses(ask, allowed, password):
    limit = FAILED_SIGN_INS_A_MINUTE
    guesses = [
        ask(secret="wrong", address=f"10.1.0.{number}").status_code for number in range(limit + 5)
    ]
    right = ask(secret=password, address="10.9.9.9")

    assert guesses == [400] * limit + [429] * 5
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0
    assert right.json()["error"] == "slow_down"


def test_guesses_are_throttled_by_address_over_many_people(ask, allowed):
    limit = FAILED_SIGN_INS_A_MINUTE
    guesses = [ask(email=f"p{n}@acme.example", secret="x").status_code for n in range(limit + 1)]

    assert guesses == [400] * limit + [429]
    assert ask(address="10.0.0.2").status_code == 200


def test_successes_do_not_count(ask, allowed):
    assert {ask().status_code for _ in range(FAILED_SIGN_INS_A_MINUTE + 3)} == {200}


def test_tries_are_recorded(ask, allowed):
    ask()
    ask(secret="wrong")
    ask(email="nobody@acme.example")

    entries = AuditEntry.objects.filter(action="password_grant").order_by("id")
    assert list(entries.values_list("outcome", "user_label", "address")) == [
        ("allowed", "maya@acme.example", "10.0.0.1"),
        ("refused", "maya@acme.example", "10.0.0.1"),
        ("refused", "nobody@acme.example", "10.0.0.1"),
    ]


def test_a_wrong_password_and_an_unknown_person_take_as_long(ask, user, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user.set_password("another long secret")
    user.save()

    def seconds(email, number):
        started = perf_counter()
        assert ask(email=email, secret="wrong", address=f"10.2.{number}.1").status_code == 400
        return perf_counter() - started

    known = median(seconds(user.email, number) for number in range(5))
    unknown = median(seconds(f"n{number}@acme.example", 100 + number) for number in range(5))

    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"email": None}, "invalid_request"),
        ({"password": 5}, "invalid_request"),
        ({"email": "x" * 300}, "invalid_request"),
        ({"email": "a\x00b"}, "invalid_request"),
        ({"password": "\ud800"}, "invalid_request"),
    ],
)
def test_what_is_malformed_is_a_json_400(ask, allowed, members, error):
    response = ask(**members)

    assert response.status_code == 400
    assert response.json()["error"] == error


@pytest.mark.parametrize("body", ["", "[]", "grant_type=password&email=a", "[" * 60_000])
def test_what_is_no_json_object_is_a_json_400(client, db, body):
    response = client.post("/oauth/token", body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
