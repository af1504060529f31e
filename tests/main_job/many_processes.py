"""An installation of many processes: web, workers and schedulers on PostgreSQL and Redis."""

import itertools
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from tests.main_job.installation import Installation, free_port

EACH = 2


@dataclass
class ManyProcesses(Installation):
    """Two of each process, started alone as an operator's process manager would.

    `url` alternates between the web servers, so that a client meets both.
    """

    database_url: str = ""
    redis_url: str = ""
    ports: tuple[int, ...] = field(default_factory=lambda: tuple(free_port() for _ in range(EACH)))
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next_port: Iterator[int] = itertools.cycle(self.ports)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{next(self._next_port)}"

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "LOG_FORMAT": "json",
        }

    def start(self, *, within_seconds: float) -> float:
        began = time.monotonic()
        self.output[:] = self.manage("prepare").splitlines(keepends=True)
        for port in self.ports:
            self._launch("web", "--port", str(port))
        for name in ("worker", "scheduler"):
            for number in range(EACH):
                self._launch(name, *(("-n", f"w{number}@%h") if name == "worker" else ()))
        for port in self.ports:
            self._wait_for(port, began + within_seconds)
        return time.monotonic() - began

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=40)
        self.processes.clear()

    def _launch(self, *arguments: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "run.py", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()

    def _wait_for(self, port: int, deadline: float) -> None:
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz"):
                return
            time.sleep(0.05)
        raise AssertionError("not serving:\n" + "".join(self.output))
