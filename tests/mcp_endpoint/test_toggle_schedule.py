import pytest

from packages_app.models import Package
from schedules.models import Schedule
from schedules.services import create_schedule


@pytest.fixture
def schedule(account, package, actor) -> Schedule:
    return create_schedule(
        account=account, package_id=package.pk, name="Nightly", cron="0 2 * * *", actor=actor
    )


def test_enabling_answers_when_it_runs_next(call_tool, schedule):
    answer = call_tool("toggle_schedule", schedule_id=schedule.pk, enabled=True)

    due = call_tool("get_schedule", schedule_id=schedule.pk).data["next_run_at"]
    assert due.endswith("T02:00:00Z")
    assert answer.data == {
        "dry_run": False,
        "changes_left_out": 0,
        "schedule_id": schedule.pk,
        "name": "Nightly",
        "package_id": schedule.package_id,
        "enabled": True,
        "next_run_at": due,
        "changes": [
            {"path": "enabled", "before": False, "after": True},
            {"path": "next_run_at", "before": None, "after": due},
        ],
    }


def test_disabling_leaves_no_due_time(call_tool, schedule):
    for enabled in (True, False):
        answer = call_tool("toggle_schedule", schedule_id=schedule.pk, enabled=enabled)

    assert (answer.data["enabled"], answer.data["next_run_at"]) == (False, None)
    assert Schedule.objects.get(pk=schedule.pk).version == 3


def test_the_schedule_of_an_archived_package_is_not_enabled(call_tool, footprint, schedule):
    Package.objects.filter(pk=schedule.package_id).update(status="archived")
    before = footprint()

    answer = call_tool("toggle_schedule", schedule_id=schedule.pk, enabled=True)

    assert answer.data == {"error": "package is archived; restore it before enabling its schedule"}
    assert footprint() == before


@pytest.mark.parametrize("wrong", [None, 1, "true", []])
def test_enabled_is_true_or_false(call_tool, footprint, schedule, wrong):
    before = footprint()

    answer = call_tool("toggle_schedule", schedule_id=schedule.pk, enabled=wrong)

    assert answer.data == {"error": "enabled: must be true or false"}
    assert footprint() == before
