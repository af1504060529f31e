"""The pages in a real browser: keyboard, widths, console, and a run that goes on by itself."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from runs.models import Run, RunComponent
from tests.dashboard.browsing import IN_A_BROWSER, WIDTHS, overflow, shoot

pytestmark = IN_A_BROWSER


def test_a_person_signs_in_opens_a_package_and_runs_it(signed_in_page, carrier_delays):
    signed_in_page.reload()
    signed_in_page.get_by_role("link", name="Carrier delays by day").click()
    signed_in_page.get_by_role("button", name="Run now").click()

    run = Run.objects.get()
    expect(signed_in_page).to_have_url(f"{signed_in_page.url.split('/acme')[0]}/acme/runs/{run.pk}")
    expect(signed_in_page.get_by_role("heading", level=1)).to_contain_text(f"Run #{run.pk}")
    expect(signed_in_page.locator("h1 .pill")).to_have_text("Queued")


def test_every_page_fits_every_width(signed_in_page, failed_run, make_package, make_run):
    long_name = "On-time performance by carrier, airport and departure_hour_" + "x" * 120
    make_run(make_package(long_name), status="completed")
    package_path = f"/acme/packages/{failed_run.package_id}"
    pages = {
        "packages": "/acme/packages",
        "package": package_path,
        "package-list-view": f"{package_path}?view=list",
        "package-without-run": f"/acme/packages/{Run.objects.order_by('-pk')[0].package_id}",
        "runs": "/acme/runs",
        "run": f"/acme/runs/{failed_run.pk}",
        "not-found": "/acme/packages/4127x",
    }
    too_wide = {}
    for name, path in pages.items():
        signed_in_page.goto(path)
        for width in WIDTHS:
            signed_in_page.set_viewport_size({"width": width, "height": 900})
            if overflow(signed_in_page) > 0:
                too_wide[name, width] = overflow(signed_in_page)
        shoot(signed_in_page, name)

    assert too_wide == {}


def test_the_main_controls_are_reached_by_keyboard(signed_in_page, carrier_delays):
    signed_in_page.goto(f"/acme/packages/{carrier_delays.pk}")
    reached = []
    for _ in range(40):
        signed_in_page.keyboard.press("Tab")
        reached.append(
            signed_in_page.evaluate(
                "(document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.textContent).trim().split('\\n')[0].slice(0, 40)"
            )
        )

    assert reached[0] == "Skip to content"
    for name in ("Packages", "Runs", "Sign out", "Run now", "List"):
        assert name in reached, reached
    assert any(label.startswith("carrier_delays") for label in reached)


def test_a_wide_picture_starts_scrolled_to_the_failed_component(signed_in_page, failed_run):
    signed_in_page.set_viewport_size({"width": 390, "height": 800})

    signed_in_page.goto(f"/acme/packages/{failed_run.package_id}")

    picture = signed_in_page.locator(".graph-view")
    expect(picture.get_by_role("link", name="carrier_delays")).to_be_in_viewport()
    assert picture.evaluate("view => view.scrollWidth") == 1056
    assert picture.evaluate("view => view.scrollLeft") > 600


def test_the_menu_opens_on_a_narrow_screen(signed_in_page):
    signed_in_page.set_viewport_size({"width": 390, "height": 800})
    menu = signed_in_page.get_by_role("navigation", name="Main")
    expect(menu).to_be_hidden()

    signed_in_page.get_by_role("button", name="Menu").click()

    expect(menu.get_by_role("link", name="Runs", exact=False).first).to_be_visible()


def test_the_package_filter_changes_the_list_and_the_address(signed_in_page, make_package):
    make_package("Carrier delays")
    make_package("Airport weather")
    signed_in_page.reload()

    signed_in_page.get_by_label("Search packages by name").fill("carr")

    expect(signed_in_page.locator("tbody tr")).to_have_count(1)
    expect(signed_in_page).to_have_url(re.compile("q=carr"))


def test_a_live_run_moves_on_by_itself_and_ends(signed_in_page, running_run, add_lines):
    signed_in_page.goto(f"/acme/runs/{running_run.pk}")
    lines = signed_in_page.locator(".log-lines li")
    expect(signed_in_page.locator("h1 .pill")).to_have_text("Running")
    expect(lines).to_have_count(1)
    shoot(signed_in_page, "run-live")

    add_lines(running_run, ("INFO", "flights", "27,004 rows read"), first=2)
    expect(lines).to_have_count(2, timeout=5000)
    add_lines(running_run, ("INFO", "", "Done"), first=3)
    RunComponent.objects.filter(run=running_run).update(state="completed")
    Run.objects.filter(pk=running_run.pk).update(status="completed", completed_at=timezone.now())

    expect(signed_in_page.locator("h1 .pill")).to_have_text("Completed", timeout=5000)
    expect(lines).to_have_count(3, timeout=5000)
    expect(signed_in_page.locator("#live")).to_contain_text("Completed")
    expect(signed_in_page.locator("[data-follow]")).to_have_count(0, timeout=5000)
    assert signed_in_page.locator("#run-state[hx-get]").count() == 0


def test_a_failed_request_says_so_once_and_leaves_the_page(signed_in_page, running_run, said):
    signed_in_page.goto(f"/acme/runs/{running_run.pk}")
    signed_in_page.route("**/state?*", lambda route: route.abort())
    signed_in_page.route("**/log?*", lambda route: route.abort())

    toast = signed_in_page.get_by_role("alert")
    expect(toast).to_contain_text("The server did not answer as expected.", timeout=6000)
    expect(signed_in_page.locator("h1 .pill")).to_have_text("Running")
    signed_in_page.wait_for_timeout(2500)
    expect(toast).to_have_count(1)
    signed_in_page.goto("/acme/packages")
    said.clear()


def test_the_public_pages_fit_every_width(page, user, password):
    page.goto("/sign-in")
    shoot(page, "sign-in")
    page.get_by_label("E-mail").fill("nobody@acme.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    shoot(page, "sign-in-error")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        assert overflow(page) == 0, width
