import threading

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from audit.models import AuditEntry
from common.changes import Change
from common.errors import Conflict, NotFound
from packages_app.models import Package
from packages_app.services import archive_package
from schedules.models import Schedule
from schedules.services import create_schedule, toggle_schedule


@pytest.fixture
def schedule(account, make_package, actor) -> Schedule:
    return create_schedule(
        account=account, package_id=make_package().pk, name="Nightly", cron="0 2 * * *", actor=actor
    )


def test_enabling_counts_from_now_and_is_one_attributed_version(schedule, account, user_actor):
    toggled = toggle_schedule(
        account=account, schedule_id=schedule.pk, enabled=True, actor=user_actor
    )

    schedule.refresh_from_db()
    due = schedule.next_run_at
    assert schedule.enabled
    assert due > timezone.now()
    assert toggled.changes == [
        Change("enabled", False, True),
        Change("next_run_at", None, f"{due:%Y-%m-%dT%H:%M:%SZ}"),
    ]
    row = schedule.history.first()
    assert (schedule.history.count(), row.version, row.enabled) == (2, 2, True)
    assert row.actor_label == "maya@acme.example"
    entry = AuditEntry.objects.get(action="toggle_schedule")
    assert (entry.object_id, entry.object_label) == (schedule.pk, "Nightly")
    assert entry.details == {
        "package_id": schedule.package_id,
        "enabled": True,
        "version": 2,
        "former_version": 1,
    }


def test_disabling_leaves_no_due_time(schedule, account, actor):
    for enabled in (True, False):
        toggle_schedule(account=account, schedule_id=schedule.pk, enabled=enabled, actor=actor)

    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.next_run_at, schedule.version) == (False, None, 3)


def test_what_is_so_already_writes_nothing(schedule, account, actor):
    toggled = toggle_schedule(account=account, schedule_id=schedule.pk, enabled=False, actor=actor)

    assert toggled.changes == []
    assert schedule.history.count() == 1
    assert not AuditEntry.objects.filter(action="toggle_schedule").exists()


def test_the_schedule_of_an_archived_package_can_only_be_disabled(schedule, account, actor):
    toggle_schedule(account=account, schedule_id=schedule.pk, enabled=True, actor=actor)
    Package.objects.update(status=Package.Status.ARCHIVED)

    with pytest.raises(Conflict, match="package is archived; restore it before enabling"):
        toggle_schedule(account=account, schedule_id=schedule.pk, enabled=True, actor=actor)
    assert toggle_schedule(
        account=account, schedule_id=schedule.pk, enabled=False, actor=actor
    ).changes


@pytest.mark.parametrize("shift", [0, 1, 2**63])
def test_schedules_of_others_and_absent_ones_are_not_found(schedule, other_account, actor, shift):
    with pytest.raises(NotFound, match="schedule not found"):
        toggle_schedule(
            account=other_account, schedule_id=schedule.pk + shift, enabled=True, actor=actor
        )


class Rival(threading.Thread):
    """Acts in a connection of its own, and keeps what came of it."""

    def __init__(self, act) -> None:
        super().__init__(daemon=True)
        self.act = act
        self.outcome = None
        self.is_done = threading.Event()

    def run(self) -> None:
        close_old_connections()
        try:
            self.outcome = self.act()
        except Conflict as conflict:
            self.outcome = conflict
        finally:
            self.is_done.set()
            connection.close()


@pytest.fixture
def race(transactional_db):
    """The first act is done but not committed when the second begins in another connection."""

    def run(first, second):
        rival = Rival(second)
        with transaction.atomic():
            first()
            rival.start()
            overtook = rival.is_done.wait(0.5)
        rival.join(20)
        assert rival.is_done.is_set()
        return overtook, rival.outcome

    return run


@pytest.fixture
def acts(transactional_db, schedule, account, actor):
    def archive():
        return archive_package(account=account, package_id=schedule.package_id, actor=actor)

    def enable():
        return toggle_schedule(account=account, schedule_id=schedule.pk, enabled=True, actor=actor)

    return archive, enable


def test_enabling_waits_for_an_archiving_under_way_and_is_refused(race, acts, schedule):
    archive, enable = acts

    overtook, outcome = race(archive, enable)

    schedule.refresh_from_db()
    assert not overtook
    assert isinstance(outcome, Conflict)
    assert (schedule.enabled, schedule.package.status) == (False, "archived")


def test_archiving_waits_for_an_enabling_under_way_and_is_refused(race, acts, schedule):
    archive, enable = acts

    overtook, outcome = race(enable, archive)

    schedule.refresh_from_db()
    assert not overtook
    assert isinstance(outcome, Conflict)
    assert "Nightly" in outcome.message
    assert (schedule.enabled, schedule.package.status) == (True, "active")
