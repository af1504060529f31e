"""Connected Applications: the list, making a token, revoking, renaming, and who may do it."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Membership, Workspace
from audit.models import AuditEntry
from connected_apps.models import AccessToken, ConnectedApplication
from connected_apps.services import create_token, revoke

pytestmark = pytest.mark.django_db

PAGE = "/acme/settings/developer/connected_applications"
NEW = f"{PAGE}/new"
TOKEN = re.compile(r"iop_[0-9A-Za-z]{49}")


@pytest.fixture
def make_token(account, user, actor):
    def make(name="Laptop", owner=None, **fields):
        made, _ = create_token(account=account, user=owner or user, name=name, actor=actor)
        if fields:
            ConnectedApplication.objects.filter(pk=made.pk).update(**fields)
            made.refresh_from_db()
        return made

    return make


@pytest.fixture
def member(account, make_user):
    return make_user(account, Membership.Role.MEMBER)


@pytest.fixture
def as_member(member):
    client = Client()
    client.force_login(member)
    return client


def send(client: Client, **changes):
    """Open the form and send it with these fields changed; None leaves one out."""
    (key,) = re.findall(r'name="form_key" value="([^"]+)"', client.get(NEW).text)
    fields = {
        "form_key": key,
        "name": "Claude Desktop on Macbook",
        "access": "full",
        "workspaces": "all",
        "lifetime": "3650",
        **changes,
    }
    return client.post(NEW, {name: value for name, value in fields.items() if value is not None})


@pytest.mark.promise("connected_page.create", "connected_page.shows_the_token_once")
def test_the_form_answers_with_the_token_itself_and_no_cache_may_keep_it(signed_in, user):
    response = send(signed_in)

    token = TOKEN.search(response.text)[0]
    made = ConnectedApplication.objects.get()
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert (made.name, made.user) == ("Claude Desktop on Macbook", user)
    assert (made.scopes, made.tool_groups, made.workspace_ids) == (
        "mcp:read mcp:run mcp:write",
        None,
        None,
    )
    assert timedelta(3649) < made.expires_at - timezone.now() < timedelta(3651)
    assert token not in json.dumps(list(signed_in.session.items()))
    assert token not in signed_in.get(PAGE).text
    assert token not in str(list(AuditEntry.objects.values()))


@pytest.mark.promise("connected_page.create")
def test_the_token_made_on_the_page_opens_the_endpoint(signed_in, rpc):
    token = TOKEN.search(send(signed_in, access="read").text)[0]

    names = {tool["name"] for tool in rpc("tools/list", bearer=token).json()["result"]["tools"]}

    assert "list_packages" in names
    assert names.isdisjoint({"run_package", "create_package", "toggle_schedule"})


@pytest.mark.promise("connected_page.shows_the_token_once")
def test_the_same_form_makes_no_second_token(signed_in):
    fields = {"form_key": "k" * 22, "name": "A", "access": "full", "lifetime": "90"}

    first, second = signed_in.post(NEW, fields), signed_in.post(NEW, fields)

    assert TOKEN.search(first.text)
    assert second.status_code == 409
    assert not TOKEN.search(second.text)
    assert "This form was sent before." in second.text
    assert ConnectedApplication.objects.count() == AccessToken.objects.count() == 1


def test_the_same_form_key_of_two_people_is_two_forms(signed_in, as_member):
    fields = {"form_key": "k" * 22, "name": "A", "access": "full", "lifetime": "90"}

    assert TOKEN.search(signed_in.post(NEW, fields).text)
    assert TOKEN.search(as_member.post(NEW, fields).text)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "  "}, "Enter a name, such as Claude Desktop on Macbook."),
        ({"name": "x" * 256}, "Use 1 to 255 characters."),
        ({"name": "Claude \u202e Code"}, "Leave out control characters and invisible ones."),
        ({"access": None}, "Choose what the connection may do."),
        ({"access": "everything"}, "Choose what the connection may do."),
        ({"access": "chosen"}, "Choose at least one tool group."),
        ({"access": "chosen", "groups": "everything"}, "Choose at least one tool group."),
        ({"workspaces": "some"}, "Choose at least one workspace, or All."),
        ({"workspaces": "some", "workspace": "999"}, "Choose workspaces of this account."),
        ({"workspaces": "some", "workspace": "9" * 18}, "Choose workspaces of this account."),
        ({"lifetime": "36500"}, "Choose one of the lifetimes."),
        ({"form_key": ""}, "The form was incomplete."),
    ],
)
def test_what_cannot_be_taken_is_said_in_place_and_nothing_is_made(
    signed_in, account, changes, says
):
    Workspace.objects.create(account=account, name="Nightly")

    response = send(signed_in, **changes)

    assert response.status_code == 422
    assert says in response.text
    assert not TOKEN.search(response.text)
    assert not ConnectedApplication.objects.exists()


def test_a_workspace_of_another_account_cannot_be_chosen(signed_in, account, other_account):
    Workspace.objects.create(account=account, name="Nightly")
    foreign = Workspace.objects.create(account=other_account, name="Foreign")

    response = send(signed_in, workspaces="some", workspace=foreign.pk)

    assert response.status_code == 422
    assert "Foreign" not in response.text
    assert not ConnectedApplication.objects.exists()


def test_a_connection_is_narrowed_to_tool_groups_and_workspaces(signed_in, account):
    nightly = Workspace.objects.create(account=account, name="Nightly")

    response = send(
        signed_in,
        access="chosen",
        groups=["inventory", "execution"],
        workspaces="some",
        workspace=nightly.pk,
        lifetime="90",
    )

    made = ConnectedApplication.objects.get()
    assert made.tool_groups == ["execution", "inventory"]
    assert made.workspace_ids == [nightly.pk]
    assert made.scopes == "mcp:read mcp:run"
    assert "2 tool groups" in response.text
    assert AccessToken.objects.get().scope == made.scopes


def test_a_viewer_is_offered_reading_only_and_can_forge_nothing_more(account, make_user):
    client = Client()
    client.force_login(make_user(account, Membership.Role.VIEWER))

    form = client.get(NEW).text
    forged = [
        send(client, access="full"),
        send(client, access="run"),
        send(client, access="chosen", groups="execution"),
    ]

    assert 'value="full"' not in form
    assert 'value="execution"' not in form
    assert "Your role, viewer, may not change or run anything." in form
    assert [response.status_code for response in forged] == [403, 403, 403]
    assert not ConnectedApplication.objects.exists()
    assert TOKEN.search(send(client, access="read").text)


def test_the_account_s_cap_on_lifetimes_is_said_and_held(signed_in, account):
    Account.objects.filter(pk=account.pk).update(token_lifetime_cap_days=180)

    form = signed_in.get(NEW).text

    assert re.findall(r'<option value="(\d+)"', form[form.index('id="life"') :]) == ["90", "180"]
    assert "This account allows up to 180 days." in form
    assert send(signed_in, lifetime="3650").status_code == 422
    send(signed_in, lifetime="180")
    left = ConnectedApplication.objects.get().expires_at - timezone.now()
    assert timedelta(179) < left <= timedelta(180)


@pytest.mark.promise("tokens.ten_years")
def test_without_a_cap_ten_years_are_preselected(signed_in):
    form = signed_in.get(NEW).text

    assert re.search(r'<option value="3650" selected>10 years, until ', form)
    assert "This account allows up to" not in form


def test_the_list_tells_how_each_connection_stands(signed_in, make_token, user_actor):
    now = timezone.now()
    make_token("in use", last_used_at=now, last_used_address="203.0.113.24")
    make_token("soon", expires_at=now + timedelta(days=3))
    make_token("idle", created_at=now - timedelta(days=40))
    make_token("over", expires_at=now - timedelta(days=1))
    revoke(application=make_token("gone"), actor=user_actor)
    make_token("replaced", kind="oauth", status="replaced", ended_at=now)

    text = signed_in.get(PAGE).text

    rows = dict(
        re.findall(r'class="clip name" title="([^"]+)".*?</svg>([A-Z][a-z ]+)</span>', text, re.S)
    )
    assert rows == {
        "in use": "Active",
        "soon": "Expires soon",
        "idle": "Unused",
        "over": "Expired",
        "gone": "Revoked",
        "replaced": "Replaced",
    }
    assert "203.0.113.24" in text
    assert "Today" in text
    assert ", by you" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=live", {"used", "soon", "idle"}),
        ("status=expiring", {"soon"}),
        ("status=unused", {"idle"}),
        ("status=expired", {"over"}),
        ("status=ended", {"gone"}),
        ("status=nonsense", {"used", "soon", "idle", "over", "gone"}),
        ("kind=oauth", {"used"}),
        ("q=203.0.113", {"used"}),
        ("q=IDL", {"idle"}),
        ("q=%00", {"used", "soon", "idle", "over", "gone"}),
    ],
)
def test_filters_narrow_the_list(signed_in, make_token, user_actor, query, found):
    now = timezone.now()
    make_token("used", kind="oauth", last_used_at=now, last_used_address="203.0.113.24")
    make_token("soon", expires_at=now + timedelta(days=3))
    make_token("idle", created_at=now - timedelta(days=40))
    make_token("over", expires_at=now - timedelta(days=1))
    revoke(application=make_token("gone"), actor=user_actor)

    text = signed_in.get(f"{PAGE}?{query}").text

    assert set(re.findall(r'class="clip name" title="([^"]+)"', text)) == found


def test_members_see_their_own_and_those_who_manage_see_all(
    signed_in, as_member, make_token, member
):
    make_token("of the owner")
    make_token("of the member", owner=member)

    own, forged, everyone, one = (
        signed_in.get(PAGE).text,
        as_member.get(f"{PAGE}?whose=everyone").text,
        signed_in.get(f"{PAGE}?whose=everyone").text,
        signed_in.get(f"{PAGE}?whose=everyone&user={member.pk}").text,
    )

    assert "of the owner" in own
    assert "of the member" not in own
    assert "of the member" in forged
    assert "of the owner" not in forged
    assert "of the owner" in everyone
    assert "of the member" in everyone
    assert "of the owner" not in one


def test_another_account_s_connections_are_never_seen_nor_touched(
    signed_in, other_account, stranger, actor
):
    foreign, _ = create_token(account=other_account, user=stranger, name="Foreign", actor=actor)

    assert "Foreign" not in signed_in.get(f"{PAGE}?whose=everyone").text
    for act in ("revoke", "rename"):
        assert signed_in.get(f"{PAGE}/{foreign.pk}/{act}").status_code == 404
        assert signed_in.post(f"{PAGE}/{foreign.pk}/{act}", {"name": "x"}).status_code == 404
    absent = signed_in.post(f"{PAGE}/{2**63}/revoke")
    assert absent.status_code == 404
    foreign.refresh_from_db()
    assert (foreign.status, foreign.name) == ("active", "Foreign")


def test_a_member_cannot_touch_the_connection_of_another(as_member, make_token):
    made = make_token("of the owner")

    answers = [
        as_member.get(f"{PAGE}/{made.pk}/revoke"),
        as_member.post(f"{PAGE}/{made.pk}/revoke"),
        as_member.post(f"{PAGE}/{made.pk}/rename", {"name": "mine"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    made.refresh_from_db()
    assert (made.status, made.name) == ("active", "of the owner")


@pytest.mark.promise("connected_page.revoke", "connected_page.revoking_leaves_the_session")
def test_revoking_stops_the_next_call_and_leaves_the_session(signed_in, rpc):
    token = TOKEN.search(send(signed_in).text)[0]
    made = ConnectedApplication.objects.get(name="Claude Desktop on Macbook")
    assert rpc("ping", bearer=token).status_code == 200

    response = signed_in.post(f"{PAGE}/{made.pk}/revoke?status=live")

    assert response.headers["Location"] == f"{PAGE}?status=live"
    assert rpc("ping", bearer=token).status_code == 401
    assert signed_in.get(PAGE).status_code == 200
    assert AuditEntry.objects.filter(action="revoke", object_id=made.pk).count() == 1


def test_those_who_manage_revoke_a_client_or_a_person_at_once(
    signed_in, make_token, member, make_user, account, other_account, stranger, actor
):
    third = make_user(account, Membership.Role.ADMIN)
    foreign, _ = create_token(account=other_account, user=stranger, name="Cursor", actor=actor)
    mine, theirs = make_token("Cursor"), make_token("Cursor", owner=member)
    other = make_token("Laptop", owner=member)
    kept = make_token("Laptop", owner=third)

    assert "2 connections of all members named" in signed_in.get(f"{PAGE}/{mine.pk}/revoke").text
    signed_in.post(f"{PAGE}/{mine.pk}/revoke", {"which": "client"})

    def standing():
        rows = (mine, theirs, other, kept, foreign)
        return [ConnectedApplication.objects.get(pk=row.pk).status for row in rows]

    assert standing() == ["revoked", "revoked", "active", "active", "active"]
    signed_in.post(f"{PAGE}/{theirs.pk}/revoke", {"which": "user"})
    assert standing() == ["revoked", "revoked", "revoked", "active", "active"]


def test_a_member_revokes_one_even_when_asking_for_all(as_member, make_token, member):
    one, other = make_token("A", owner=member), make_token("A", owner=member)

    as_member.post(f"{PAGE}/{one.pk}/revoke", {"which": "user"})

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status) == ("revoked", "active")


def test_a_token_is_renamed_and_the_audit_log_says_so(signed_in, make_token):
    made = make_token("Laptop")

    response = signed_in.post(f"{PAGE}/{made.pk}/rename", {"name": " Desk "})

    made.refresh_from_db()
    assert (response.status_code, made.name) == (302, "Desk")
    assert AuditEntry.objects.get(action="rename").details == {"former_name": "Laptop"}


def test_a_bad_name_stays_in_the_dialog(signed_in, make_token):
    made = make_token("Laptop")

    response = signed_in.post(f"{PAGE}/{made.pk}/rename", {"name": "\x00"})

    assert response.status_code == 422
    assert "Enter a name of 1 to 255 visible characters." in response.text


def test_a_client_that_signs_in_keeps_its_name(signed_in, make_token):
    made = make_token("Claude Code", kind="oauth")

    assert f"{PAGE}/{made.pk}/rename" not in signed_in.get(PAGE).text
    assert signed_in.post(f"{PAGE}/{made.pk}/rename", {"name": "x"}).status_code == 409


def test_names_are_shown_as_text(signed_in, make_token):
    made = make_token('<img src=x onerror="alert(1)">')

    for path in (PAGE, f"{PAGE}/{made.pk}/revoke", f"{PAGE}/{made.pk}/rename"):
        assert "<img" not in signed_in.get(path).text


def test_forms_without_their_csrf_token_are_refused(user, make_token):
    made = make_token()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)

    for path in (NEW, f"{PAGE}/{made.pk}/revoke", f"{PAGE}/{made.pk}/rename"):
        assert strict.post(path, {"name": "x"}).status_code == 403
    made.refresh_from_db()
    assert made.status == "active"


def test_strangers_see_nothing_and_visitors_are_sent_to_sign_in(client, account, stranger):
    assert client.get(PAGE).headers["Location"] == f"/sign-in?next={PAGE}"
    client.force_login(stranger)
    assert client.get(PAGE).status_code == 404
    assert client.post(NEW, {"name": "x"}).status_code == 404


@pytest.mark.promise("connected_page.hidden_while_off")
def test_where_the_feature_is_off_the_link_is_hidden_and_the_address_says_whom_to_ask(
    signed_in, as_member, account, user
):
    assert PAGE in signed_in.get("/acme/packages").text
    Account.objects.filter(pk=account.pk).update(mcp_enabled=False)

    answers = [as_member.get(path) for path in (PAGE, NEW, "/acme/settings/developer/connect")]

    assert PAGE not in signed_in.get("/acme/packages").text
    for answer in answers:
        assert answer.status_code == 403
        assert "Connected Applications are not switched on" in answer.text
        assert user.email in answer.text
    assert as_member.post(NEW, {"name": "x"}).status_code == 403
    assert "contact Integrate.io support" in signed_in.get(PAGE).text


@pytest.mark.parametrize("query", ["", "?whose=everyone"])
def test_the_list_takes_the_same_queries_for_three_and_for_forty(
    signed_in, make_token, member, query
):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert signed_in.get(f"{PAGE}{query}").status_code == 200
        return len(seen)

    for place in range(3):
        make_token(f"A {place}", owner=member if place % 2 else None)
    few = queries()
    for place in range(40):
        make_token(f"B {place}", owner=member if place % 2 else None)

    assert queries() == few
    assert few <= 16


def test_long_lists_are_paged(signed_in, make_token):
    for place in range(51):
        make_token(f"Token {place}")

    first = signed_in.get(f"{PAGE}?status=live")
    older = re.search(r'href="(\?[^"]*older=[^"]+)"', first.text)[1].replace("&amp;", "&")
    second = signed_in.get(f"{PAGE}{older}")

    assert first.text.count('class="clip name"') == 50
    assert "51 connections" in first.text
    assert re.findall(r'class="clip name" title="([^"]+)"', second.text) == ["Token 0"]


def test_htmx_gets_the_list_or_the_dialog_alone(signed_in, make_token):
    made = make_token()
    headers = {"HX-Request": "true"}

    listed = signed_in.get(PAGE, headers=headers).text
    dialog = signed_in.get(f"{PAGE}/{made.pk}/revoke", headers=headers).text

    assert "<main" not in listed
    assert 'id="list"' in listed
    assert dialog.lstrip().startswith('<dialog class="dialog dialog-narrow" id="revoke"')
    assert "data-home" not in dialog


@pytest.mark.promise("extension.staging_card")
def test_the_staging_card_names_the_staging_file(signed_in, settings):
    assert "Staging build" not in signed_in.get(PAGE).text
    settings.STAGING_BUILD = True

    text = signed_in.get(PAGE).text

    assert "Staging build" in text
    assert "integrate-io-mcp.staging.mcpb" in text
    assert f'href="{PAGE}/extension"' in text


def test_a_password_grant_is_listed_where_it_works(signed_in, account, user):
    ConnectedApplication.objects.create(
        user=user, name="nightly.sh", kind="password_grant", scopes="mcp:read"
    )

    assert "nightly.sh" not in signed_in.get(PAGE).text
    Account.objects.filter(pk=account.pk).update(password_grant_enabled=True)
    assert "nightly.sh" in signed_in.get(PAGE).text


@pytest.mark.promise("connected_page.create", "connected_page.quick_install_card")
def test_every_page_says_the_documented_words(signed_in, make_token):
    made = make_token()
    text = signed_in.get(PAGE).text

    for words in (
        "+ Create new connection",
        "Create token",
        "Quick install for Claude Desktop",
        "Download Claude Desktop extension",
        ">Revoke</a>",
    ):
        assert words in text
    assert "Revoke access" in signed_in.get(f"{PAGE}/{made.pk}/revoke").text


@pytest.mark.promise("clients.claude_code_sign_in_command")
def test_the_client_page_fills_in_this_installation(signed_in, settings):
    settings.API_URL = "https://api.pipelines.example"

    text = signed_in.get("/acme/settings/developer/connect").text

    assert "https://api.pipelines.example/acme/api/mcp" in text
    assert "claude mcp add --transport http integrateio" in text
    assert "Bearer YOUR_ACCESS_TOKEN" in text
    assert "$" not in text
    for words in ("Not yet supported", "Not yet verified", "claude_desktop_config.json"):
        assert words in text


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_makes_one_token(user):
    together = Barrier(2)

    def post(_):
        client = Client()
        client.force_login(user)
        together.wait()
        try:
            return client.post(
                NEW, {"form_key": "k" * 22, "name": "A", "access": "full", "lifetime": "90"}
            ).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(post, range(2)))

    assert answers == [200, 409]
    assert AccessToken.objects.count() == 1
