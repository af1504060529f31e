"""Kill -9 at random points of a run, then a new start: nothing stuck, doubled or missing."""

import asyncio
import os
import random
import signal
import time

import pytest

from tests.demo import expected
from tests.main_job.installation import Installation, copy_project
from tests.main_job.sdk import assert_same, call, client, data, table

DEATHS, ANYWHERE = 20, 6
"""So many deaths, of which the first come anywhere and the others while the run is under way."""

PROCESSES = ("manage.py platform", "granian")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mortal")
    copy_project(folder)
    installation = Installation(folder)
    installation.start(within_seconds=240)
    installation.remember_token()
    yield installation
    installation.stop()


@pytest.mark.timeout(1800)
def test_a_run_survives_the_sudden_death_of_either_process(installation):
    dice = random.Random(2013)
    endings, taken_over = [], 0
    waiting, running = asyncio.run(_seconds_of_a_run(installation, "Carrier delays by day"))
    for number in range(DEATHS):
        victims = installation.pids(PROCESSES[number % 2])
        is_begun = number >= ANYWHERE
        delay = dice.uniform(0.0, running if is_begun else waiting + running)
        run_id = asyncio.run(
            _killed_after(delay, victims, installation, "Carrier delays by day", is_begun=is_begun)
        )
        installation.stop()
        installation.start(within_seconds=90)
        run = asyncio.run(_ended(installation, run_id, seconds=60))
        endings.append(run["status"])
        taken_over += run["attempt"] > 1 or any("was lost" in line for line in run["log_tail"])
        assert run["status"] == "completed" or run["last_error"], run
        if run["status"] == "completed":
            assert_same(
                table(installation, "carrier_delays", "carrier, flight_day"),
                expected.carrier_delays(),
            )
    assert "completed" in endings
    assert taken_over, "no death came in the middle of a run; the test has lost its point"


@pytest.mark.timeout(600)
def test_the_whole_installation_may_die_at_once(installation):
    run_id = asyncio.run(_start_run(installation, "Departures by airport"))
    time.sleep(0.3)
    installation.kill_everything()

    installation.start(within_seconds=90)
    run = asyncio.run(_ended(installation, run_id, seconds=60))

    assert run["status"] == "completed", run
    assert_same(table(installation, "airport_departures", "origin"), expected.airport_departures())


async def _package(session, name):
    packages = data(await session.call_tool("list_packages", {"limit": 100}))["packages"]
    return {"package_id": next(p["id"] for p in packages if p["name"] == name)}


async def _start_run(installation, name):
    async with client(installation) as session:
        started = await session.call_tool("run_package", await _package(session, name))
        return data(started)["run_id"]


async def _seconds_of_a_run(installation, name):
    """How long it waits after it was asked for, and how long it then takes."""
    async with client(installation) as session:
        package = await _package(session, name)
        asked = time.monotonic()
        run_id = data(await session.call_tool("run_package", package))["run_id"]
        await _leaves(session, run_id, {"queued"})
        begun = time.monotonic()
        await _leaves(session, run_id, {"queued", "running"})
        return begun - asked, time.monotonic() - begun


async def _killed_after(delay, victims, installation, name, *, is_begun):
    """A run whose victims died `delay` seconds after it was answered for, or had begun."""
    async with client(installation) as session:
        package = await _package(session, name)
        run_id = data(await session.call_tool("run_package", package))["run_id"]
        if is_begun:
            await _leaves(session, run_id, {"queued"})
        await asyncio.sleep(delay)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
    return run_id


async def _leaves(session, run_id, statuses):
    end = time.monotonic() + 60
    while data(await session.call_tool("get_run", {"run_id": run_id}))["status"] in statuses:
        assert time.monotonic() < end


async def _ended(installation, run_id, *, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run = await call(installation, "get_run", run_id=run_id, log_tail_lines=100)
        if run["status"] in {"completed", "failed", "stopped"}:
            return run
        await asyncio.sleep(0.2)
    raise AssertionError(run)
