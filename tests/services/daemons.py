"""What the servers of the tests have in common: finding, starting, waiting, sharing."""

import fcntl
import json
import os
import pwd
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

READY_SECONDS = 60
HOST = "127.0.0.1"
OWN_USERS = "users"


def unavailable(reason: str) -> None:
    """Skip the test that needs the server; in continuous integration fail it."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def find_program(name: str, folder: str, package: str) -> Path:
    """The server's program from its Debian folder or from PATH; skips or fails without it."""
    found = shutil.which(name, path=os.pathsep.join([folder, os.environ.get("PATH", "")]))
    if found is None:
        unavailable(f"{name} is not installed: apt-get install {package}")
    return Path(str(found))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until(answers: Callable[[], object], failures: tuple[type[Exception], ...]) -> None:
    """Call until it returns without one of `failures`, which are raised again after a minute."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            answers()
        except failures:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def private_folder(name: str, owner: str | None = None) -> Path:
    """A new folder for a server's data.

    It is not below pytest's own folder: that one is closed to the users the servers run as.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"tests-{name}-"))
    if owner is not None:
        user = pwd.getpwnam(owner)
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def account_for(name: str) -> str | None:
    """The user a server must run as: `name` when we are root, else ourselves."""
    return name if os.geteuid() == 0 else None


def run_as(owner: str | None) -> dict[str, Any]:
    """Arguments of subprocess that start a program as this user."""
    if owner is None:
        return {}
    user = pwd.getpwnam(owner)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def held(path: Path, kind: int) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, kind)
        yield


@contextmanager
def own_folder(name: str, owner: str | None = None) -> Iterator[Path]:
    """The folder of a server of this process alone, with its held users file."""
    folder = private_folder(name, owner)
    with held(folder / OWN_USERS, fcntl.LOCK_SH):
        yield folder


@contextmanager
def shared_server(
    run_folder: Path, name: str, start: Callable[[Path], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The facts about the run's one server of this name; the first process to ask starts it.

    `start` gets the file whose shared lock keeps the server alive, for its keeper.
    """
    users = run_folder / f"{name}.users"
    state = run_folder / f"{name}.state"
    with held(users, fcntl.LOCK_SH):
        with held(run_folder / f"{name}.lock", fcntl.LOCK_EX):
            if not state.exists():
                state.write_text(json.dumps(start(users)))
            facts = json.loads(state.read_text())
        yield facts
