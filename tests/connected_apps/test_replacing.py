"""A new sign-in takes the place of the former one, however many come at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from connected_apps.models import AccessToken, ConnectedApplication, Grant, RefreshToken
from connected_apps.oauth.choices import FULL
from connected_apps.oauth.grants import grant_code
from connected_apps.oauth.requests import find_request
from connected_apps.services import create_token
from tests.connected_apps.conftest import Flow

AT_ONCE = 100


@pytest.mark.promise("sign_in.replaces_the_former")
def test_a_new_sign_in_replaces_the_former_of_the_same_client(flow):
    first = flow.sign_in()
    flow.register()
    second = flow.sign_in()

    assert flow.call(first["access_token"]).status_code == 401
    assert flow.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.call(second["access_token"]).status_code == 200
    statuses = ConnectedApplication.objects.order_by("id").values_list("status", flat=True)
    assert list(statuses) == ["replaced", "active"]


def test_the_same_name_from_elsewhere_replaces_nothing(flow):
    first = flow.sign_in()
    flow.register(redirect_uris=["https://evil.example/cb"])
    page = flow.consent_page(redirect_uri="https://evil.example/cb")
    assert "Replaces" not in flow.browser.get(page).text
    code = flow.code(redirect_uri="https://evil.example/cb")
    flow.redeem(code, redirect_uri="https://evil.example/cb")

    assert flow.call(first["access_token"]).status_code == 200
    assert ConnectedApplication.objects.filter(status="active").count() == 2


def test_another_name_replaces_nothing(flow):
    first = flow.sign_in()
    flow.register(client_name="Codex")
    flow.sign_in()

    assert flow.call(first["access_token"]).status_code == 200


def test_a_personal_token_of_the_same_name_is_left_alone(flow, account, user, actor):
    _, token = create_token(account=account, user=user, name="Claude Code", actor=actor)
    flow.sign_in()

    assert flow.call(token).status_code == 200


@pytest.mark.promise("sign_in.replaces_the_former")
@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_sign_ins_at_once_exactly_one_stays(flow, account, user, user_actor):
    codes = []
    for _ in range(AT_ONCE):
        asked = find_request(flow.consent_page().rpartition("/")[2])
        codes.append(
            grant_code(asked=asked, user=user, account=account, chosen=FULL, actor=user_actor)
        )
    start = Barrier(8)

    def redeem_some(mine):
        start.wait()
        try:
            own = Flow(browser=None, client_id=flow.client_id)
            return [own.redeem(code).json() for code in mine]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        shares = pool.map(redeem_some, [codes[part::8] for part in range(8)])
    tokens = [one for share in shares for one in share]

    alive = [one for one in tokens if flow.call(one["access_token"]).status_code == 200]
    assert len(alive) == 1
    active = ConnectedApplication.objects.get(status="active")
    assert ConnectedApplication.objects.filter(status="replaced").count() == AT_ONCE - 1
    assert AccessToken.objects.get().connected_application == active
    assert RefreshToken.objects.get().connected_application == active
    assert flow.refresh(alive[0]["refresh_token"]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_many_times_at_once_makes_one_code(flow, user):
    page = flow.consent_page()
    seal = re.search(r'name="seal" value="(\w+)"', flow.browser.get(page).text)[1]
    form = {"seal": seal, "decision": "authorize", "access": "full"}
    start = Barrier(8)
    browsers = [Client() for _ in range(8)]
    for browser in browsers:
        browser.force_login(user)

    def send(browser):
        start.wait()
        try:
            return browser.post(page, form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, browsers))

    assert sorted(answers) == [302] + [410] * 7
    assert Grant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_uses_of_one_code_at_once_one_wins_and_its_tokens_die(flow):
    code = flow.code()
    start = Barrier(8)

    def redeem(_):
        start.wait()
        try:
            return Flow(browser=None, client_id=flow.client_id).redeem(code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(redeem, range(8)))

    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert flow.call(won[0]["access_token"]).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_many_refreshes_at_once_two_succeed_and_nobody_is_thrown_out(flow):
    tokens = flow.sign_in()
    start = Barrier(8)

    def refresh(_):
        start.wait()
        try:
            return Flow(browser=None, client_id=flow.client_id).refresh(tokens["refresh_token"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(refresh, range(8)))

    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 2
    assert {flow.call(one["access_token"]).status_code for one in won} == {200}
