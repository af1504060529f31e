"""The product's main job, from an empty clone, through the official Python SDK."""

import asyncio
import re
import shutil
import sys
import time

import pytest

from tests.demo import expected
from tests.main_job.installation import Installation, copy_project
from tests.main_job.many_processes import ManyProcesses
from tests.main_job.sdk import assert_same, call, client, data, table

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git to copy the project"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]


@pytest.fixture(scope="module", params=["one machine", "many processes"])
def installation(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone")
    copy_project(folder)
    if request.param == "one machine":
        installation = Installation(folder)
    else:
        postgres = request.getfixturevalue("postgres")
        redis = request.getfixturevalue("redis_server")
        redis.flush()
        installation = ManyProcesses(
            folder, database_url=postgres.url(postgres.new_database()), redis_url=redis.url
        )
    installation.start(within_seconds=240)
    installation.remember_token()
    yield installation
    installation.stop()


def test_the_first_start_prints_how_to_sign_in_and_connect(installation):
    text = "".join(installation.output)

    assert re.search(r"^Dashboard   http://127\.0\.0\.1:\d+$", text, re.MULTILINE)
    assert "demo@example.com with the password a demo password" in text
    assert re.search(r"claude mcp add --transport http integrateio http://\S+/acme/api/mcp", text)


def test_an_assistant_runs_the_delay_package_and_every_row_is_right(installation):
    answers = asyncio.run(_run_package(installation, "Carrier delays by day"))

    assert answers["run"]["status"] == "completed", answers["run"]["log_tail"]
    assert len(answers["packages"]) == 5
    rows = table(installation, "carrier_delays", "carrier, flight_day")
    assert_same(rows, expected.carrier_delays())
    counts = {c["name"]: (c["rows_in"], c["rows_out"]) for c in answers["run"]["components"]}
    flights = expected.flights().height
    assert counts["flights"] == (None, flights)
    assert counts["flag_cancelled"] == (flights, flights)
    assert counts["per_carrier_day"] == (flights, len(rows))
    assert counts["carrier_delays"] == (len(rows), len(rows))


def test_running_it_again_merges_and_doubles_nothing(installation):
    asyncio.run(_run_package(installation, "Carrier delays by day"))

    rows = table(installation, "carrier_delays", "carrier, flight_day")
    assert_same(rows, expected.carrier_delays())


def test_the_package_whose_file_is_gone_is_explained(installation):
    answers = asyncio.run(_run_package(installation, "Plane utilisation, archive import"))
    explained = asyncio.run(call(installation, "explain_job_failure", run_id=answers["run"]["id"]))

    assert answers["run"]["status"] == "failed"
    assert "planes-2012.csv.gz" in explained["primary_error"]
    assert explained["detected_patterns"][0]["pattern_id"] == "file_not_found"
    assert explained["suggestions"]


def test_a_second_start_tells_how_to_make_a_token(installation):
    installation.stop()

    installation.start(within_seconds=60)

    text = "".join(installation.output)
    assert "create_token --account acme" in text
    assert "iop_" not in text
    token = installation.manage(
        *("create_token", "--account", "acme", "--email", "demo@example.com", "--name", "Laptop")
    )
    assert token.count("\n") == 1
    assert token.startswith("iop_")


def test_stopping_leaves_no_process_behind(installation):
    installation.stop()

    end = time.monotonic() + 5
    while installation.pids("") and time.monotonic() < end:
        time.sleep(0.1)
    assert installation.pids("") == []


async def _run_package(installation, name):
    async with client(installation) as session:
        packages = data(await session.call_tool("list_packages", {}))["packages"]
        package_id = next(package["id"] for package in packages if package["name"] == name)
        started = data(await session.call_tool("run_package", {"package_id": package_id}))
        for _ in range(600):
            run = data(await session.call_tool("get_run", {"run_id": started["run_id"]}))
            if run["status"] in {"completed", "failed", "stopped"}:
                return {"packages": packages, "run": run}
            await asyncio.sleep(0.1)
    raise AssertionError(run)
