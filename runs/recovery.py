"""Runs whose worker is gone."""

from functools import partial

from django.db.models.functions import Now

from runs import states
from runs.errands import actor_of
from runs.models import Run
from runs.record import RunRecord
from runs.services import stop_children
from runs.supervisor import MAX_ATTEMPTS


def take_over_lost_runs() -> int:
    """Queue runs whose lease ran out again, or end them after the last attempt. How many.

    Any number of processes may do so at once: each change is conditional on the lost worker.
    """
    lost = Run.objects.filter(status__in=states.WORKING, lease_until__lt=Now())
    return sum(_take_over(run) for run in lost.select_related("account", "package", "flow"))


def stop_orphans() -> int:
    """Stop runs of tasks whose workflow ended without them. How many workflows had some."""
    parents = Run.objects.filter(
        status__in=states.FINISHED,
        children__child_kind=Run.ChildKind.TASK,
        children__status__in=states.UNFINISHED,
    )
    found = list(parents.select_related("owner").distinct())
    for parent in found:
        stop_children(parent, actor_of(parent))
    return len(found)


def _take_over(run: Run) -> bool:
    worker = run.worker
    take = partial(states.move, run, worker=worker, lease_before=Now())
    if run.status != Run.Status.RUNNING:
        return take(status=Run.Status.STOPPED, error="stopped by user")
    if run.attempt < MAX_ATTEMPTS:
        level, message = "WARN", f"Worker {worker} was lost; the run is queued again"
        taken = take(status=Run.Status.QUEUED, lease_until=None)
    else:
        level, message = "ERROR", f"Its worker was lost in each of {MAX_ATTEMPTS} attempts"
        taken = take(status=Run.Status.FAILED, error=message)
    if taken:
        record = RunRecord(run, ())
        record.log(level, "", message)
        record.flush()
    return taken
