import pytest

from packages_app.models import Package
from runs.models import Run
from schedules.services import create_schedule


@pytest.fixture
def schedule(account, package, actor):
    return create_schedule(
        account=account,
        package_id=package.pk,
        name="Nightly",
        cron="@daily",
        enabled=True,
        actor=actor,
    )


def test_a_deleted_package_is_archived_and_still_listed(call_tool, package, make_run):
    run = make_run(package)

    answer = call_tool("delete_package", package_id=package.pk)

    archived = call_tool("list_packages", status="archived").data["packages"]
    assert [item["id"] for item in archived] == [package.pk]
    assert call_tool("list_packages", status="active").data["packages"] == []
    assert Package.objects.get(pk=package.pk).data_flow_json == package.data_flow_json
    assert Run.objects.get(pk=run.pk).package_id == package.pk
    assert answer.data["status"] == "archived"
    assert answer.data["changes"] == [{"path": "status", "before": "active", "after": "archived"}]


def test_it_is_refused_while_an_enabled_schedule_uses_the_package(
    call_tool, footprint, package, schedule
):
    before = footprint()

    answers = [
        call_tool("delete_package", package_id=package.pk, dry_run=dry) for dry in (True, False)
    ]

    assert [answer.data for answer in answers] == [
        {"error": "package is used by active schedules: Nightly"}
    ] * 2
    assert footprint() == before


def test_a_disabled_schedule_does_not_hinder(call_tool, package, schedule):
    call_tool("toggle_schedule", schedule_id=schedule.pk, enabled=False)

    assert call_tool("delete_package", package_id=package.pk).data["status"] == "archived"


def test_an_archived_package_can_not_be_run(call_tool, package):
    call_tool("delete_package", package_id=package.pk)

    assert "archived" in call_tool("run_package", package_id=package.pk).data["error"]
