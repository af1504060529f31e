"""Reads of schedules."""

from accounts.models import Account
from accounts.owned import get_owned
from schedules.models import Schedule, ScheduleFiring, ScheduleQuerySet

RECENT_FIRINGS = 10


def get_schedule(*, account: Account, schedule_id: int, lock: bool = False) -> Schedule:
    """The account's schedule with its package. Raises NotFound, foreign ids included.

    With lock=True its own row stays locked until the transaction ends.
    """
    schedules = Schedule.objects.for_account(account).select_related("package")
    if lock:
        schedules = schedules.select_for_update(of=("self",))
    return get_owned(schedules, schedule_id, "schedule")


def list_schedules(
    *, account: Account, package_id: int | None = None, enabled: bool | None = None
) -> ScheduleQuerySet:
    """The account's schedules, newest first. A filter left at None does not filter."""
    schedules = Schedule.objects.for_account(account).order_by("-pk")
    if package_id is not None:
        schedules = schedules.filter(package_id=package_id)
    if enabled is not None:
        schedules = schedules.filter(enabled=enabled)
    return schedules


def recent_firings(schedule: Schedule) -> list[ScheduleFiring]:
    """The last due times that were acted on, newest first."""
    return list(schedule.firings.order_by("-due_at")[:RECENT_FIRINGS])
