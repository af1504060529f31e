from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from packages_app.models import Package
from runs.models import Run
from schedules.models import Schedule, ScheduleFiring
from schedules.services import create_schedule, fire_due_schedules


@pytest.fixture
def schedule(account, make_package, user, actor) -> Schedule:
    return create_schedule(
        account=account,
        package_id=make_package().pk,
        name="Nightly",
        cron="0 2 * * *",
        owner=user,
        enabled=True,
        variables={"min_delay": "30"},
        actor=actor,
    )


def due(schedule: Schedule, at: datetime) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=at)


def test_a_due_schedule_submits_one_run_and_moves_on(schedule, user):
    at = timezone.now() - timedelta(seconds=1)
    due(schedule, at)

    firings = fire_due_schedules()

    run = Run.objects.get()
    schedule.refresh_from_db()
    assert [f.run for f in firings] == [run]
    assert (run.schedule_label, run.started_through, run.owner) == ("Nightly", "schedule", user)
    assert run.variables == {"min_delay": "30"}
    assert schedule.next_run_at > timezone.now()
    assert fire_due_schedules() == []


def test_a_due_time_that_fired_already_does_not_fire_again(schedule):
    at = timezone.now() - timedelta(seconds=1)
    due(schedule, at)
    fire_due_schedules()
    due(schedule, at)

    assert fire_due_schedules() == []
    assert Run.objects.count() == 1


def test_missed_due_times_make_one_run_not_a_storm(schedule):
    due(schedule, datetime(2026, 1, 1, tzinfo=UTC))

    fire_due_schedules()

    assert Run.objects.count() == 1


def test_a_schedule_that_is_off_never_fires(schedule):
    due(schedule, timezone.now() - timedelta(seconds=1))
    Schedule.objects.update(enabled=False)

    assert fire_due_schedules() == []


def test_without_overlap_a_due_time_is_passed_over_while_the_former_run_works(schedule):
    Schedule.objects.update(overlap=False)
    due(schedule, timezone.now() - timedelta(minutes=5))
    fire_due_schedules()
    due(schedule, timezone.now() - timedelta(seconds=1))

    firing = fire_due_schedules()[0]

    assert firing.outcome == ScheduleFiring.Outcome.SKIPPED_OVERLAP
    assert Run.objects.count() == 1


def test_a_package_that_cannot_start_leaves_the_reason(schedule):
    Package.objects.update(status=Package.Status.ARCHIVED)
    due(schedule, timezone.now() - timedelta(seconds=1))

    firing = fire_due_schedules()[0]

    assert firing.outcome == ScheduleFiring.Outcome.FAILED_TO_START
    assert "archived" in firing.reason
    assert not Run.objects.exists()


def test_firing_is_no_change_of_the_schedule(schedule):
    due(schedule, timezone.now() - timedelta(seconds=1))
    fire_due_schedules()

    assert schedule.history.count() == 1


def test_a_schedule_that_cannot_fire_does_not_keep_the_others_from_firing(
    schedule, account, make_package, actor
):
    other = create_schedule(
        account=account,
        package_id=make_package().pk,
        name="x",
        cron="@daily",
        actor=actor,
        enabled=True,
    )
    Schedule.objects.filter(pk=schedule.pk).update(timezone="Atlantis/Port")
    due(schedule, timezone.now() - timedelta(seconds=9))
    due(other, timezone.now() - timedelta(seconds=1))

    firings = fire_due_schedules()

    assert [firing.schedule_id for firing in firings] == [other.pk]
