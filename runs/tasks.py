"""What Celery calls. Arguments are ids; a task may be delivered twice or never."""

import logging
import threading
from functools import cache

from celery import current_app, shared_task
from django.conf import settings
from redis import Redis, RedisError

from runs.models import Run
from runs.worker import IS_WORKFLOW, MAX_WORKFLOWS, MOVES_ROWS, Worker

logger = logging.getLogger(__name__)

_room_for_workflows = threading.Semaphore(MAX_WORKFLOWS)


@cache
def worker() -> Worker:
    """This process's worker, made at its first use."""
    return Worker()


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def execute_run(run_id: int) -> None:
    """Claim the run and carry it to its end; nothing happens when somebody else has it.

    A workflow is worked on beside this task, whose slot its own runs may need. When there is no
    room for it, the sweep sends another message later.
    """
    run = Run.objects.filter(pk=run_id)
    if run.filter(MOVES_ROWS).exists():
        claim = worker().claim(run_id)
        if claim is not None:
            worker().work_on(claim)
        return
    room = _room_for_workflows if run.filter(IS_WORKFLOW).exists() else None
    if room is not None and not room.acquire(blocking=False):
        return
    claim = worker().claim(run_id)
    if claim is not None:
        worker().work_aside(claim, room)
    elif room is not None:
        room.release()


def hint_forgotten_runs() -> int:
    """Send hints again for waiting runs that no message stands for. How many were sent.

    Redis may lose messages, and a process may die between commit and hint. The length of the queue
    bounds what is sent, so that a long backlog does not multiply itself.
    """
    waiting = Run.objects.filter(status=Run.Status.QUEUED).order_by("pk")
    try:
        missing = waiting.count() - _queue_length()
    except RedisError:
        logger.warning("Redis does not answer; waiting runs are hinted at when it is back")
        return 0
    if missing <= 0:
        return 0
    run_ids = list(waiting.values_list("pk", flat=True)[:missing])
    for run_id in run_ids:
        execute_run.delay(run_id)
    return len(run_ids)


def _queue_length() -> int:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5) as redis:
        return int(redis.llen(current_app.conf.task_default_queue))
