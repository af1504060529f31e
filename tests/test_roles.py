"""Every page and every tool with every role, against one table."""

import json
import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.models import Membership
from accounts.rights import Scope
from config.urls import urlpatterns
from connected_apps.services import create_token
from mcp_endpoint import registry
from tests import role_table
from tests.connected_apps.conftest import Flow
from tests.database_rows import all_rows, changes
from tests.role_table import ALL, BY_TOOL, CONSENT, FOR_EVERYBODY, OFFERS, PAGES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = Membership.Role.values


def routes_of(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes_of(pattern.url_patterns, route)
        else:
            yield route


@pytest.fixture(params=ROLES)
def role(request) -> str:
    return request.param


@pytest.fixture
def visitor(account, user, make_user, role):
    """A member with the role, beside the owner of everything else."""
    return make_user(account, role, email="visitor@acme.example")


@pytest.fixture
def browser(visitor) -> Client:
    browser = Client()
    browser.force_login(visitor)
    return browser


@pytest.fixture
def names(account, user, visitor, actor, make_package, make_run):
    """What stands for the names in a route, by whom the connection belongs to."""
    package = make_package()
    run = make_run(package)
    applications = {
        "mine": create_token(
            account=account,
            user=visitor,
            name="Mine",
            actor=actor,
            scopes=frozenset({Scope.READ}),
        )[0],
        "another's": create_token(account=account, user=user, name="Other", actor=actor)[0],
    }
    common = {"account": "acme", "package_id": package.pk, "run_id": run.pk}
    return {
        about: {**common, "application_id": application.pk}
        for about, application in applications.items()
    }


def filled(route, names):
    return "/" + re.sub(r"<\w+:(\w+)>", lambda name: str(names[name[1]]), route)


def send(browser, method, route, names, form):
    if route == CONSENT:
        flow = Flow(browser)
        flow.register()
        page = flow.consent_page()
        return browser.get(page) if method == "GET" else flow.answer(page, **form)
    return (
        browser.generic(method, filled(route, names))
        if method != "POST"
        else browser.post(filled(route, names), form)
    )


def test_the_table_has_a_row_for_every_address_of_the_product():
    routes = list(routes_of(urlpatterns))

    assert len(routes) == len(set(routes))
    assert set(routes) == {page.route for page in PAGES} | FOR_EVERYBODY | BY_TOOL


def test_the_table_has_a_row_for_every_tool_and_knows_every_role():
    assert set(role_table.TOOLS) == set(registry.TOOLS)
    assert set(ROLES) == ALL


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_answers_those_roles_only(browser, names, role, page):
    before = all_rows()

    response = send(browser, page.method, page.route, names[page.about], page.form)

    if role in page.roles:
        assert response.status_code in ({200} if page.method == "GET" else {200, 302})
        assert (page.method == "POST") is bool(changes(before, all_rows())) or page.route == CONSENT
    else:
        assert response.status_code == page.refusal
        assert changes(before, all_rows()) == {}


def test_a_page_has_no_other_methods_than_those_in_the_table(browser, names):
    allowed = {(page.method, page.route) for page in PAGES}

    for route in {route for _, route in allowed}:
        for method in METHODS:
            if (method, route) not in allowed:
                address = "/connect/x" if route == CONSENT else filled(route, names["mine"])
                assert browser.generic(method, address).status_code == 405, (method, route)


@pytest.mark.parametrize(("route", "offer", "roles"), OFFERS)
def test_a_page_offers_only_what_the_role_may_do(browser, names, role, route, offer, roles):
    shown = browser.get(filled(route, names["mine"])).text

    assert (offer.format(**names["mine"]) in shown) is (role in roles)


def test_an_address_for_everybody_asks_for_no_role(browser, user):
    owner = Client()
    owner.force_login(user)

    for route in FOR_EVERYBODY - {"sign-out"}:
        address = filled(route, {"path": "x", "prefix": "x"})
        assert browser.get(address).status_code == owner.get(address).status_code < 500, route


def test_a_role_is_shown_and_may_call_those_tools_only(
    rpc, account, visitor, actor, make_calls, role
):
    _, bearer = create_token(account=account, user=visitor, name="All", actor=actor)
    calls = make_calls(account)
    listed = rpc("tools/list", bearer=bearer).json()["result"]["tools"]
    before = all_rows()

    assert {tool["name"] for tool in listed} == {
        name for name, roles in role_table.TOOLS.items() if role in roles
    }
    for name, roles in role_table.TOOLS.items():
        with transaction.atomic():
            call = {"name": name, "arguments": calls[name]}
            result = rpc("tools/call", call, bearer=bearer).json()["result"]
            told = json.loads(result["content"][0]["text"])
            assert result["isError"] is (role not in roles), (name, told)
            if role not in roles:
                assert registry.TOOLS[name].scope in told["error"]
                assert changes(before, all_rows()) == {}, name
            transaction.set_rollback(True)
