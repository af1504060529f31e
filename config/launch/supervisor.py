"""Services that are kept running: restarts with growing pauses, and an orderly end."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from config.launch.layout import ROOT
from config.launch.processes import describe_ending, die_with_parent
from config.launch.refusal import CannotContinue, say

READY_SECONDS = 60.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """One supervised command in a process group of its own, started again whenever it ends.

    Its standard input is a pipe that closes when run.py ends.
    """

    shortest_delay_seconds = 0.5
    longest_delay_seconds = 10.0
    steady_after_seconds = 30.0

    def __init__(
        self, name: str, command: Sequence[str], environment: dict[str, str], grace_seconds: float
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.grace_seconds = grace_seconds
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_at = 0.0
        self.delay_seconds = self.shortest_delay_seconds

    def watch(self, now: float) -> None:
        """Start it when it is due; clear up after it when it has ended."""
        if self.process is None:
            if now >= self.start_at:
                self.start(now)
        elif self.process.poll() is not None:
            ending = describe_ending(self.process.returncode)
            self.clear(self.process)
            if now - self.started_at >= self.steady_after_seconds:
                self.delay_seconds = self.shortest_delay_seconds
            say(f"{self.name} {ending}; starting it again in {self.delay_seconds:g} s.")
            self.start_at = now + self.delay_seconds
            self.delay_seconds = min(2 * self.delay_seconds, self.longest_delay_seconds)

    def start(self, now: float) -> None:
        self.started_at = now
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )

    def stop(self, in_hurry: Callable[[], bool]) -> None:
        """End it by SIGTERM, after the grace time or in a hurry by force."""
        if self.process is None:
            return
        self.process.terminate()
        deadline = time.monotonic() + self.grace_seconds
        while self.process.poll() is None and not in_hurry():
            if time.monotonic() > deadline:
                say(f"{self.name} did not stop within {self.grace_seconds:g} s; it is killed.")
                break
            time.sleep(0.05)
        self.clear(self.process)

    def clear(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the whole group, so that no orphan keeps the port or the data."""
        # macOS answers EPERM for a group of which only the ended leader is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self.process = None


def supervise(services: Sequence[Service], *, is_ready: Callable[[], bool], greeting: str) -> int:
    """Keep the services running until a stop signal; print the greeting once it is ready.

    They stop in the order given; a second signal hurries them.
    """
    received: list[int] = []
    for number in STOP_SIGNALS:
        signal.signal(number, lambda number, _frame: received.append(number))
    deadline = time.monotonic() + READY_SECONDS
    greeted = False
    try:
        while not received:
            for service in services:
                service.watch(time.monotonic())
            if not greeted and is_ready():
                print(greeting, end="", flush=True)
                greeted = True
            if not greeted and time.monotonic() > deadline:
                raise CannotContinue(
                    f"The server did not answer within {READY_SECONDS:g} s: see its messages above."
                )
            time.sleep(0.2 if greeted else 0.05)
    finally:
        for service in services:
            service.stop(in_hurry=lambda: len(received) > 1)
        if not greeted:
            # The greeting of a first start holds a password and a token that are shown once.
            print(greeting, end="", flush=True)
    return 0
