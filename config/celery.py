"""The Celery application: workers of an installation with PostgreSQL and Redis.

Messages only wake: the row of a run is the truth, so results are not stored, and a lost or doubled
message does no harm.
"""

import os
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["runs"])

SHUTDOWN_SECONDS = 10.0


@worker_ready.connect  # type: ignore[untyped-decorator]
def _warm_up(**_: Any) -> None:
    from runs.tasks import worker

    worker().warm_up()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _let_go(**_: Any) -> None:
    """Give short runs time to end, then hand the others back."""
    from runs.tasks import worker

    timer = threading.Timer(SHUTDOWN_SECONDS, worker().give_back)
    timer.daemon = True
    timer.start()
