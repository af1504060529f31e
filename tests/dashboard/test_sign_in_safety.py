"""Sign-in against guessing, fixation, forgery and framing."""

import pytest
from django.test import Client

from accounts.throttle import FAILED_SIGN_INS_A_MINUTE

pytestmark = pytest.mark.django_db


def sign_in(client, email, password, address="10.0.0.1"):
    form = {"username": email, "password": password}
    return client.post("/sign-in", form, REMOTE_ADDR=address)


def test_guesses_for_one_person_are_throttled_from_wherever_they_come(client, user, password):
    limit = FAILED_SIGN_INS_A_MINUTE
    guesses = [
        sign_in(client, user.email, "no", f"10.0.0.{number}").status_code
        for number in range(limit + 3)
    ]
    right = sign_in(client, user.email.upper(), password, "10.0.1.1")

    assert guesses == [422] * limit + [429] * 3
    assert right.status_code == 429
    assert "Too many tries that did not match. Wait " in right.text
    assert "sessionid" not in right.cookies


def test_guesses_from_one_address_are_throttled_and_others_are_let_in(client, user, password):
    limit = FAILED_SIGN_INS_A_MINUTE
    guesses = [sign_in(client, f"p{n}@acme.example", "no").status_code for n in range(limit + 1)]

    assert guesses == [422] * limit + [429]
    assert sign_in(client, user.email, password, "10.0.0.2").status_code == 302


def test_signing_in_often_is_no_failure(user, password):
    answers = {
        sign_in(Client(), user.email, password).status_code
        for _ in range(FAILED_SIGN_INS_A_MINUTE + 3)
    }

    assert answers == {302}


def test_a_session_that_someone_planted_is_not_the_one_signed_in(client, user, password):
    planted = client.session
    planted["planted"] = True
    planted.save()
    before = planted.session_key
    client.cookies["sessionid"] = before

    sign_in(client, user.email, password)

    assert client.cookies["sessionid"].value != before
    attacker = Client()
    attacker.cookies["sessionid"] = before
    assert attacker.get("/acme/packages").status_code == 302


def test_a_sign_in_from_another_site_is_refused(user, password):
    strict = Client(enforce_csrf_checks=True)

    assert sign_in(strict, user.email, password).status_code == 403


def test_the_page_runs_nothing_inline_and_cannot_be_framed(client):
    response = client.get("/sign-in")

    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"


def test_the_cookies_of_a_session_are_out_of_reach_of_scripts_and_other_sites(
    client, user, password
):
    cookie = sign_in(client, user.email, password).cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
