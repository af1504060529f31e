"""This process becomes another one, in the environment: manage.py, a service, the checks."""

import os
from pathlib import Path

from config.launch.data_folder import make_data_dir
from config.launch.environment import ensure_installed
from config.launch.layout import ROOT, VENV_PYTHON
from config.launch.variables import product_environment


def become(command: list[str], environment: dict[str, str]) -> int:
    """Turn this process into the command, in the environment; returns only by raising."""
    ensure_installed("base")
    make_data_dir(Path(environment["DATA_DIR"]))
    os.chdir(ROOT)
    os.execve(command[0], command, environment)  # noqa: S606


def manage(arguments: list[str]) -> int:
    """Become manage.py; only its own output goes to standard output."""
    return become([str(VENV_PYTHON), str(ROOT / "manage.py"), *arguments], product_environment())


def test(arguments: list[str]) -> int:
    """Become the checks; they run in the environment, with the development packages."""
    ensure_installed("dev")
    command = [str(VENV_PYTHON), "-m", "config.launch.checks", *arguments]
    os.chdir(ROOT)
    os.execv(command[0], command)  # noqa: S606
