"""One measurement: wrk posts one body over kept connections for some seconds."""

import json
import os
import resource
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mcp_servers.processes import HOST, busy_seconds

SCRIPT = Path(__file__).parent / "load.lua"
CALLS = {
    "tools/call": {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "tools/call",
        "params": {"name": "list_packages", "arguments": {"limit": 20}},
    },
    "tools/list": {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {}},
}
"""By the name under which they are reported."""


@dataclass(frozen=True)
class Measurement:
    """`p50`, `p95` and `p99` are milliseconds of an answer; the two `..._cpu` are processor time of
    one request in milliseconds: of the server's processes, and of PostgreSQL and Redis behind it.
    `disturbance` is the share of the machine that processes of others took meanwhile."""

    rate: float
    p50: float
    p95: float
    p99: float
    server_cpu: float
    database_cpu: float
    disturbance: float


@dataclass(frozen=True)
class Target:
    """A running server. The two functions tell processor seconds used so far."""

    port: int
    path: str
    token: str
    server_seconds: Callable[[], float]
    database_seconds: Callable[[], float]


class Failed(Exception):
    """Requests were refused or lost, so that the figures mean nothing."""


def measure(
    target: Target, call: str, *, connections: int, seconds: int, scratch: Path
) -> Measurement:
    body = scratch / "body.json"
    body.write_text(json.dumps(CALLS[call]))
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(SCRIPT), f"http://{HOST}:{target.port}{target.path}"]
    before = used(target)
    done = subprocess.run(
        [*command, "--", str(body), target.token], capture_output=True, text=True, check=False
    )
    server, database, wrk, machine = (
        after - earlier for after, earlier in zip(used(target), before, strict=True)
    )
    if done.returncode:
        raise Failed(f"wrk ended with {done.returncode}: {done.stderr}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if told["failed"] or not told["requests"]:
        raise Failed(f"{told['failed']} requests of {told['requests']} failed")
    others = machine - server - database - wrk
    return Measurement(
        rate=told["requests"] / told["seconds"],
        p50=told["p50"],
        p95=told["p95"],
        p99=told["p99"],
        server_cpu=1000 * server / told["requests"],
        database_cpu=1000 * database / told["requests"],
        disturbance=max(0.0, others / told["seconds"] / (os.cpu_count() or 1)),
    )


def used(target: Target) -> tuple[float, float, float, float]:
    """Processor seconds so far: the server's, the database's, wrk's and the whole machine's."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        target.server_seconds(),
        target.database_seconds(),
        children.ru_utime + children.ru_stime,
        busy_seconds(),
    )
