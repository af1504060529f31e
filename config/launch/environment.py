"""The Python environment in .venv: made, repaired and brought in line with the locks."""

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys

from config.launch import debian
from config.launch.layout import REQUIREMENTS, VENV, VENV_PYTHON
from config.launch.processes import captured, succeeds
from config.launch.refusal import OLDEST_PYTHON, CannotContinue, say

STAMP = VENV / "installed.json"
# Differs from sys.executable when run.py is started by the environment it may have to rebuild.
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
UV_VERSION = "0.13.9"
# Packages whose absence shows that .venv is damaged.
NEEDED = ("django", "granian")


def wanted_stamp(kind: str) -> dict[str, str]:
    """What the stamp holds once `kind` ("base" or "dev") is installed; dev includes base."""
    names = ["base"] if kind == "base" else ["base", "dev"]
    digests = {
        name: hashlib.sha256((REQUIREMENTS / f"{name}.lock").read_bytes()).hexdigest()
        for name in names
    }
    return {"uv": UV_VERSION, **digests}


def read_stamp() -> dict[str, str] | None:
    """None: no stamp, .venv is absent or foreign. Empty: an installation was broken off."""
    try:
        stamp = json.loads(STAMP.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_installed(kind: str) -> bool:
    return wanted_stamp(kind).items() <= (read_stamp() or {}).items() and is_sound(NEEDED)


def is_sound(packages: tuple[str, ...]) -> bool:
    """Does .venv hold a Python that starts, is new enough and finds the packages?"""
    probe = (
        "import importlib.util as u, sys; "
        f"sys.exit(sys.version_info < {OLDEST_PYTHON} or not all(map(u.find_spec, {packages})))"
    )
    return succeeds([str(VENV_PYTHON), "-c", probe])


def ensure_installed(kind: str) -> None:
    """Leave .venv with the packages of the lock; needs the package index only when it changed.

    Raises CannotContinue; an environment that was not finished is removed again.
    """
    if is_installed(kind):
        return
    folder = os.open(REQUIREMENTS, os.O_RDONLY)
    try:
        # Two commands started at once: the second waits and finds the work done.
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not is_installed(kind):
            install(kind)
    finally:
        os.close(folder)


def install(kind: str) -> None:
    before = read_stamp()
    fresh = before == {} or not is_sound(() if before is None else NEEDED)
    if before and "dev" in before:
        kind = "dev"
    try:
        if fresh:
            make_venv()
        else:
            # Nothing counts as installed until all is, but what was wanted is remembered.
            STAMP.write_text(json.dumps(dict.fromkeys(before or {"uv"}, "")))
        install_uv()
        sync(kind)
        STAMP.write_text(json.dumps(wanted_stamp(kind)))
    except BaseException:
        if fresh:
            remove_venv()
        raise


def remove_venv() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def bring_installer() -> None:
    """A bare Debian Python has neither ensurepip nor pip; root may fetch what makes it whole."""
    has_installer = importlib.util.find_spec("ensurepip") or importlib.util.find_spec("pip")
    if not has_installer and debian.can_install():
        say("Installing python3-venv, which this Python lacks ...")
        debian.install(["python3-venv"], output=sys.stderr)
        importlib.invalidate_caches()


def make_venv() -> None:
    say("Making the Python environment in .venv ...")
    bring_installer()
    remove_venv()
    VENV.mkdir()
    # From here on a broken-off installation can be told from a finished one.
    STAMP.write_text("{}")
    if importlib.util.find_spec("ensurepip") and succeeds([BASE_PYTHON, "-m", "venv", str(VENV)]):
        return
    made = captured([BASE_PYTHON, "-m", "venv", "--without-pip", str(VENV)])
    if made.returncode:
        raise CannotContinue(f"Could not make the environment in .venv: {reason(made.stdout)}")


def install_uv() -> None:
    """Put the pinned installer into .venv, with its own pip or else the pip of this Python."""
    shown = captured([str(VENV / "bin" / "uv"), "--version"])
    if shown.returncode == 0 and shown.stdout.split()[1:2] == [UV_VERSION]:
        return
    if succeeds([str(VENV_PYTHON), "-m", "pip", "--version"]):
        pip = [str(VENV_PYTHON), "-m", "pip"]
    elif succeeds([BASE_PYTHON, "-m", "pip", "--version"]):
        pip = [BASE_PYTHON, "-m", "pip", "--python", str(VENV_PYTHON)]
    else:
        raise CannotContinue(
            "This Python has neither ensurepip nor pip: install one of them "
            "(Debian: apt-get install python3-venv) and start again."
        )
    options = ["--quiet", "--disable-pip-version-check", "--retries", "2", "--timeout", "30"]
    done = captured([*pip, "install", *options, f"uv=={UV_VERSION}"])
    if done.returncode:
        raise index_needed(f"installing uv {UV_VERSION}", done.stdout)


def sync(kind: str) -> None:
    lock = REQUIREMENTS / f"{kind}.lock"
    say(f"Installing the packages of requirements/{lock.name}; this can take a minute ...")
    command = [str(VENV / "bin" / "uv"), "pip", "sync", "--python", str(VENV_PYTHON)]
    done = captured([*command, "--require-hashes", str(lock)])
    if done.returncode:
        raise index_needed(f"installing requirements/{lock.name}", done.stdout)


def index_needed(step: str, output: str) -> CannotContinue:
    return CannotContinue(
        "The first start, and the first after a change of the locks, needs the Python package "
        f"index, and {step} failed: {reason(output)}. Connect this machine, or name an index it "
        "can reach (PIP_INDEX_URL, UV_DEFAULT_INDEX), and start again."
    )


def reason(output: str) -> str:
    """The telling lines of an installer's output: its first error and its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    first = [line for line in lines if line.lower().startswith("error")][:1]
    text = " ... ".join(dict.fromkeys(first + lines[-1:])) or "no message"
    return re.sub(r"//[^/\s@]+@", "//", text)[:400]
