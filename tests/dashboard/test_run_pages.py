"""The run list, the run page with its live parts, the log, and Cancel run."""

import re

import pytest
from django.utils import timezone

from accounts.models import Membership
from runs.models import Run

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def test_the_run_page_of_a_failed_run_says_the_cause_first(signed_in, failed_run):
    text = signed_in.get(f"/acme/runs/{failed_run.pk}").text

    cause = text.index("The table carrier_delays has no column cancelled_rate.")
    assert cause < text.index("What you can do") < text.index(">Components</h2>")
    assert "Nothing was written there" in text
    assert "8 of 9 completed" in text
    assert "0 s to 12.4 s" in text
    assert "Started by schedule Nightly" in text
    assert '<li data-level="error" data-component="carrier_delays" class="decisive">' in text
    assert "hx-get" not in re.search(r'<div id="run-state"[^>]*>', text)[0]


def test_time_bars_share_the_axis_of_the_run(signed_in, failed_run):
    text = signed_in.get(f"/acme/runs/{failed_run.pk}").text

    bars = re.findall(r'<rect class="(m-\w+)" x="(\d+)" width="(\d+)"', text)
    # Component n starts n seconds into 12.4 s and takes 1 s; the axis has 200 units.
    assert bars[3] == ("m-ok", str(round(3 / 12.4 * 200)), str(round(1 / 12.4 * 200)))
    assert bars[7][0] == "m-fail"


def test_variables_of_the_run_win_over_the_package_and_secrets_are_masked(
    signed_in, make_package, make_run
):
    run = make_run(
        make_package(variables={"month": "2013-01", "full": "0"}),
        variables={"full": "1"},
        dynamic_variables={"api_key": "abcdef123456"},
    )

    text = signed_in.get(f"/acme/runs/{run.pk}").text

    shown = re.findall(r'<dt class="mono">(\w+)</dt><dd class="mono">([^<]*)</dd>', text)
    assert shown == [("api_key", "••••"), ("full", "1"), ("month", "2013-01")]


def test_a_running_run_polls_for_its_state_and_its_log(signed_in, running_run):
    text = signed_in.get(f"/acme/runs/{running_run.pk}").text

    path = f"/acme/runs/{running_run.pk}"
    assert f'hx-get="{path}/state?shown=running" hx-trigger="every 2s"' in text
    assert f'hx-get="{path}/log?after=1" hx-trigger="every 2s"' in text
    assert 'value="46"' in text
    assert "Cancel run" in text


def test_the_state_goes_on_polling_until_the_run_has_ended(signed_in, running_run):
    path = f"/acme/runs/{running_run.pk}/state?shown=running"

    working = signed_in.get(path, headers=HTMX)
    Run.objects.filter(pk=running_run.pk).update(status="completed", completed_at=timezone.now())
    ended = signed_in.get(path, headers=HTMX)

    assert working.status_code == 200
    assert "hx-swap-oob" not in working.text
    assert ended.status_code == 286
    assert "hx-get" not in ended.text
    assert '<div id="live" hx-swap-oob="innerHTML">' in ended.text
    assert "<html" not in ended.text
    assert ended.text.strip().startswith("<title>Run #")


def test_the_live_log_sends_only_what_is_new(signed_in, running_run, add_lines):
    add_lines(running_run, ("INFO", "flights", "second"), ("WARN", "", "third"), first=2)

    response = signed_in.get(f"/acme/runs/{running_run.pk}/log?after=2", headers=HTMX)

    assert re.findall(r"<span>(\w+)</span></li>", response.text) == ["third"]
    assert "log?after=3" in response.text
    assert 'data-level="warn" data-component="run"' in response.text


def test_the_live_log_of_an_ended_run_stops_when_it_has_sent_everything(signed_in, failed_run):
    response = signed_in.get(f"/acme/runs/{failed_run.pk}/log?after=6", headers=HTMX)

    assert "<li" not in response.text
    assert "hx-get" not in response.text
    assert "Secrets are masked" in response.text


def test_a_long_log_shows_its_end_and_the_download_holds_all(signed_in, failed_run, add_lines):
    add_lines(failed_run, *[("INFO", "", f"line {n}") for n in range(7, 707)], first=7)

    page = signed_in.get(f"/acme/runs/{failed_run.pk}")
    download = signed_in.get(f"/acme/runs/{failed_run.pk}/log")

    assert page.text.count("<li data-level") == 500
    assert "Only the end is shown" in page.text
    lines = download.text.splitlines()
    assert len(lines) == 706
    assert lines[-1].endswith(" INFO run line 706")
    assert download.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f'filename="run-{failed_run.pk}.log"' in download.headers["Content-Disposition"]


def test_a_wrong_number_is_refused_in_words(signed_in, failed_run):
    response = signed_in.get(f"/acme/runs/{failed_run.pk}/log?after=x")

    assert response.status_code == 422
    assert "After: &#x27;x&#x27; is not a number" in response.text


def test_a_waiting_run_is_cancelled_at_once_and_its_page_says_so(signed_in, make_package, make_run):
    run = make_run(make_package())

    response = signed_in.post(f"/acme/runs/{run.pk}/cancel", follow=True)

    run.refresh_from_db()
    assert run.status == "stopped"
    assert response.redirect_chain == [(f"/acme/runs/{run.pk}", 302)]
    assert "Stopped" in response.text
    assert "Cancel run" not in response.text


def test_a_viewer_may_not_cancel(client, account, make_user, running_run):
    client.force_login(make_user(account, Membership.Role.VIEWER))

    page = client.get(f"/acme/runs/{running_run.pk}")
    response = client.post(f"/acme/runs/{running_run.pk}/cancel")

    assert "Cancel run" not in page.text
    assert response.status_code == 403
    running_run.refresh_from_db()
    assert running_run.status == "running"


def test_the_run_list_is_narrowed_by_status_and_package(signed_in, make_package, make_run):
    first, second = make_package("First"), make_package("Second")
    failed = make_run(first, status="failed")
    queued = make_run(first)
    other = make_run(second, status="completed")

    def shown(query: str) -> list[int]:
        text = signed_in.get(f"/acme/runs{query}").text
        return [int(number) for number in re.findall(r">#(\d+)</a></th>", text)]

    assert shown("") == [other.pk, queued.pk, failed.pk]
    assert shown("?status=failed") == [failed.pk]
    assert shown("?status=unfinished") == [queued.pk]
    assert shown(f"?package={second.pk}") == [other.pk]
    assert shown(f"?package={second.pk}&status=failed") == []


def test_retries_are_listed_and_name_the_run_they_repeat(signed_in, make_package, make_run):
    package = make_package()
    failed = make_run(package, status="failed")
    make_run(package, retry_of=failed, child_kind="retry")

    text = signed_in.get("/acme/runs").text

    assert f"Retry of #{failed.pk}" in text


def test_the_run_page_asks_as_much_for_500_lines_as_for_6(
    signed_in, failed_run, add_lines, django_assert_max_num_queries
):
    path = f"/acme/runs/{failed_run.pk}"
    with django_assert_max_num_queries(40) as few:
        signed_in.get(path)
    add_lines(failed_run, *[("INFO", "", "more")] * 494, first=7)

    with django_assert_max_num_queries(40) as many:
        signed_in.get(path)

    assert len(many) == len(few)


def test_fatal_lines_are_filtered_as_errors(signed_in, failed_run, add_lines):
    add_lines(failed_run, ("FATAL", "", "out of memory"), first=7)

    text = signed_in.get(f"/acme/runs/{failed_run.pk}").text

    line = re.search(r'<li data-level="(\w+)"[^>]*>(?:(?!</li>).)*out of memory', text)
    assert line
    assert line[1] == "error"
    assert 'data-level="fatal"' not in text
