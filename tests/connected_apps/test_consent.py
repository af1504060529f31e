"""What a person sees and answers."""

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Membership
from accounts.services import create_workspace
from audit.models import AuditEntry
from connected_apps.models import Application, AuthorizationRequest, ConnectedApplication, Grant
from tests.connected_apps.conftest import Flow, returned

FULL = (
    "Claude Code is requesting access to your Integrate.io account acme via the MCP server."
    " This will let it read and manage your pipelines, connections, and jobs in this account."
)


def words(response) -> str:
    """The text of a page without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", response.text)).split())


@pytest.mark.promise("sign_in.consent_names_client_and_account", "sign_in.consent_sentence")
def test_the_page_says_the_documented_sentence(flow):
    response = flow.browser.get(flow.consent_page())

    assert FULL in words(response)
    assert "<h1>Authorize access</h1>" in response.text
    assert 'value="authorize">Authorize</button>' in response.text
    assert 'value="deny">Deny</button>' in response.text
    for line in (
        "Identity not verified",
        "It chose this name itself.",
        "http://localhost:41827 a program on this computer",
        "maya@acme.example, owner",
    ):
        assert line in words(response)


@pytest.mark.promise("sign_in.asked_every_time")
def test_the_page_is_asked_each_time(flow):
    flow.sign_in()

    response = flow.browser.get(flow.consent_page())

    assert FULL in words(response)
    assert "Replaces the Claude Code connection of" in words(response)


def test_a_narrower_wish_has_a_narrower_sentence_and_offers_no_more(flow):
    page = flow.consent_page(scope="mcp:read")
    response = flow.browser.get(page)

    assert "This will let it read, but not change or run, your pipelines" in words(response)
    assert FULL not in words(response)
    assert 'value="full"' not in response.text
    assert flow.answer(page, access="full").status_code == 422
    assert not Grant.objects.exists()


def test_a_verified_client_shows_the_host_that_proves_it(flow):
    Application.objects.update(
        client_id="https://claude.ai/oauth/claude-code-client-metadata", registration_source="cimd"
    )
    flow.client_id = "https://claude.ai/oauth/claude-code-client-metadata"

    text = words(flow.browser.get(flow.consent_page()))

    assert "Verified: claude.ai" in text
    assert "Any program on this computer can say that it is this application." in text


def test_the_page_cannot_be_framed_nor_kept_and_may_lead_to_the_client(flow):
    response = flow.browser.get(flow.consent_page())

    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://localhost:41827" in policy
    assert "unsafe-inline" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"),
        ("http://[::1]:77/cb", "http:"),
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.ai"),
    ],
)
def test_every_kind_of_client_can_be_returned_to(flow, uri, source):
    flow.register(redirect_uris=[uri])
    page = flow.consent_page(redirect_uri=uri)

    policy = flow.browser.get(page).headers["Content-Security-Policy"]
    response = flow.answer(page)

    assert f"form-action 'self' {source};" in policy + ";"
    assert response.status_code == 302
    assert response.headers["Location"].startswith(f"{uri}?code=")


def test_an_answer_without_its_form_token_is_refused(flow, user):
    page = flow.consent_page()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    seal = re.search(r'name="seal" value="(\w+)"', strict.get(page).text)[1]

    response = strict.post(page, {"seal": seal, "decision": "authorize", "access": "full"})

    assert response.status_code == 403
    assert not Grant.objects.exists()


def seal_of(browser, page):
    return re.search(r'name="seal" value="(\w+)"', browser.get(page).text)[1]


def test_an_answer_for_one_client_is_none_for_another(flow):
    approved = seal_of(flow.browser, flow.consent_page())
    flow.register(client_name="Other", redirect_uris=["https://other.example/cb"])
    other = flow.consent_page(redirect_uri="https://other.example/cb")

    response = flow.browser.post(
        other, {"seal": approved, "decision": "authorize", "access": "full"}
    )

    assert response.status_code == 403
    assert "Nothing was granted" in response.text
    assert not Grant.objects.exists()


@pytest.mark.promise("sign_in.locked_to_one_account")
@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://localhost:1/callback"},
        {"scopes": "mcp:read"},
        {"resource": "http://127.0.0.1:8000/zenith/api/mcp"},
    ],
)
def test_an_answer_belongs_to_redirect_scope_and_account(flow, user, other_account, change):
    Membership.objects.create(account=other_account, user=user, role="owner")
    page = flow.consent_page()
    seal = seal_of(flow.browser, page)
    AuthorizationRequest.objects.update(**change)

    form = {"seal": seal, "decision": "authorize", "access": "read"}
    assert flow.browser.post(page, form).status_code == 403
    assert not Grant.objects.exists()


def test_an_answer_belongs_to_one_person(flow, account, make_user):
    page = flow.consent_page()
    seal = seal_of(flow.browser, page)
    other = Client()
    other.force_login(make_user(account, "member"))

    response = other.post(page, {"seal": seal, "decision": "authorize", "access": "full"})

    assert response.status_code == 403


def test_a_request_is_answered_once(flow):
    page = flow.consent_page()
    form = {"seal": seal_of(flow.browser, page), "decision": "authorize", "access": "full"}

    first, second = flow.browser.post(page, form), flow.browser.post(page, form)

    assert (first.status_code, second.status_code) == (302, 410)
    assert "This request is over" in second.text
    assert Grant.objects.count() == 1


def test_an_expired_or_invented_request_is_a_page_of_ours(flow):
    page = flow.consent_page()
    AuthorizationRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    for address in (page, "/connect/invented"):
        response = flow.browser.get(address)
        assert response.status_code == 410
        assert "This request is over" in response.text


def test_saying_no_tells_the_client_and_is_recorded(flow, account):
    answer = returned(flow.answer(flow.consent_page(), decision="deny"))

    assert answer["error"] == "access_denied"
    assert (answer["state"], answer["iss"]) == ("xyz", "http://127.0.0.1:8000")
    entry = AuditEntry.objects.get(action="authorize")
    assert (entry.outcome, entry.account_id) == ("refused", account.pk)
    assert not Grant.objects.exists()


@pytest.mark.parametrize("name", ["zenith", "nowhere"])
def test_another_account_and_an_absent_one_are_told_alike(flow, other_account, name):
    flow.resource = f"http://127.0.0.1:8000/{name}/api/mcp"

    response = flow.browser.get(flow.consent_page())

    assert response.status_code == 403
    assert "You are not a member of this account" in response.text
    assert f"<code>{name}</code>" in response.text


@pytest.mark.promise("sign_in.consent_says_it_is_off")
def test_an_account_with_the_feature_off_says_whom_to_ask(flow):
    Account.objects.update(mcp_enabled=False)

    response = flow.browser.get(flow.consent_page())

    assert response.status_code == 403
    assert "The MCP server is off for this account" in response.text


def test_without_a_resource_the_only_account_is_taken(flow, account):
    flow.resource = None

    flow.sign_in()

    assert ConnectedApplication.objects.get().account == account


def test_without_a_resource_the_person_chooses_one_account(flow, user, other_account):
    Membership.objects.create(account=other_account, user=user, role="viewer")
    flow.resource = None
    page = flow.consent_page()

    choice = flow.browser.get(page)
    assert "Choose an account" in choice.text
    response = flow.answer(f"{page}?account=zenith")

    tokens = flow.redeem(returned(response)["code"]).json()
    assert ConnectedApplication.objects.get().account == other_account
    assert flow.call(tokens["access_token"], to="acme").status_code == 403


@pytest.mark.promise("sign_in.locked_to_one_account")
def test_the_address_cannot_choose_another_account_than_the_resource(flow, user, other_account):
    Membership.objects.create(account=other_account, user=user, role="owner")

    response = flow.browser.get(f"{flow.consent_page()}?account=zenith")

    assert "account <strong>acme</strong>" in response.text


@pytest.mark.parametrize(
    ("form", "scopes", "groups"),
    [
        ({"access": "read"}, "mcp:read", None),
        ({"access": "run"}, "mcp:read mcp:run", None),
        ({"access": "full"}, "mcp:read mcp:run mcp:write", None),
        (
            {"access": "chosen", "groups": ["runs", "execution"]},
            "mcp:read mcp:run",
            ["execution", "runs"],
        ),
    ],
)
def test_the_person_narrows_the_access(flow, form, scopes, groups):
    answer = returned(flow.answer(flow.consent_page(), **form))
    tokens = flow.redeem(answer["code"]).json()

    connection = ConnectedApplication.objects.get()
    assert tokens["scope"] == connection.scopes == scopes
    assert connection.tool_groups == groups


def test_the_person_narrows_the_workspaces(flow, account, actor):
    nightly = create_workspace(account=account, name="Nightly", actor=actor)
    create_workspace(account=account, name="Exploration", actor=actor)

    answer = returned(flow.answer(flow.consent_page(), ws="some", workspaces=[nightly.pk]))
    flow.redeem(answer["code"])

    assert ConnectedApplication.objects.get().workspace_ids == [nightly.pk]


@pytest.mark.parametrize(
    "form",
    [
        {"access": "chosen"},
        {"access": "chosen", "groups": ["everything"]},
        {"access": "admin"},
        {"access": ""},
        {"ws": "some"},
        {"ws": "some", "workspaces": ["99999"]},
        {"ws": "some", "workspaces": ["x"]},
    ],
)
def test_a_choice_that_was_not_offered_is_asked_again(flow, form):
    page = flow.consent_page()

    response = flow.answer(page, **form)

    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert flow.answer(page).status_code == 302


def test_the_workspaces_of_another_account_cannot_be_chosen(flow, other_account, actor):
    foreign = create_workspace(account=other_account, name="Theirs", actor=actor)

    response = flow.answer(flow.consent_page(), ws="some", workspaces=[foreign.pk])

    assert response.status_code == 422


def test_a_reader_is_told_that_the_role_allows_reading_only(account, make_user):
    browser = Client()
    browser.force_login(make_user(account, "viewer"))
    flow = Flow(browser)
    flow.register()

    assert "Your role, viewer, allows reading only" in words(browser.get(flow.consent_page()))


def test_names_with_tricks_are_shown_plain(flow):
    flow.register(client_name="Cl\u202eaude\u200b <b>Code</b>")

    response = flow.browser.get(flow.consent_page())

    assert "Claude &lt;b&gt;Code&lt;/b&gt;" in response.text
    assert "\u202e" not in response.text


def test_a_stranger_signs_in_first(flow, settings):
    page = flow.consent_page()

    response = Client().get(page)

    assert urlsplit(response.headers["Location"]).path == "/sign-in"
    assert response.headers["Location"].endswith(f"?next={page}")
