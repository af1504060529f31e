"""The rooms that talk to the control database, once more on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QUICK = ("accounts", "audit", "packages_app", "runs", "schedules", "search")
LARGE = ("connected_apps", "mcp_endpoint")


@pytest.mark.timeout(800)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is that second time")
@pytest.mark.parametrize(
    "rooms", [QUICK, pytest.param(LARGE, marks=pytest.mark.long)], ids=["quick", "large"]
)
def test_the_rooms_hold_on_postgresql_too(postgres, rooms):
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")
    }
    environment["DATABASE_URL"] = postgres.url(postgres.new_database())

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-k", "not patterns", "-m", "not long"]
        + [f"tests/{room}" for room in rooms],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
