"""The rooms that talk to the control database, once more on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (
    "accounts",
    "audit",
    "connected_apps",
    "mcp_endpoint",
    "packages_app",
    "runs",
    "schedules",
    "search",
)


@pytest.mark.timeout(800)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is that second time")
def test_the_rooms_hold_on_postgresql_too(postgres):
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")
    }
    environment["DATABASE_URL"] = postgres.url(postgres.new_database())

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-k", "not patterns", "-m", "not long"]
        + [f"tests/{room}" for room in ROOMS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
