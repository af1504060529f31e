"""`manage.py platform`: dispatcher, runners and scheduler of the embedded default."""

import logging
import os
import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.management.commands.scheduler import TICK_SECONDS, TIDY_TICKS
from connected_apps.cleanup import forget_expired
from runs.dispatcher import Dispatcher
from runs.guard import attempt
from schedules.services import fire_due_schedules

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run packages and fire schedules until told to stop."
    requires_system_checks: list[str] = []  # noqa: RUF012  the base class declares it so

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--with-stdin", action="store_true", help="Stop when standard input closes."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        dispatcher = Dispatcher()
        stopping = threading.Event()

        def stop(*_: object) -> None:
            stopping.set()
            dispatcher.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        if options["with_stdin"]:
            threading.Thread(target=_until_stdin_closes, args=(stop,), daemon=True).start()
        scheduler = threading.Thread(target=_schedule, args=(stopping,), name="scheduler")
        scheduler.start()
        logger.info("platform ready: worker %s", dispatcher.worker.name)
        try:
            dispatcher.serve()
        finally:
            stopping.set()
            scheduler.join()


def _schedule(stopping: threading.Event) -> None:
    ticks = 0
    while not stopping.wait(TICK_SECONDS):
        attempt(fire_due_schedules)
        ticks += 1
        if ticks % TIDY_TICKS == 0:
            attempt(forget_expired)


def _until_stdin_closes(stop: Any) -> None:
    """Standard input is a pipe from the supervisor: its end means the supervisor is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop()
