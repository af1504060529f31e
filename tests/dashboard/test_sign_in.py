"""Signing in and out, and where a person lands."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_right_password_leads_to_the_packages_of_the_first_account(client, user, password):
    response = client.post(
        "/sign-in", {"username": " MAYA@acme.example ", "password": password}, follow=True
    )

    assert response.redirect_chain == [("/", 302), ("/acme/packages", 302)]
    assert response.status_code == 200


def test_the_wrong_password_and_an_unknown_address_are_told_alike(client, user):
    wrong = client.post("/sign-in", {"username": user.email, "password": "no"})
    unknown = client.post("/sign-in", {"username": "who@acme.example", "password": "no"})

    assert wrong.status_code == unknown.status_code == 422
    for response in (wrong, unknown):
        assert "E-mail and password do not match." in response.text
        assert "Enter your password again." in response.text
    assert f'value="{user.email}"' in wrong.text
    assert 'value="no"' not in wrong.text


def test_missing_and_malformed_fields_name_themselves(client, db):
    response = client.post("/sign-in", {"username": "maya", "password": ""})

    assert response.status_code == 422
    assert "Enter an e-mail address, such as" in response.text
    assert "Enter your password." in response.text


def test_a_person_who_may_no_longer_sign_in_is_told_nothing_more(client, user, password):
    User.objects.update(is_active=False)

    response = client.post("/sign-in", {"username": user.email, "password": password})

    assert response.status_code == 422
    assert "E-mail and password do not match." in response.text


def test_the_page_asked_for_is_opened_after_signing_in(client, user, password):
    asked = client.get("/acme/runs")
    assert asked.headers["Location"] == "/sign-in?next=/acme/runs"

    response = client.post(
        asked.headers["Location"], {"username": user.email, "password": password}
    )

    assert response.headers["Location"] == "/acme/runs"


def test_a_foreign_page_is_not_opened_after_signing_in(client, user, password):
    response = client.post(
        "/sign-in?next=https://evil.example/", {"username": user.email, "password": password}
    )

    assert response.headers["Location"] == "/"


def test_signing_out_needs_a_post_and_ends_the_session(signed_in):
    assert signed_in.get("/sign-out").status_code == 405

    response = signed_in.post("/sign-out")

    assert response.headers["Location"] == "/sign-in"
    assert signed_in.get("/acme/packages").status_code == 302


def test_a_person_without_an_account_gets_a_page_that_says_so(client, user):
    user.memberships.all().delete()
    client.force_login(user)

    response = client.get("/")

    assert response.status_code == 200
    assert "belong to no account yet" in response.text


def test_forms_without_their_token_are_refused(user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)

    assert strict.post("/sign-out").status_code == 403
