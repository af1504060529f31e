"""The checks behind `run.py test`: lint, types, layers, settings, migrations and tests.

They run one after the other, all of them even when one fails; the exit code is 1 when any failed.
Called with pytest arguments only pytest runs.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from config.launch import foreign
from config.launch.debian import packages_in_order
from config.launch.layout import ROOT

BIN = Path(sys.executable).parent

Steps = list[tuple[str, list[str]]]


def main(arguments: list[str]) -> int:
    everything = "--all" in arguments
    pytest_arguments = [argument for argument in arguments if argument != "--all"]
    steps = [] if pytest_arguments else standing_checks()
    steps.append(("pytest", pytest_command(everything, pytest_arguments)))
    results = [
        ("Debian packages", packages_in_order(), 0.0),
        ("other people's programs", foreign.programs_in_order(), 0.0),
    ]
    with tempfile.TemporaryDirectory(prefix="checks-") as scratch:
        for name, command in steps:
            results.append(run_step(name, command, scratch))
    tell("\n== Summary ==")
    for name, passed, seconds in results:
        tell(f"{'passed' if passed else 'FAILED'}  {seconds:7.1f} s  {name}")
    return 0 if all(passed for _, passed, _ in results) else 1


def tell(text: str) -> None:
    """Print at once, so that it stands before what the next check prints."""
    print(text, flush=True)


def standing_checks() -> Steps:
    python = sys.executable
    return [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("djade", [str(BIN / "djade"), "--check", *templates()]),
        ("mypy", [python, "-m", "mypy", "."]),
        ("lint-imports", [str(BIN / "lint-imports")]),
        ("manage.py check", [python, "manage.py", "check"]),
        ("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ]


def templates() -> list[str]:
    """The Django templates of all rooms, relative to the project."""
    found = [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("[a-z]*/templates/**/*.html"),
    ]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def pytest_command(everything: bool, arguments: list[str]) -> list[str]:
    """Without arguments the whole suite on two processes; with arguments what they say."""
    command = [sys.executable, "-m", "pytest", "-m", "" if everything else "not long"]
    return [*command, *(arguments or ["-n", "2"])]


def run_step(name: str, command: list[str], scratch: str) -> tuple[str, bool, float]:
    """Run one check with a data folder of its own, so that the installation's is not touched."""
    tell(f"\n== {name} ==")
    environment = dict(os.environ)
    environment.pop("LOCAL_DATA_ROOT", None)
    environment.pop("DATA_DIR", None)
    if name != "pytest":  # tests.settings makes one for each test process
        environment["DATA_DIR"] = scratch
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    seconds = time.monotonic() - started
    tell(f"{name}: {'passed' if done.returncode == 0 else 'FAILED'} in {seconds:.1f} s")
    return name, done.returncode == 0, seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
