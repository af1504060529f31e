"""Starting servers, waiting for them, counting their processor time and ending them."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.launch.layout import ROOT
from config.launch.processes import die_with_parent

HOST = "127.0.0.1"
READY_SECONDS = 60
STOP_SECONDS = 15
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """A server ended or stayed silent; the text holds what it printed last."""


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path, port: int) -> Iterator[int]:
    """The process id of a server that listens on `port`; at the end its whole group is ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
    try:
        wait_until_listening(process, port, log)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_listening(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            post(port, "/", {}, "")
            return
        time.sleep(0.1)
    raise NotStarted(log.read_text(errors="replace")[-3000:])


def post(port: int, path: str, message: dict, token: str) -> tuple[int, bytes]:
    """Status and body of one JSON-RPC call."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("POST", path, json.dumps(message), headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def processor_seconds(root: int) -> float:
    """User and system time of a process and all its descendants, those that have ended included."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(folder.name))
                # utime, stime, and both again of the children that were waited for
                ticks[int(folder.name)] = sum(map(int, fields[11:15]))
    tree = [root]
    for pid in tree:
        tree.extend(children.get(pid, []))
    return sum(ticks.get(pid, 0) for pid in tree) / TICKS_PER_SECOND


def busy_seconds() -> float:
    """What all processors of the machine have worked so far, for other machines included."""
    words = Path("/proc/stat").read_text().split(None, 9)[1:9]
    user, nice, system, _idle, _waiting, *interrupts = map(int, words)
    return (user + nice + system + sum(interrupts)) / TICKS_PER_SECOND
