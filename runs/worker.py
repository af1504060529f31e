"""One process that works on runs: its name, its fork server, and the way it lets go of them.

The embedded dispatcher and the Celery task both work through it, so that a run is claimed,
supervised and settled in one way only.
"""

import logging
import os
import secrets
import socket
import threading
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from packages_app.models import Package
from runs import states
from runs.models import Run
from runs.supervisor import Attempt, runner_context

logger = logging.getLogger(__name__)


MAX_WORKFLOWS = 8
"""Workflows at work in one process, besides those that other workflows run."""

MOVES_ROWS = Q(package__flow_type=Package.FlowType.DATAFLOW)
IS_WORKFLOW = ~MOVES_ROWS & ~Q(child_kind=Run.ChildKind.TASK)
IS_WORKFLOW_OF_WORKFLOW = ~MOVES_ROWS & Q(child_kind=Run.ChildKind.TASK)
"""What is claimed apart. A workflow waits for other runs, so it never takes the room of one: it
has none of the slots of data flows, and one that a workflow runs needs no room at all."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this process holds. `holder` is unique to the claim: a process that claims the
    same run twice, or another one with the same name, cannot pass for it."""

    run_id: int
    holder: str


class Worker:
    """Thread-safe: each run is worked on in the thread that calls `work_on`."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}"
        self._context = runner_context()
        self._give_back = threading.Event()

    def warm_up(self) -> None:
        """Start the fork server now, so that the first run does not wait for its imports."""
        process = self._context.Process(target=os.getpid)
        process.start()
        process.join()

    def claim(self, run_id: int) -> Claim | None:
        """Take a queued run. None when it is not waiting any more."""
        claim = Claim(run_id, f"{self.name}-{secrets.token_hex(4)}")
        taken = states.claim(run_id, worker=claim.holder, lease_until=states.lease_end())
        return claim if taken else None

    def claim_oldest(self, kind: Q = MOVES_ROWS) -> Claim | None:
        """Take the run of a kind that waits longest; None when none waits."""
        waiting = Run.objects.filter(kind, status=Run.Status.QUEUED).order_by("pk")
        ids = waiting.values_list("pk", flat=True)[:10]
        return next(filter(None, map(self.claim, ids)), None)

    def work_on(self, claim: Claim) -> None:
        """Carry a claimed run to its end. Defects are logged: the lease runs out and a sweep
        decides, while the other runs of this worker go on."""
        try:
            run = Run.objects.select_related(
                "account", "package", "flow", "cluster", "owner", "parent"
            ).get(pk=claim.run_id)
            Attempt(run, claim.holder, self._context, self._give_back).carry_out()
        except Exception:
            logger.exception("attempt on run %s broke off", claim.run_id)

    def work_aside(self, claim: Claim, room: threading.Semaphore | None) -> None:
        """Carry a claimed workflow to its end in a thread of its own, then leave the room."""

        def work() -> None:
            try:
                self.work_on(claim)
            finally:
                connection.close()
                if room is not None:
                    room.release()

        threading.Thread(target=work, name=f"run-{claim.run_id}").start()

    def give_back(self) -> None:
        """End every runner and queue its run again; for a process that is told to stop."""
        self._give_back.set()
