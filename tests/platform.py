"""A platform at work inside the test process, and files for the sample flow."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from connections.models import Connection
from runs.dispatcher import Dispatcher
from runs.models import Run
from runs.states import FINISHED


@pytest.fixture
def files(transactional_db, make_connection) -> Connection:
    """A local folder with the two files of the sample flow."""
    folder = Path(str(settings.LOCAL_DATA_ROOT)) / "flight-files"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [("AA", 10), ("AA", 90), ("UA", 61), ("UA", ""), ("ZZ", 300)]
    lines = ["carrier,delay", *(f"{carrier},{delay}" for carrier, delay in rows)]
    (folder / "flights.csv").write_text("\n".join(lines) + "\n")
    (folder / "airlines.csv").write_text("carrier,name\nAA,American\nUA,United\n")
    return make_connection()


@contextmanager
def dispatching(slots: int) -> Iterator[Dispatcher]:
    """A dispatcher at work in this process, with real runner processes."""
    dispatcher = Dispatcher(slots=slots)

    def serve() -> None:
        try:
            dispatcher.serve()
        finally:
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield dispatcher
    dispatcher.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture
def platform(transactional_db) -> Iterator[Dispatcher]:
    """Has room for two data flows."""
    with dispatching(2) as dispatcher:
        yield dispatcher


@pytest.fixture
def wait_for() -> Callable[..., Run]:
    """The run once it has a status among those given, finished ones by default."""

    def wait(run: Run, *statuses: str, seconds: float = 30.0) -> Run:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run.refresh_from_db()
            if run.status in (statuses or FINISHED):
                return run
            time.sleep(0.02)
        lines = [line.as_text() for line in run.log_lines.all()]
        raise AssertionError(f"run is {run.status} after {seconds} s:\n" + "\n".join(lines))

    return wait
