"""One process that works on runs: its name, its fork server, and the way it lets go of them.

The embedded dispatcher and the Celery task both work through it, so that a run is claimed,
supervised and settled in one way only.
"""

import logging
import os
import socket
import threading

from django.utils import timezone

from runs import states
from runs.models import Run
from runs.supervisor import LEASE, Attempt, runner_context

logger = logging.getLogger(__name__)


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

    def claim(self, run_id: int) -> bool:
        """Take a queued run. False when it is not waiting any more."""
        return states.claim(run_id, worker=self.name, lease_until=timezone.now() + LEASE)

    def claim_oldest(self) -> int | None:
        """Take the run that waits longest; None when none waits."""
        waiting = Run.objects.filter(status=Run.Status.QUEUED).order_by("pk")
        ids = waiting.values_list("pk", flat=True)[:10]
        return next((run_id for run_id in ids if self.claim(run_id)), None)

    def work_on(self, run_id: int) -> None:
        """Carry a claimed run to its end. Defects are logged: the lease runs out and a sweep
        decides, while the other runs of this worker go on."""
        try:
            run = Run.objects.select_related("account", "package", "flow", "cluster", "owner").get(
                pk=run_id
            )
            Attempt(run, self.name, self._context, self._give_back).carry_out()
        except Exception:
            logger.exception("attempt on run %s broke off", run_id)

    def give_back(self) -> None:
        """End every runner and queue its run again; for a process that is told to stop."""
        self._give_back.set()
