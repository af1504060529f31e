"""The servers that are compared: how each is made ready and with which command it starts.

The product and the bare view share Granian's flags: those of the product's own start, with two
workers of four threads, one worker for each core of the machine that the promises were made on.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.mcp_servers.processes import HOST
from config.launch import commands
from config.launch.layout import ROOT

HERE = Path(__file__).parent
WORKERS = 2
UNLIMITED = "1000000"


class Unavailable(Exception):
    """A contender cannot be installed here; the text says why."""


@dataclass(frozen=True)
class Task:
    """What every server serves. `folder` is scratch space; `file` in it holds the rest as JSON."""

    folder: Path
    product_environment: dict[str, str]

    @property
    def file(self) -> Path:
        return self.folder / "task.json"

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "TASK": str(self.file), **more}


Start = tuple[list[str], dict[str, str]]


@dataclass(frozen=True)
class Contender:
    """`start` makes the server ready and returns command and environment for a port."""

    key: str
    label: str
    start: Callable[[Task, int], Start]


def granian(port: int, target: str) -> list[str]:
    command = commands.web(HOST, port)
    command[command.index("--workers") + 1] = str(WORKERS)
    return [*command[:-1], target]


def product(task: Task, port: int) -> Start:
    limits = {"MCP_RATE_LIMIT": UNLIMITED, "MCP_RATE_BURST": UNLIMITED}
    environment = {**task.product_environment, **limits}
    return granian(port, "config.wsgi:application"), environment


def bare_view(task: Task, port: int) -> Start:
    settings = "benchmarks.mcp_servers.bare"
    return granian(port, f"{settings}:application"), task.environment(
        DJANGO_SETTINGS_MODULE=settings
    )


def fastmcp(workers: int) -> Callable[[Task, int], Start]:
    def start(task: Task, port: int) -> Start:
        python = fastmcp_python(task)
        command = [python, "-m", "uvicorn", "server:app", "--app-dir", str(HERE / "fastmcp")]
        command += ["--host", HOST, "--port", str(port), "--workers", str(workers)]
        command += ["--no-access-log", "--log-level", "warning"]
        return command, task.environment(FASTMCP_LOG_LEVEL="WARNING")

    return start


def fastmcp_python(task: Task) -> str:
    folder = task.folder / "fastmcp"
    python = str(folder / "bin" / "python")
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise Unavailable("uv, which installs it, was not found")
    if not folder.exists():
        run([uv, "venv", "-q", "--python", sys.executable, str(folder)])
        lock = str(HERE / "fastmcp" / "requirements.lock")
        run([uv, "pip", "sync", "-q", "--python", python, "--require-hashes", lock])
    return python


def typescript(processes: int) -> Callable[[Task, int], Start]:
    def start(task: Task, port: int) -> Start:
        node = shutil.which("node")
        if node is None or shutil.which("npm") is None:
            raise Unavailable("node and npm were not found")
        folder = task.folder / "typescript"
        if not folder.exists():
            shutil.copytree(HERE / "typescript", folder)
            run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)])
        environment = task.environment(
            PORT=str(port), PROCESSES=str(processes), NODE_ENV="production"
        )
        return [node, str(folder / "server.mjs")], environment

    return start


def run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Unavailable(f"{command[0]} failed: {lines[-1]}")


CONTENDERS = (
    Contender("product", "this product", product),
    Contender("bare", "bare Django view", bare_view),
    Contender("fastmcp", "FastMCP 4", fastmcp(1)),
    Contender("fastmcp2", "FastMCP 4, 2 processes", fastmcp(2)),
    Contender("typescript", "TypeScript SDK 2", typescript(1)),
    Contender("typescript2", "TypeScript SDK 2, 2 processes", typescript(2)),
)


def prepared(folder: Path, database_url: str, redis_url: str) -> Task:
    """The product's database with the account, and the task that names it."""
    environment = {
        **os.environ,
        "DATA_DIR": str(folder / "product"),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
    }
    python = commands.PYTHON
    for command in (
        [python, "manage.py", "prepare", "--no-demo"],
        [python, "-m", "benchmarks.mcp_servers.account"],
    ):
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
        )
    told = json.loads(done.stdout)
    told |= {"database_url": database_url, "path": f"/{told['subdomain']}/api/mcp", "tools": []}
    task = Task(folder, environment)
    task.file.write_text(json.dumps(told))
    return task


def versions() -> str:
    """What ran, for the record."""
    lock = (HERE / "fastmcp" / "requirements.lock").read_text()
    packages = json.loads((HERE / "typescript" / "package.json").read_text())["dependencies"]
    return (
        f"{os.cpu_count()} cores; Granian {version('granian')} with {WORKERS} workers of 4 threads"
        f", Django {version('django')}; FastMCP {re.search('^fastmcp==([0-9.]+)', lock, re.M)[1]} "
        f"on uvicorn; TypeScript SDK {packages['@modelcontextprotocol/server']} on Node"
    )
