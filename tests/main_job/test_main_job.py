"""The product's main job, from an empty clone, through the official Python SDK."""

import asyncio
import json
import re
import shutil
import sys
import time

import pytest

from tests.demo import expected
from tests.main_job.installation import Installation, copy_project
from tests.main_job.many_processes import ManyProcesses
from tests.main_job.sdk import assert_same, call, client, data, table
from tests.services.postgres import own_postgres

MAKE_ORDERS = """
CREATE TABLE orders AS
SELECT i AS id, CASE WHEN i % 7 > 0 THEN (i * 1.005)::numeric(12,3) END AS amount,
       CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'käse 🧀 ' || i END AS note,
       timestamptz '2026-03-29 00:30+01' + i * interval '7 minutes' AS placed_at
FROM generate_series(1, 3000) AS i;
CREATE TABLE ledger (LIKE orders);
ALTER TABLE ledger ADD PRIMARY KEY (id);
INSERT INTO ledger SELECT i, 0, 'old', now() FROM generate_series(2000, 4000) AS i;
"""

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git to copy the project"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]


@pytest.fixture(scope="module")
def source_server():
    """The user's own database server; not the one that holds the installation's data."""
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="module", params=["one machine", "many processes"])
def installation(request, tmp_path_factory, source_server):
    folder = tmp_path_factory.mktemp("clone")
    copy_project(folder)
    reach = {"CONNECTION_ALLOW_HOSTS": f"{source_server.host}:{source_server.port}"}
    if request.param == "one machine":
        installation = Installation(folder, settings=reach)
    else:
        postgres = request.getfixturevalue("postgres")
        redis = request.getfixturevalue("redis_server")
        redis.flush()
        installation = ManyProcesses(
            folder,
            database_url=postgres.url(postgres.new_database()),
            redis_url=redis.url,
            settings=reach,
        )
    installation.start(within_seconds=240)
    installation.remember_token()
    yield installation
    installation.stop()


@pytest.mark.promise("clients.claude_code_command")
def test_the_first_start_prints_how_to_sign_in_and_connect(installation):
    text = "".join(installation.output)

    assert re.search(r"^Dashboard   http://127\.0\.0\.1:\d+$", text, re.MULTILINE)
    assert "demo@example.com with the password a demo password" in text
    command = (
        r"claude mcp add --transport http integrateio http://127\.0\.0\.1:\d+/acme/api/mcp \\\n"
        r'\s+--header "Authorization: Bearer iop_\w+"\n'
    )
    assert re.search(command, text)


@pytest.mark.promise(
    "clients.official_sdk",
    "clients.streamable_http_with_bearer",
    "run_package.polled_by_get_run",
)
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


def test_rows_merge_from_postgresql_into_postgresql(installation, source_server):
    database = source_server.new_database()
    with source_server.connect(database) as connection:
        connection.execute(MAKE_ORDERS)
        before = {row[0]: row for row in connection.execute("SELECT * FROM ledger").fetchall()}
        orders = {row[0]: row for row in connection.execute("SELECT * FROM orders").fetchall()}
    package_id = _make_merge_package(installation, source_server, database)

    answers = asyncio.run(_run(installation, package_id))

    assert answers["status"] == "completed", answers["log_tail"]
    with source_server.connect(database) as connection:
        after = connection.execute("SELECT * FROM ledger ORDER BY id").fetchall()
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
    wanted = before | {key: row for key, row in orders.items() if row[1] is not None}
    assert after == [wanted[key] for key in sorted(wanted)]
    assert tables == [("ledger",), ("orders",)], "a marker or staging table was left behind"


def test_a_second_start_tells_how_to_make_a_token(installation):
    installation.stop()

    installation.start(within_seconds=180)

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
    packages = (await call(installation, "list_packages", limit=100))["packages"]
    package_id = next(package["id"] for package in packages if package["name"] == name)
    return {"packages": packages, "run": await _run(installation, package_id)}


async def _run(installation, package_id):
    """Start the package and poll as an assistant does; the run as it ended."""
    async with client(installation) as session:
        started = data(await session.call_tool("run_package", {"package_id": package_id}))
        for _ in range(600):
            run = data(await session.call_tool("get_run", {"run_id": started["run_id"]}))
            if run["status"] in {"completed", "failed", "stopped"}:
                return run
            await asyncio.sleep(0.1)
    raise AssertionError(run)


def _make_merge_package(installation, server, database):
    """Orders with an amount, merged into the ledger by their id."""
    settings = {
        "host": server.host,
        "port": server.port,
        "database": database,
        "username": server.user,
        "ssl": "false",
    }
    connection_id = installation.manage(
        *("create_connection", "--account", "acme", "--name", f"orders {database}"),
        *("--kind", "postgres"),
        *(word for name, value in settings.items() for word in ("--set", f"{name}={value}")),
        given=json.dumps({"password": server.password}),
    )
    columns = ["id", "amount", "note", "placed_at"]
    flow = {
        "components": [
            {
                "database_source_component": {
                    "id": "orders",
                    "name": "orders",
                    "connection_id": int(connection_id),
                    "source_table": "orders",
                    "where_clause": "amount IS NOT NULL",
                    "schema": {"fields": [{"name": name} for name in columns]},
                }
            },
            {
                "database_destination_component": {
                    "id": "ledger",
                    "name": "ledger",
                    "connection_id": int(connection_id),
                    "target_table": "ledger",
                    "operation_type": "merge_update_insert",
                    "schema": {"fields": [{"name": name, "key": name == "id"} for name in columns]},
                }
            },
        ],
        "edges": [{"source": "orders", "target": "ledger"}],
    }
    name = f"Orders to ledger {database}"
    return int(
        installation.manage(
            *("create_package", "--account", "acme", "--name", name), given=json.dumps(flow)
        )
    )
