"""Servers are started only when needed, and none is left behind."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.services.daemons import find_program
from tests.services.keeper import is_running
from tests.services.postgres import own_postgres, shared_postgres
from tests.services.redis import own_redis, shared_redis

ROOT = Path(__file__).parents[2]
STAY = """
import time
from tests.services.redis import own_redis
with own_redis() as server:
    print(server.folder, server.pidfile.read_text().strip(), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("started", [own_postgres, own_redis])
def test_a_server_and_its_folder_go_with_its_last_user(started):
    with started() as server:
        folder = server.folder
        pid = int(server.pidfile.read_text().split()[0])
        assert is_running(pid)

    wait_until_gone(folder)
    assert not is_running(pid)


def test_a_server_goes_when_its_test_process_is_killed():
    tests = subprocess.Popen(
        [sys.executable, "-c", STAY], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    folder, pid = tests.stdout.readline().split()
    assert is_running(int(pid))

    tests.kill()
    tests.communicate()

    wait_until_gone(Path(folder))
    assert not is_running(int(pid))


def test_processes_of_one_run_share_a_redis_server_but_no_keys(tmp_path):
    with shared_redis(tmp_path, 1) as first, shared_redis(tmp_path, 2) as second:
        with first.client() as client:
            client.set("key", "value")

        with second.client() as client:
            assert client.get("key") is None
        assert first.url.removesuffix("/1") == second.url.removesuffix("/2")


def test_servers_given_by_the_environment_are_used_instead(monkeypatch, tmp_path):
    monkeypatch.setenv("TEST_REDIS_URL", "redis://cache.example:7000/0")
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://me:p%40ss@db.example:7001/postgres")

    with shared_redis(tmp_path, 3) as cache, shared_postgres(tmp_path) as database:
        assert cache.url == "redis://cache.example:7000/3"
        assert database.url("x") == "postgresql://me:p%40ss@db.example:7001/x"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_a_missing_server_fails_only_in_continuous_integration(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="apt-get install no-such-package"):
        find_program("no-such-program", "/nowhere", "no-such-package")


def wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()
