"""Messages to Celery's workers, sent from a thread: no request ever waits for Redis."""

import logging
import queue
import threading
from collections.abc import Callable
from functools import cache

from kombu.exceptions import OperationalError

from runs.tasks import execute_run

logger = logging.getLogger(__name__)

MAX_WAITING = 100


class Sender:
    """Sends one message after another; when too many wait, the sweep will send what is dropped."""

    def __init__(self, send: Callable[[int], object]) -> None:
        self._send = send
        self._waiting: queue.Queue[int] = queue.Queue(MAX_WAITING)
        threading.Thread(target=self._serve, name="hints", daemon=True).start()

    def put(self, run_id: int) -> None:
        try:
            self._waiting.put_nowait(run_id)
        except queue.Full:
            logger.warning("too many hints wait; the sweep will send one for run %s", run_id)

    def _serve(self) -> None:
        while True:
            run_id = self._waiting.get()
            try:
                self._send(run_id)
            except (OperationalError, OSError):
                logger.warning("Redis does not answer; the sweep will hint at run %s", run_id)


@cache
def _sender() -> Sender:
    return Sender(execute_run.delay)


def send_hint(run_id: int) -> None:
    """Put a message for the run into the queue, soon."""
    _sender().put(run_id)
