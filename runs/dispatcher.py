"""The embedded default's dispatcher: claims queued runs for the slots of this process."""

import threading
import time
from functools import partial

from django.conf import settings
from django.db import connection
from django.db.models import Q

from runs.guard import attempt
from runs.recovery import stop_orphans, take_over_lost_runs
from runs.wake import Ear
from runs.worker import (
    IS_WORKFLOW,
    IS_WORKFLOW_OF_WORKFLOW,
    MAX_WORKFLOWS,
    MOVES_ROWS,
    Claim,
    Worker,
)

POLL_SECONDS = 1.0
SWEEP_SECONDS = 5.0
SHUTDOWN_SECONDS = 10.0


class Dispatcher:
    """Up to `slots` runs of data flows at once, and workflows beside them, each in a thread."""

    def __init__(self, slots: int | None = None) -> None:
        self.worker = Worker()
        self._rooms: list[tuple[Q, threading.Semaphore | None]] = [
            (MOVES_ROWS, threading.Semaphore(slots or settings.RUN_SLOTS)),
            (IS_WORKFLOW, threading.Semaphore(MAX_WORKFLOWS)),
            (IS_WORKFLOW_OF_WORKFLOW, None),
        ]
        self._ear = Ear()
        self._stopping = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Work until `stop`. Returns when every run is finished or given back."""
        self.worker.warm_up()
        next_sweep = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() >= next_sweep:
                attempt(take_over_lost_runs)
                attempt(stop_orphans)
                next_sweep = time.monotonic() + SWEEP_SECONDS
            for kind, room in self._rooms:
                self._claim_while_free(kind, room)
            self._ear.wait(POLL_SECONDS)
        self._finish()

    def stop(self) -> None:
        self._stopping.set()
        self._ear.poke()

    def _claim_while_free(self, kind: Q, room: threading.Semaphore | None) -> None:
        while not self._stopping.is_set() and (room is None or room.acquire(blocking=False)):
            claim = attempt(partial(self.worker.claim_oldest, kind))
            if claim is None:
                if room is not None:
                    room.release()
                return
            thread = threading.Thread(
                target=self._work_on, args=(claim, room), name=f"run-{claim.run_id}"
            )
            with self._lock:
                self._threads.add(thread)
            thread.start()

    def _work_on(self, claim: Claim, room: threading.Semaphore | None) -> None:
        try:
            self.worker.work_on(claim)
        finally:
            connection.close()
            with self._lock:
                self._threads.discard(threading.current_thread())
            if room is not None:
                room.release()
            self._ear.poke()

    def _finish(self) -> None:
        with self._lock:
            threads = list(self._threads)
        patience = time.monotonic() + SHUTDOWN_SECONDS
        for thread in threads:
            thread.join(max(0.0, patience - time.monotonic()))
        self.worker.give_back()
        for thread in threads:
            thread.join()
        self._ear.close()
