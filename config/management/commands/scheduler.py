"""`manage.py scheduler`: fires schedules, takes care of forgotten and lost runs, and tidies up.

Any number of these may run beside each other.
"""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from connected_apps.cleanup import forget_expired
from runs.guard import attempt
from runs.recovery import stop_orphans, take_over_lost_runs
from runs.tasks import hint_forgotten_runs
from schedules.services import fire_due_schedules

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
SWEEP_TICKS = 5
TIDY_TICKS = 3600


class Command(BaseCommand):
    help = "Fire schedules, recover runs and forget what has expired, until told to stop."
    requires_system_checks: list[str] = []  # noqa: RUF012  the base class declares it so

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        ticks = 0
        logger.info("scheduler ready")
        while not stopping.wait(TICK_SECONDS):
            attempt(fire_due_schedules)
            ticks += 1
            if ticks % SWEEP_TICKS == 0:
                attempt(take_over_lost_runs)
                attempt(stop_orphans)
                attempt(hint_forgotten_runs)
            if ticks % TIDY_TICKS == 0:
                attempt(forget_expired)
