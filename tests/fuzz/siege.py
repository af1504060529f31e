"""Send malformed requests to a served product and watch it.

By hand, more of them: `.venv/bin/python -m tests.fuzz.siege 100000 [SEED]`.
"""

import http.client
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from tests.fuzz.messages import Request, requests
from tests.main_job.installation import PROJECT, Installation

SENDERS = 4
WARM_UP = 2_000
SECONDS_PER_REQUEST = 20
RIGHT_STATUSES = frozenset({200, 202, 400, 404, 413, 415})
RPC_ERRORS = frozenset({-32700, -32600, -32601, -32602, -32002, -32020, -32021, -32022})
PATH = "/acme/api/mcp"


@dataclass
class Outcome:
    """How the product bore it. `surprises` are requests with what was wrong about their answers."""

    statuses: Counter[int] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    grown_mb: float = 0.0
    slowest_seconds: float = 0.0


@contextmanager
def served(folder: Path) -> Iterator[Installation]:
    """The demo, served from this project with a data folder of its own."""
    settings = {
        "DATA_DIR": str(folder / "var"),
        "MCP_RATE_LIMIT": "10000000",
        "MCP_RATE_BURST": "10000000",
        "LOG_LEVEL": "ERROR",
    }
    installation = Installation(PROJECT, settings=settings)
    installation.start(within_seconds=120)
    try:
        installation.remember_token()
        yield installation
    finally:
        installation.stop()


def besiege(installation: Installation, *, seed: int, count: int) -> Outcome:
    """Send that many requests; memory is compared with that after the first ones."""
    tools = _tools(installation)
    outcome = Outcome()
    _send_all(installation, requests(seed - 1, WARM_UP, tools), outcome)
    before = _memory_mb(installation)
    _send_all(installation, requests(seed, count, tools), outcome)
    outcome.grown_mb = _memory_mb(installation) - before
    return outcome


def _send_all(installation: Installation, sent: Iterable[Request], outcome: Outcome) -> None:
    waiting: Queue[Request | None] = Queue(maxsize=SENDERS * 4)
    lock = threading.Lock()

    def serve() -> None:
        line = _connect(installation)
        while (request := waiting.get()) is not None:
            began = time.monotonic()
            try:
                status, body = _exchange(line, installation, request)
            except (OSError, http.client.HTTPException) as error:
                status, body = 0, repr(error).encode()
                line = _connect(installation)
            with lock:
                outcome.statuses[status] += 1
                taken = time.monotonic() - began
                outcome.slowest_seconds = max(outcome.slowest_seconds, taken)
                if wrong := _what_is_wrong(request, status, body):
                    outcome.surprises.append(f"{wrong}: {request.body[:300]!r} {request.headers}")

    senders = [threading.Thread(target=serve) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for request in sent:
        waiting.put(request)
    for _ in senders:
        waiting.put(None)
    for sender in senders:
        sender.join()


def _connect(installation: Installation) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", installation.port, timeout=SECONDS_PER_REQUEST)


def _exchange(
    line: http.client.HTTPConnection, installation: Installation, request: Request
) -> tuple[int, bytes]:
    headers = {
        "Authorization": f"Bearer {installation.token}",
        "Content-Type": "application/json",
        **request.headers,
    }
    line.request("POST", PATH, request.body, headers)
    answer = line.getresponse()
    return answer.status, answer.read()


def _what_is_wrong(request: Request, status: int, body: bytes) -> str:
    if status not in RIGHT_STATUSES:
        return f"status {status} {body[:300]!r}"
    if status == 202:
        return "" if body == b"" else "202 with a body"
    try:
        answer = json.loads(body)
    except ValueError:
        return f"not JSON {body[:300]!r}"
    error = answer.get("error")
    if isinstance(error, dict) and error["code"] not in RPC_ERRORS:
        return f"error {error}"
    if request.is_message and "result" not in answer and error is None:
        return f"neither result nor error {answer}"
    return ""


def _tools(installation: Installation) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    asked = Request(json.dumps(message).encode())
    _, body = _exchange(_connect(installation), installation, asked)
    return {tool["name"]: tool for tool in json.loads(body)["result"]["tools"]}


def _memory_mb(installation: Installation) -> float:
    """Resident memory of the installation's web server, its children included."""
    assert installation.process is not None
    parents: dict[int, int] = {}
    sizes_kb: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            )
            if b"granian" in (entry / "cmdline").read_bytes():
                status = (entry / "status").read_text()
                sizes_kb[int(entry.name)] = int(status.split("VmRSS:", 1)[1].split()[0])
        except OSError:
            continue
    ours = [
        size for pid, size in sizes_kb.items() if _descends(pid, installation.process.pid, parents)
    ]
    assert ours, "the web server is not there"
    return sum(ours) / 1024


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


def main(count: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as installation:
        outcome = besiege(installation, seed=seed, count=count)
    for surprise in outcome.surprises[:20]:
        print(surprise)
    print(dict(sorted(outcome.statuses.items())))
    print(
        f"{len(outcome.surprises)} surprises, {outcome.grown_mb:+.1f} MB, "
        f"slowest {outcome.slowest_seconds:.2f} s, seed {seed}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 10**6)
