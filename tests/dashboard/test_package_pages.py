"""The package list, the package page, and Run now."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.services import create_workspace
from packages_app.models import Package
from runs.models import Run
from schedules.models import Schedule

pytestmark = pytest.mark.django_db

NASTY = "<script>alert('1')</script>\"><b>"


@pytest.fixture
def query_count(signed_in, django_assert_max_num_queries):
    def count(path: str) -> int:
        with django_assert_max_num_queries(40) as captured:
            assert signed_in.get(path).status_code == 200
        return len(captured)

    return count


@pytest.fixture
def make_schedule(actor):
    def make(package: Package, **fields) -> Schedule:
        schedule = Schedule(
            account=package.account,
            package=package,
            **{"name": "Nightly", "cron": "0 2 * * *", "enabled": True, **fields},
        )
        schedule.record(actor)
        schedule.save()
        return schedule

    return make


def names(response) -> list[str]:
    return re.findall(r'class="row-link" href="/acme/packages/\d+" title="([^"]*)"', response.text)


def test_the_list_says_first_how_many_packages_are_failing(signed_in, make_package, make_run):
    make_run(make_package("Broken"), status="failed")
    make_run(make_package("Fine"), status="completed")
    make_package("New")

    response = signed_in.get("/acme/packages")

    assert "1 of 3 packages is failing." in response.text
    assert names(response) == ["New", "Fine", "Broken"]


def test_a_row_tells_schedule_and_next_run(signed_in, make_package, make_schedule):
    due = timezone.now() + timedelta(minutes=25, seconds=30)
    make_schedule(make_package(), next_run_at=due)

    response = signed_in.get("/acme/packages")

    assert "Every day at 02:00" in response.text
    assert "in 25 min" in response.text


def test_the_list_is_narrowed_by_name_workspace_and_status(signed_in, account, actor, make_package):
    nightly = create_workspace(account=account, name="Nightly", actor=actor)
    make_package("Carrier delays", workspace=nightly)
    make_package("Carrier ranking")
    archived = make_package("Old carrier")
    Package.objects.filter(pk=archived.pk).update(status="archived")

    assert names(signed_in.get("/acme/packages?q=carrier")) == ["Carrier ranking", "Carrier delays"]
    assert names(signed_in.get(f"/acme/packages?workspace={nightly.pk}")) == ["Carrier delays"]
    assert names(signed_in.get("/acme/packages?status=archived")) == ["Old carrier"]


def test_filters_without_a_hit_can_be_cleared(signed_in, make_package):
    make_package()

    response = signed_in.get("/acme/packages?q=zzz")

    assert "No package matches" in response.text
    assert 'href="/acme/packages">Clear filters' in response.text


def test_htmx_gets_the_list_alone_with_its_title(signed_in, make_package):
    make_package("Carrier delays")

    response = signed_in.get("/acme/packages", headers={"HX-Request": "true"})

    assert response.text.strip().startswith("<title>Packages")
    assert "<html" not in response.text
    assert names(response) == ["Carrier delays"]
    assert "HX-Request" in response.headers["Vary"]


def test_long_lists_page_by_key_in_both_directions(signed_in, make_package):
    for number in range(53):
        make_package(f"p{number:02d}")

    first = signed_in.get("/acme/packages")
    older = re.search(r'href="(\?older=[^"]+)">Older', first.text)[1]
    second = signed_in.get(f"/acme/packages{older}")
    newer = re.search(r'href="(\?newer=[^"]+)">Newer', second.text)[1]
    back = signed_in.get(f"/acme/packages{newer}")

    assert names(first) == [f"p{number:02d}" for number in range(52, 2, -1)]
    assert names(second) == ["p02", "p01", "p00"]
    assert names(back) == names(first)
    assert "53 packages" in first.text
    assert ">Older</a>" in second.text
    assert "?older=" not in second.text


def test_a_foreign_cursor_is_refused_in_words(signed_in):
    response = signed_in.get("/acme/packages?older=nonsense")

    assert response.status_code == 422
    assert "not a cursor of this list" in response.text


def test_the_list_asks_as_much_for_60_packages_as_for_3(
    query_count, make_package, make_run, make_schedule
):
    def add(count: int) -> None:
        for _ in range(count):
            package = make_package()
            make_run(package)
            make_schedule(package)

    add(3)
    few = query_count("/acme/packages")
    add(57)

    assert query_count("/acme/packages") == few


def test_the_package_page_asks_as_much_for_300_runs_as_for_3(
    query_count, carrier_delays, failed_run
):
    def copies(count: int) -> list[Run]:
        return [
            Run(
                account_id=failed_run.account_id,
                package_id=failed_run.package_id,
                package_version=1,
                flow_id=failed_run.flow_id,
                owner_id=failed_run.owner_id,
                status="completed",
                started_at=failed_run.started_at,
                completed_at=failed_run.completed_at,
            )
            for _ in range(count)
        ]

    path = f"/acme/packages/{carrier_delays.pk}"
    Run.objects.bulk_create(copies(2))
    few, few_in_list = query_count(path), query_count("/acme/runs")
    Run.objects.bulk_create(copies(297))

    assert query_count(path) == few
    assert query_count("/acme/runs") == few_in_list


def test_the_package_page_shows_picture_component_and_runs(signed_in, failed_run):
    response = signed_in.get(f"/acme/packages/{failed_run.package_id}")

    text = response.text
    assert "Last run failed" in text
    assert "3 sources, 4 transformations, 2 destinations; carrier_delays failed" in text
    assert '<h2 id="c-t">carrier_delays</h2>' in text
    assert "Merge: update matching rows, insert the rest" in text
    assert "466 in, 0 written" in text
    assert "The table carrier_delays has no column cancelled_rate." in text
    assert "DuckDB" in text
    assert f'href="/acme/runs/{failed_run.pk}">#{failed_run.pk}</a>' in text


def test_a_component_is_chosen_by_id_or_name_and_an_unknown_one_is_ignored(
    signed_in, carrier_delays
):
    path = f"/acme/packages/{carrier_delays.pk}?component="

    assert '<h2 id="c-t">with_airline</h2>' in signed_in.get(path + "with_airline").text
    assert '<h2 id="c-t">flights</h2>' in signed_in.get(path + "gone").text


def test_the_list_view_shows_the_same_flow_as_a_table(signed_in, failed_run):
    response = signed_in.get(f"/acme/packages/{failed_run.package_id}?view=list")

    assert '<svg class="flow"' not in response.text
    assert "flag_cancelled, airlines" in response.text
    assert "27,020" in response.text


def test_a_flow_of_more_than_150_components_shows_the_list_first(signed_in, make_package):
    components = [{"select_component": {"id": f"c{n}", "name": f"c{n}"}} for n in range(151)]
    package = make_package(flow={"components": components, "edges": []})

    first = signed_in.get(f"/acme/packages/{package.pk}")
    picture = signed_in.get(f"/acme/packages/{package.pk}?view=picture")

    assert '<svg class="flow"' not in first.text
    assert '<svg class="flow"' in picture.text


@pytest.mark.parametrize(
    "flow",
    [
        {},
        {"components": [{"select_component": {"id": "a"}}], "edges": [{"source": "a"}]},
        {"components": [None], "edges": [{"source": "x", "target": "x"}]},
    ],
)
def test_broken_flows_still_have_a_page(signed_in, make_package, flow):
    package = make_package()
    Package.objects.filter(pk=package.pk).update(data_flow_json=flow)

    for view in ("picture", "list"):
        assert signed_in.get(f"/acme/packages/{package.pk}?view={view}").status_code == 200


def test_names_from_outside_are_escaped_everywhere(signed_in, make_package, make_run, add_lines):
    flow = {
        "components": [{"select_component": {"id": NASTY, "name": NASTY, "note": NASTY}}],
        "edges": [{"source": NASTY, "target": NASTY + "2"}],
    }
    package = make_package(NASTY, flow=flow, description=NASTY, variables={NASTY: NASTY})
    run = make_run(package, status="failed", error=NASTY, schedule_label=NASTY)
    add_lines(run, ("ERROR", NASTY, NASTY))

    for path in (
        "/acme/packages",
        f"/acme/packages/{package.pk}",
        f"/acme/packages/{package.pk}?view=list",
        f"/acme/packages?q={NASTY}",
        "/acme/runs",
        f"/acme/runs/{run.pk}",
        f"/acme/{NASTY}",
    ):
        text = signed_in.get(path).text
        assert "<script>alert" not in text, path
        assert '"><b>' not in text, path


def test_run_now_starts_a_run_and_opens_it(signed_in, make_package, user):
    package = make_package()

    response = signed_in.post(f"/acme/packages/{package.pk}/run")

    run = Run.objects.get()
    assert response.headers["Location"] == f"/acme/runs/{run.pk}"
    assert (run.package_id, run.owner_id, run.started_through) == (package.pk, user.pk, "page")


def test_run_now_needs_a_post(signed_in, make_package):
    package = make_package()

    assert signed_in.get(f"/acme/packages/{package.pk}/run").status_code == 405
    assert not Run.objects.exists()


def test_an_archived_package_does_not_run_and_the_page_says_why(signed_in, make_package):
    package = make_package()
    Package.objects.filter(pk=package.pk).update(status="archived")

    page = signed_in.get(f"/acme/packages/{package.pk}")
    response = signed_in.post(f"/acme/packages/{package.pk}/run")

    assert "Run now" not in page.text
    assert response.status_code == 409
    assert "Package is archived; restore it before running it" in response.text


def test_a_viewer_sees_no_run_button_and_is_refused(client, account, make_user, make_package):
    package = make_package()
    client.force_login(make_user(account, Membership.Role.VIEWER))

    page = client.get(f"/acme/packages/{package.pk}")
    response = client.post(f"/acme/packages/{package.pk}/run")

    assert "Run now" not in page.text
    assert response.status_code == 403
    assert "Your role, viewer, may not do this; an owner or admin can change it" in response.text
    assert not Run.objects.exists()
