"""Pages for what is absent, forbidden or broken, and the headers of every page."""

import logging

import pytest
from django.test import RequestFactory

from dashboard.pages.errors import defect

pytestmark = pytest.mark.django_db


def test_another_accounts_pages_and_absent_ones_are_told_alike(
    client, stranger, failed_run, account
):
    client.force_login(stranger)

    paths = [
        "/acme/packages",
        f"/acme/packages/{failed_run.package_id}",
        f"/acme/runs/{failed_run.pk}",
        f"/acme/runs/{failed_run.pk}/log",
        "/nowhere/packages",
        f"/{account.pk}/packages",
    ]
    for path in paths:
        response = client.get(path)
        assert response.status_code == 404, path
        assert "There is no page at this address" in response.text


def test_a_foreign_id_in_the_own_account_is_absent(client, stranger, failed_run):
    client.force_login(stranger)

    for path in (
        f"/zenith/packages/{failed_run.package_id}",
        f"/zenith/runs/{failed_run.pk}",
        f"/zenith/runs/{failed_run.pk}/state",
        f"/zenith/runs?package={failed_run.package_id}",
    ):
        assert client.get(path).status_code == 404, path
    for path in (
        f"/zenith/packages/{failed_run.package_id}/run",
        f"/zenith/runs/{failed_run.pk}/cancel",
    ):
        assert client.post(path).status_code == 404, path


def test_the_not_found_page_offers_a_search_and_the_latest_runs(signed_in, failed_run):
    response = signed_in.get("/acme/packages/4127x")

    assert response.status_code == 404
    assert "<code>/acme/packages/4127x</code>" in response.text
    assert 'value="4127x"' in response.text
    assert f"Run #{failed_run.pk}" in response.text
    assert 'aria-label="Main"' in response.text


def test_a_stranger_to_everything_gets_the_public_not_found_page(client):
    response = client.get("/no/such/page")

    assert response.status_code == 404
    assert 'aria-label="Main"' not in response.text
    assert "Sign in" in response.text


def test_an_enormous_id_is_absent(signed_in):
    assert signed_in.get(f"/acme/packages/{10**30}").status_code == 404
    assert signed_in.get(f"/acme/runs/{10**30}").status_code == 404


def test_our_own_failure_has_a_reference_that_stands_in_the_log(caplog):
    with caplog.at_level(logging.ERROR, logger="dashboard"):
        response = defect(RequestFactory().get("/acme/packages"))

    assert response.status_code == 500
    reference = caplog.records[0].getMessage().split()[1]
    assert f"<code>{reference}</code>" in response.content.decode()


def test_an_expired_session_reloads_the_page_instead_of_filling_a_fragment(client, failed_run):
    path = f"/acme/runs/{failed_run.pk}/state"

    fragment = client.get(path, headers={"HX-Request": "true"})
    page = client.get(f"/acme/runs/{failed_run.pk}")

    assert fragment.headers["HX-Refresh"] == "true"
    assert "<form" not in fragment.text
    assert page.status_code == 302


def test_the_policy_of_every_page_forbids_inline_code(signed_in, failed_run):
    for path in ("/sign-out", "/acme/packages", f"/acme/runs/{failed_run.pk}", "/acme/none"):
        policy = signed_in.get(path).headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy


def test_pages_hold_no_inline_style_script_or_handler(signed_in, failed_run):
    for path in (
        "/acme/packages",
        f"/acme/packages/{failed_run.package_id}",
        "/acme/runs",
        f"/acme/runs/{failed_run.pk}",
    ):
        text = signed_in.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert "<script>" not in text


def test_only_people_with_several_accounts_get_a_switcher(
    signed_in, user, other_account, make_user, actor
):
    alone = signed_in.get("/acme/packages").text
    make_user(other_account, "member", user.email)

    both = signed_in.get("/acme/packages").text

    assert 'href="/zenith/packages"' not in alone
    assert 'href="/zenith/packages"' in both


def test_times_are_shown_in_the_zone_of_the_person(signed_in, user, failed_run):
    user.time_zone = "Asia/Kolkata"
    user.save()

    assert "IST (Asia/Kolkata)" in signed_in.get(f"/acme/runs/{failed_run.pk}").text


def test_an_account_number_that_no_row_can_have_is_a_404(client, user):
    client.force_login(user)

    assert client.get("/99999999999999999999999999/packages").status_code == 404
