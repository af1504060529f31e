"""The life of a run: which status may follow which. The only place where a status changes."""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from runs.models import Run

S = Run.Status
LEASE = timedelta(seconds=15)

TRANSITIONS: dict[str, frozenset[str]] = {
    S.IDLE: frozenset({S.PENDING, S.QUEUED, S.FAILED, S.STOPPED}),
    S.PENDING: frozenset({S.QUEUED, S.FAILED, S.STOPPED}),
    S.QUEUED: frozenset({S.RUNNING, S.FAILED, S.STOPPED}),
    S.RUNNING: frozenset({S.QUEUED, S.COMPLETED, S.FAILED, S.PENDING_STOPPAGE}),
    S.PENDING_STOPPAGE: frozenset({S.STOPPING, S.STOPPED, S.COMPLETED, S.FAILED}),
    S.STOPPING: frozenset({S.STOPPED, S.COMPLETED, S.FAILED}),
    S.COMPLETED: frozenset(),
    S.FAILED: frozenset(),
    S.STOPPED: frozenset(),
}
FINISHED = frozenset(status for status, following in TRANSITIONS.items() if not following)
WAITING = frozenset({S.IDLE, S.PENDING, S.QUEUED})
WORKING = frozenset({S.RUNNING, S.PENDING_STOPPAGE, S.STOPPING})
UNFINISHED = WAITING | WORKING


def predecessors(status: str) -> list[str]:
    return [before for before, following in TRANSITIONS.items() if status in following]


def move(
    run: Run,
    status: str,
    *,
    worker: str | None = None,
    lease_before: datetime | Now | None = None,
    **changes: object,
) -> bool:
    """Give the run its next status if the table allows it, in one conditional update.

    With `worker`, only while that worker holds the run: a worker that lost its lease changes
    nothing. With `lease_before`, only if the lease ran out before that moment. Returns whether the
    row changed; `run` then carries the new values.
    """
    now = timezone.now()
    values: dict[str, object] = {"status": status, "updated_at": now, **changes}
    if status in FINISHED:
        values.setdefault("completed_at", now)
        values |= {"worker": "", "lease_until": None}
    rows: QuerySet[Run] = Run.objects.filter(pk=run.pk, status__in=predecessors(status))
    if worker is not None:
        rows = rows.filter(worker=worker)
    if lease_before is not None:
        rows = rows.filter(lease_until__lt=lease_before)
    if rows.update(**values) == 0:
        return False
    for name, value in values.items():
        setattr(run, name, value)
    return True


def lease_end() -> Combinable:
    """When a lease taken now runs out, by the database's clock: those of hosts differ."""
    return ExpressionWrapper(Now() + Value(LEASE), output_field=DateTimeField())


def claim(run_id: int, *, worker: str, lease_until: datetime | Combinable) -> bool:
    """Take a queued run for `worker`, as its next attempt. False when somebody else was first."""
    now = timezone.now()
    claimed = Run.objects.filter(pk=run_id, status=S.QUEUED).update(
        status=S.RUNNING,
        worker=worker,
        lease_until=lease_until,
        attempt=F("attempt") + 1,
        started_at=Coalesce("started_at", now),
        updated_at=now,
    )
    return claimed == 1


def renew_lease(run_id: int, *, worker: str, lease_until: datetime | Combinable) -> bool:
    """Keep a run for its worker. False when the worker has lost it and must stop working."""
    held = Run.objects.filter(pk=run_id, worker=worker, status__in=WORKING)
    return held.update(lease_until=lease_until) == 1


def runtime_seconds(run: Run, now: datetime | None = None) -> float | None:
    """Seconds from start to end, or to now for a run at work; None before the start."""
    if run.started_at is None:
        return None
    end = run.completed_at or now or timezone.now()
    return max(0.0, (end - run.started_at).total_seconds())
