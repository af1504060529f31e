"""Schedules: the verbs."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from audit import services as audit
from audit.actor import Actor, Door
from common.changes import Change, diff
from common.errors import Conflict, ProductError
from packages_app.models import Package
from packages_app.queries import get_package
from runs.models import Run
from runs.services import submit_run
from runs.states import UNFINISHED
from schedules.cron import next_run_at
from schedules.models import Schedule, ScheduleFiring
from schedules.queries import get_schedule

logger = logging.getLogger(__name__)

FIRE_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ToggledSchedule:
    """A schedule after the call. Without `changes` it was so already, and nothing was written."""

    schedule: Schedule
    changes: list[Change]


@transaction.atomic
def create_schedule(
    *,
    account: Account,
    package_id: int,
    name: str,
    cron: str,
    actor: Actor,
    owner: User | None = None,
    zone: str = "UTC",
    variables: Mapping[str, str] | None = None,
    enabled: bool = False,
) -> Schedule:
    """A new schedule. Raises InvalidInput for cron or zone, Conflict for an archived package."""
    package = get_package(account=account, package_id=package_id, lock=True)
    if enabled and package.status != Package.Status.ACTIVE:
        raise Conflict("package is archived; restore it before scheduling it")
    due = next_run_at(cron, zone, timezone.now())
    schedule = Schedule(
        account=account,
        package=package,
        owner=owner,
        name=name,
        cron=cron,
        timezone=zone,
        variables=dict(variables or {}),
        enabled=enabled,
        next_run_at=due if enabled else None,
        version=1,
    )
    schedule.record(actor)
    schedule.save()
    audit.record(
        actor,
        "create_schedule",
        object_type="schedule",
        object_id=schedule.pk,
        object_label=name,
        details={"package_id": package.pk, "cron": cron, "enabled": enabled},
    )
    return schedule


@transaction.atomic
def toggle_schedule(
    *, account: Account, schedule_id: int, enabled: bool, actor: Actor
) -> ToggledSchedule:
    """Switch a schedule on, from its next due time after now, or off.

    Raises Conflict when the package to be run is archived; archiving takes the same lock on its
    row, so that neither slips past the other. The schedule's own row is locked first, as firing
    does. Source: toggle_schedule in the product documentation, "Schedule mutations".
    """
    schedule = get_schedule(account=account, schedule_id=schedule_id, lock=True)
    if enabled:
        package = get_package(account=account, package_id=schedule.package_id, lock=True)
        if package.status != Package.Status.ACTIVE:
            raise Conflict("package is archived; restore it before enabling its schedule")
    if schedule.enabled is enabled:
        return ToggledSchedule(schedule, [])
    before = _state(schedule)
    schedule.enabled = enabled
    schedule.next_run_at = (
        next_run_at(schedule.cron, schedule.timezone, timezone.now()) if enabled else None
    )
    schedule.version += 1
    schedule.record(actor)
    schedule.save()
    audit.record(
        actor,
        "toggle_schedule",
        object_type="schedule",
        object_id=schedule.pk,
        object_label=schedule.name,
        details={
            "package_id": schedule.package_id,
            "enabled": enabled,
            "version": schedule.version,
            "former_version": schedule.version - 1,
        },
    )
    return ToggledSchedule(schedule, diff(before, _state(schedule)))


def _state(schedule: Schedule) -> dict[str, object]:
    due = schedule.next_run_at
    return {"enabled": schedule.enabled, "next_run_at": due and f"{due:%Y-%m-%dT%H:%M:%SZ}"}


def fire_due_schedules(now: datetime | None = None) -> list[ScheduleFiring]:
    """Submit one run for each schedule that is due, however many schedulers ask at once.

    Due times missed while nobody looked make one catch-up firing, not a storm.
    """
    now = now or timezone.now()
    due = Schedule.objects.filter(enabled=True, next_run_at__lte=now).order_by("next_run_at")
    firings = []
    for schedule_id in due.values_list("pk", flat=True)[:FIRE_AT_ONCE]:
        try:
            firing = _fire(schedule_id, now)
        except Exception:
            # It must not keep the schedules behind it from firing.
            logger.exception("schedule %s did not fire", schedule_id)
            continue
        if firing is not None:
            firings.append(firing)
    return firings


@transaction.atomic
def _fire(schedule_id: int, now: datetime) -> ScheduleFiring | None:
    schedule = (
        Schedule.objects.select_for_update()
        .filter(pk=schedule_id, enabled=True, next_run_at__lte=now)
        .first()
    )
    if schedule is None or schedule.next_run_at is None:
        return None
    firing, is_new = ScheduleFiring.objects.get_or_create(
        schedule=schedule,
        due_at=schedule.next_run_at,
        defaults={"outcome": ScheduleFiring.Outcome.STARTED},
    )
    following = next_run_at(schedule.cron, schedule.timezone, now)
    # Not a change of the schedule: no version is made.
    Schedule.objects.filter(pk=schedule_id).update(next_run_at=following)
    if not is_new:
        return None
    _start(schedule, firing)
    firing.save()
    return firing


def _start(schedule: Schedule, firing: ScheduleFiring) -> None:
    running = Run.objects.filter(firings__schedule=schedule, status__in=UNFINISHED)
    if not schedule.overlap and running.exists():
        firing.outcome = ScheduleFiring.Outcome.SKIPPED_OVERLAP
        firing.reason = "the former run was still at work"
        return
    actor = Actor(
        door=Door.SCHEDULE,
        account_id=schedule.account_id,
        user_id=schedule.owner_id,
        user_label=schedule.owner.email if schedule.owner else "",
        tool=schedule.name[:64],
    )
    try:
        with transaction.atomic():
            firing.run = submit_run(
                account=schedule.account,
                package_id=schedule.package_id,
                actor=actor,
                variables=schedule.variables,
                schedule_label=schedule.name,
            )
    except ProductError as error:
        firing.outcome = ScheduleFiring.Outcome.FAILED_TO_START
        firing.reason = error.message[:500]
        logger.warning("schedule %s did not start: %s", schedule.pk, error.message)
