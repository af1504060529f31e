"""A real browser for the tests of pages: one for each file, silent consoles, all widths."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDTHS = (320, 390, 768, 1024, 1440, 1600)
SHOTS = os.environ.get("DASHBOARD_SHOTS")

IN_A_BROWSER = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]
"""The marks of a file of such tests."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the file. Its event loop must not forbid the database to the tests."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def said() -> list[str]:
    """What the console said and which foreign addresses were asked."""
    return []


@pytest.fixture
def page(browser, live_server, said) -> Iterator[Page]:
    """A page that fails the test when the console says anything or a foreign host is asked."""
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.on("console", lambda message: is_own_status(page, message) or said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith(live_server.url) or said.append(request.url),
    )
    yield page
    context.close()
    assert said == []


@pytest.fixture
def signed_in_page(page, user, password) -> Page:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Packages", level=1)).to_be_visible()
    return page


def is_own_status(page: Page, message: ConsoleMessage) -> bool:
    """Whether the browser only reports that the page itself was answered with an error status."""
    return "responded with a status of" in message.text and message.location["url"] == page.url


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(page.evaluate(script))


def shoot(page: Page, name: str) -> None:
    """With DASHBOARD_SHOTS, pictures at two widths in both themes."""
    if not SHOTS:
        return
    for width in (390, 1440):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(150)
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{theme}.png", full_page=True)
