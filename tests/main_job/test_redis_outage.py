"""Redis stops for half a minute and forgets everything, under fifty submitted runs."""

import asyncio
import time

import pytest

from tests.main_job.installation import copy_project
from tests.main_job.many_processes import ManyProcesses
from tests.main_job.sdk import call, client, data

RUNS = 50
OUTAGE_SECONDS = 30

pytestmark = pytest.mark.long


@pytest.fixture
def redis(own_redis):
    return own_redis()


@pytest.fixture
def installation(tmp_path, postgres, redis):
    copy_project(tmp_path)
    installation = ManyProcesses(
        tmp_path, database_url=postgres.url(postgres.new_database()), redis_url=redis.url
    )
    installation.start(within_seconds=240)
    installation.remember_token()
    yield installation
    installation.stop()


@pytest.mark.timeout(900)
def test_fifty_runs_outlive_a_stopped_and_flushed_redis_and_none_runs_twice(installation, redis):
    before = asyncio.run(_submit(installation, RUNS // 2))
    redis.stop()
    during = asyncio.run(_submit(installation, RUNS - RUNS // 2))
    time.sleep(OUTAGE_SECONDS)
    redis.start()
    redis.flush()

    runs = asyncio.run(_ended(installation, [*before, *during], seconds=300))

    assert [run["status"] for run in runs] == ["completed"] * RUNS
    assert [run["attempt"] for run in runs] == [1] * RUNS
    claims = [sum("Claimed by" in line for line in run["log_tail"]) for run in runs]
    assert claims == [1] * RUNS


async def _submit(installation, count):
    async with client(installation) as session:
        packages = data(await session.call_tool("list_packages", {}))["packages"]
        package_id = next(p["id"] for p in packages if p["name"] == "Flights to Parquet")
        return [
            data(await session.call_tool("run_package", {"package_id": package_id}))["run_id"]
            for _ in range(count)
        ]


async def _ended(installation, run_ids, *, seconds):
    end = time.monotonic() + seconds
    ended = []
    for run_id in run_ids:
        while True:
            run = await call(installation, "get_run", run_id=run_id, log_tail_lines=200)
            if run["status"] in {"completed", "failed", "stopped"}:
                break
            assert time.monotonic() < end, run
            await asyncio.sleep(0.2)
        ended.append(run)
    return ended
