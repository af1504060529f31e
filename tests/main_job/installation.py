"""A copy of the project in a folder of its own, started and stopped as an operator would."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]
OWN_VARIABLES = {
    "DATA_DIR",
    "LOCAL_DATA_ROOT",
    "DJANGO_SETTINGS_MODULE",
    "PUBLIC_URL",
    "DATABASE_URL",
    "REDIS_URL",
}


def copy_project(target: Path) -> None:
    """What a clone would hold: tracked files and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """`run.py` of one copy. `output` is all that it printed since the last start."""

    folder: Path
    port: int = field(default_factory=free_port)
    output: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    token: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "var"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """This machine's own, without what the tests set for themselves."""
        kept = {name: text for name, text in os.environ.items() if name not in OWN_VARIABLES}
        unlimited = {"MCP_RATE_LIMIT": "1000000", "MCP_RATE_BURST": "1000000"}
        return {**kept, "DEMO_PASSWORD": "a demo password", **unlimited, **self.settings}

    def start(self, *, within_seconds: float) -> float:
        """Start and wait for the greeting; how many seconds that took."""
        began = time.monotonic()
        self.output.clear()
        self.process = subprocess.Popen(
            [sys.executable, "run.py", "--port", str(self.port)],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        while time.monotonic() - began < within_seconds:
            if any(line.startswith("MCP URL") for line in self.output):
                return time.monotonic() - began
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError("not serving:\n" + "".join(self.output))

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=40)

    def remember_token(self) -> None:
        """Keep the token that the first greeting shows once."""
        found = re.search(r"Bearer (iop_\w+)", "".join(self.output))
        assert found, self.output
        self.token = found[1]

    def kill_processes(self, word: str) -> None:
        for pid in self.pids(word):
            os.kill(pid, signal.SIGKILL)

    def kill_everything(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kill_processes("")

    def manage(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "run.py", "manage", *arguments],
            cwd=self.folder,
            env=self.environment(),
            input=given,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def pids(self, word: str) -> list[int]:
        """Processes of this installation whose command line holds `word`."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    folder = (entry / "cwd").readlink()
                except (OSError, UnicodeDecodeError):
                    continue
                if folder == self.folder and word in command:
                    found.append(int(entry.name))
        return found

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
