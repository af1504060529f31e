"""A small project around the real run.py: its own .venv, a fake manage.py and a fake web page."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MANAGE = """
import sys

if sys.argv[1] == "prepare":
    print("Hello", *sys.argv[2:])
elif sys.argv[1] == "platform":
    sys.stdin.read()
else:
    print("called with", *sys.argv[1:])
"""
WSGI = """
import os

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    names = ("DATA_DIR", "LOCAL_DATA_ROOT", "PUBLIC_URL")
    return [";".join(os.environ.get(name, "-") for name in names).encode()]
"""


class Project:
    """A folder that holds run.py and what it calls; commands run there as a person runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        shutil.copy(ROOT / "run.py", folder)
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        (folder / "manage.py").write_text(MANAGE)
        shutil.copytree(
            ROOT / "config" / "launch",
            folder / "config" / "launch",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (folder / "config" / "__init__.py").touch()
        (folder / "config" / "wsgi.py").write_text(WSGI)

    def install(self) -> None:
        """Make a finished .venv without the package index, on the packages of this test run."""
        venv = self.folder / ".venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        site = next(venv.glob("lib/python*/site-packages"))
        (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
        stamp = (
            "import json; from config.launch.environment import wanted_stamp;"
            "print(json.dumps(wanted_stamp('dev')))"
        )
        done = subprocess.run(
            [sys.executable, "-c", stamp], cwd=self.folder, capture_output=True, check=True
        )
        (venv / "installed.json").write_bytes(done.stdout)

    def environment(self, **values: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DJANGO_SETTINGS_MODULE", "LOCAL_DATA_ROOT", "PUBLIC_URL"}
        }
        return {**kept, "DATA_DIR": str(self.data_dir), **values}

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "run.py", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "run.py", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def stamp(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / ".venv" / "installed.json").read_text())
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def end(process: "subprocess.Popen[str]") -> int:
    """Stop a server that a test started; returns its exit code."""
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    return process.returncode


def wait_until(is_so: Callable[[], bool], *, seconds: float = 15) -> bool:
    """Whether it became so within the time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_alive(pid: int) -> bool:
    """False as well for a process that has ended and is only waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
