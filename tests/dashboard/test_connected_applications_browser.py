"""Connected Applications in a real browser: make, copy, use, revoke; keyboard, widths, Axe."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from accounts.models import Account, Membership, Workspace
from connected_apps.models import ConnectedApplication
from connected_apps.services import create_token, revoke
from tests.dashboard.browsing import IN_A_BROWSER, WIDTHS, overflow, shoot

pytestmark = IN_A_BROWSER

PAGE = "/acme/settings/developer/connected_applications"
CONNECT = "/acme/settings/developer/connect"
TOKEN = re.compile(r"iop_[0-9A-Za-z]{49}")
AXE = Path(
    os.environ.get(
        "AXE_CORE",
        Path(__file__).parents[1] / "foreign/node/node_modules/axe-core/axe.min.js",
    )
)
LONG_NAME = "Quarterly carrier export for the network planning team " + "x" * 80


@pytest.fixture
def connected_page(signed_in_page, page) -> Iterator[Page]:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(PAGE)
    return page


@pytest.fixture
def filled(account, user, actor, user_actor, make_user) -> list[ConnectedApplication]:
    """Connections in every state, with a long name, of two people."""
    Workspace.objects.create(account=account, name="Nightly")
    Workspace.objects.create(account=account, name="Exploration")
    member = make_user(account, Membership.Role.MEMBER)
    made = [
        create_token(account=account, user=owner, name=name, actor=actor, **fields)[0]
        for owner, name, fields in (
            (user, "Old laptop", {}),
            (user, "Nightly health check", {"lifetime_days": 5}),
            (user, LONG_NAME, {"tool_groups": ["inventory", "runs"]}),
            (member, "Cursor", {}),
            (user, "Cursor", {"lifetime_days": 90}),
        )
    ]
    revoke(application=made[0], actor=user_actor)
    ConnectedApplication.objects.filter(pk=made[2].pk).update(
        last_used_at=made[2].created_at,
        last_used_address="203.0.113.24",
        last_used_client="claude-code/2.1.280 (cli)",
    )
    return made


def make_connection(page: Page, name: str = "Claude Desktop on Macbook") -> str:
    """Fill the dialog and send it; the token that the reveal shows."""
    page.get_by_role("link", name="+ Create new connection").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="Copy your token now")).to_be_visible()
    return page.locator("#token").inner_text()


def ask(page: Page, bearer: str) -> int:
    """The status with which the endpoint answers a client that has this token."""
    return page.context.request.post(
        "/acme/api/mcp",
        headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        data=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
    ).status


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name")
    )


def expect_focus(page: Page, name: str) -> None:
    """A dialog that htmx brings takes the focus when it has come."""
    told = "(document.activeElement.textContent.trim() || document.activeElement.name)"
    page.wait_for_function(f"name => {told} === name", arg=name, timeout=5_000)


def violations(page: Page) -> list[str]:
    """What Axe finds serious or critical, each with the first element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.promise("connected_page.create", "connected_page.copy", "connected_page.revoke")
def test_a_token_is_made_copied_used_and_revoked(connected_page):
    page = connected_page
    token = make_connection(page)
    assert TOKEN.fullmatch(token)
    expect_focus(page, "Copy")

    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("Copied").first).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == token
    assert ask(page, copied) == 200

    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Revoke Claude Desktop on Macbook").click()
    expect_focus(page, "Keep")
    page.get_by_role("button", name="Revoke access").click()

    expect(page.get_by_role("row", name="Claude Desktop on Macbook")).to_contain_text("Revoked")
    assert ask(page, copied) == 401


@pytest.mark.promise("connected_page.snippets", "connected_page.copy")
def test_each_tab_has_its_snippet_with_the_token_filled_in(connected_page):
    page = connected_page
    token = make_connection(page)
    shoot(page, "token-created")

    page.get_by_role("tab", name="Claude Desktop").focus()
    seen = []
    for _ in range(10):
        seen.append(focused(page))
        panel = page.locator('[role="tabpanel"]:not([hidden])')
        text = panel.inner_text()
        assert (token in text) is (seen[-1] != "ChatGPT"), seen[-1]
        page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Copy the Claude Desktop snippet").click()
    config = json.loads(page.evaluate("navigator.clipboard.readText()"))

    assert seen[:3] == ["Claude Desktop", "Claude Code", "Cursor"]
    assert config["mcpServers"]["integrateio"]["args"][-1] == f"Authorization: Bearer {token}"


@pytest.mark.promise("connected_page.shows_the_token_once")
def test_leaving_forgets_the_token_and_back_does_not_bring_it_back(connected_page, said):
    page = connected_page
    token = make_connection(page)
    page.get_by_role("link", name="Done").click()

    assert page.url.endswith(PAGE)
    assert token not in page.content()
    expect_focus(page, "+ Create new connection")
    page.reload()
    assert token not in page.content()

    second = make_connection(page, "Second")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert second not in page.content()
    page.goto("/acme/packages")
    with suppress(Error):  # the browser does not send the form again without asking
        page.go_back()
    page.wait_for_load_state()
    expect(page.locator("html")).not_to_contain_text(second)
    assert ConnectedApplication.objects.count() == 2
    page.goto(PAGE)
    said.clear()


def test_a_reload_of_the_answer_makes_no_second_token(connected_page):
    page = connected_page
    token = make_connection(page)

    page.reload()

    expect(page.get_by_role("alert")).to_contain_text("This form was sent before.")
    assert token not in page.content()
    assert ConnectedApplication.objects.count() == 1


def test_a_second_press_of_the_button_sends_nothing_more(connected_page):
    stopped = connected_page.evaluate(
        """() => {
            const stopped = [];
            document.addEventListener("submit", (event) => {
                stopped.push(event.defaultPrevented);
                event.preventDefault();
            });
            const form = document.querySelector("#new form");
            for (let press = 0; press < 2; press += 1) form.requestSubmit();
            return stopped;
        }"""
    )

    assert stopped == [False, True]


def test_everything_is_done_by_keyboard_and_focus_comes_back(connected_page, filled):
    page = connected_page
    page.reload()
    page.get_by_role("link", name="+ Create new connection").focus()

    page.keyboard.press("Enter")
    expect_focus(page, "name")
    page.keyboard.press("Escape")
    expect_focus(page, "+ Create new connection")

    page.get_by_role("link", name="Rename Nightly health check").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect_focus(page, "name")
    page.keyboard.press("Escape")
    expect_focus(page, "Rename")

    page.keyboard.press("Enter")
    expect_focus(page, "name")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Morning check")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Morning check")).to_be_visible()

    page.get_by_role("link", name="Revoke Morning check").focus()
    page.keyboard.press("Enter")
    expect_focus(page, "Keep")
    page.keyboard.press("Tab")
    expect_focus(page, "Revoke access")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Morning check")).to_contain_text("Revoked")


def test_a_page_whose_scripts_come_late_takes_no_focus_away(connected_page, filled):
    """Else the next key would press another button than the one that was reached."""
    page = connected_page
    page.reload()
    address = page.get_by_role("link", name="Revoke Nightly health check").get_attribute("href")
    held = []
    page.route("**/dialogs*.js", lambda route: held.append(route))
    page.goto(page.url.split("/acme")[0] + address, wait_until="commit")
    expect(page.get_by_role("button", name="Revoke access")).to_be_visible()
    expect_focus(page, "Keep")
    page.keyboard.press("Tab")
    expect_focus(page, "Revoke access")

    for route in held:
        route.continue_()
    page.wait_for_selector("dialog:modal")

    expect_focus(page, "Revoke access")


def test_an_error_reopens_the_dialog_with_what_was_chosen(connected_page):
    page = connected_page
    page.get_by_role("link", name="+ Create new connection").click()
    page.get_by_text("Chosen tools").click()
    page.get_by_text("Run inspection").click()
    page.get_by_role("button", name="Create token").click()

    dialog = page.get_by_role("dialog", name="Create new connection")
    expect(dialog).to_contain_text("Enter a name, such as")
    expect(dialog.get_by_label("Run inspection")).to_be_checked()
    expect_focus(page, "name")
    shoot(page, "connected-applications-error")


def test_those_who_manage_filter_by_person_and_revoke_a_client(connected_page, filled):
    page = connected_page
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(4)

    page.get_by_text("Everyone").click()
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_label("Person").select_option(label="Member of Acme Air")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("whose=everyone&user="))
    page.get_by_role("link", name="Revoke Cursor").click()
    page.get_by_text("All of this name").click()
    shoot(page, "connected-applications-revoke")
    page.get_by_role("button", name="Revoke access").click()

    expect(page.get_by_role("row", name="Cursor")).to_contain_text("Revoked")
    expect(page).to_have_url(re.compile("whose=everyone&user="))
    active = ConnectedApplication.objects.filter(name="Cursor", status="active")
    assert not active.exists()


def test_without_scripts_a_token_is_made_and_revoked(browser, live_server, user, password):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.goto(PAGE)

    token = make_connection(page)
    assert ask(page, token) == 200
    assert page.get_by_text("[mcp_servers.integrateio]").is_visible()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Revoke Claude Desktop on Macbook").click()
    page.get_by_role("button", name="Revoke access").click()

    assert ask(page, token) == 401
    context.close()


def test_every_page_fits_every_width(connected_page, filled):
    page, too_wide = connected_page, {}
    pages = {
        "connected-applications": PAGE,
        "connected-applications-everyone": f"{PAGE}?whose=everyone",
        "connected-applications-new": f"{PAGE}/new",
        "connected-applications-rename": f"{PAGE}/{filled[2].pk}/rename",
        "connected-applications-revoke-one": f"{PAGE}/{filled[2].pk}/revoke",
        "connect": CONNECT,
    }
    for name, path in pages.items():
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if overflow(page) > 0:
                too_wide[name, width] = overflow(page)
        shoot(page, name)
    make_connection(page_at(page, PAGE))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if overflow(page) > 0:
            too_wide["reveal", width] = overflow(page)

    assert too_wide == {}


def page_at(page: Page, path: str) -> Page:
    page.goto(path)
    return page


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed")
def test_axe_finds_nothing_serious(connected_page, filled, account):
    page, found = connected_page, {}
    paths = (
        PAGE,
        f"{PAGE}?whose=everyone",
        f"{PAGE}/new",
        f"{PAGE}/{filled[3].pk}/revoke",
        f"{PAGE}/{filled[3].pk}/rename",
        CONNECT,
    )
    for width in (390, 1440):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            for path in paths:
                page.goto(path)
                found[path, width, theme] = violations(page)
            page.goto(PAGE)
            make_connection(page, f"{width} {theme}")
            found["reveal", width, theme] = violations(page)
            page.get_by_role("link", name="Done").click()
    Account.objects.filter(pk=account.pk).update(mcp_enabled=False)
    page.goto(PAGE)
    found["switched off"] = violations(page)

    assert {key: value for key, value in found.items() if value} == {}


def test_the_empty_page_says_what_would_be_here(connected_page):
    expect(connected_page.get_by_text("No assistant is connected yet")).to_be_visible()
    shoot(connected_page, "connected-applications-empty")
