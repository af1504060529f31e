"""One row of everything in an account, and with it one good call of every tool."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Account
from accounts.services import create_workspace
from audit.actor import Actor
from connections.models import Connection
from connections.services import create_connection
from mcp_endpoint.registry import TOOLS
from mcp_endpoint.tools import CATALOGUE
from packages_app.services import create_package
from runs.models import Run, RunLog
from runs.services import create_cluster, submit_run
from schedules.services import create_schedule
from tests.conftest import sample_flow

READING = [n for names in CATALOGUE.values() for n in names if not TOOLS[n].mutates]
CHANGING = [n for names in CATALOGUE.values() for n in names if TOOLS[n].mutates]

LIMIT = {"limit_component": {"name": "some", "limit": 5}}
ORDERS = ("CREATE TABLE orders (id integer, amount real)", "INSERT INTO orders VALUES (1, 10.5)")

MakeCalls = Callable[[Account], dict[str, dict[str, Any]]]


@pytest.fixture
def make_calls(db, actor) -> MakeCalls:
    """Arguments by the name of the tool, with the ids of rows that are made in the account.

    Each call succeeds when the caller's account is the same one.
    """

    def make(account: Account) -> dict[str, dict[str, Any]]:
        folder, database = _connections(account, actor)
        workspace = create_workspace(account=account, name="Everything", actor=actor)
        flow = sample_flow(folder.pk)
        package = create_package(
            account=account,
            name="Of everything",
            flow=flow,
            workspace=workspace,
            variables={"min_delay": "60"},
            actor=actor,
        )
        schedule = create_schedule(
            account=account, package_id=package.pk, name="Nightly", cron="@daily", actor=actor
        )
        cluster = create_cluster(account=account, name="default", nodes=1, actor=actor)
        failed, waiting = (
            submit_run(account=account, package_id=package.pk, actor=actor) for _ in range(2)
        )
        Run.objects.filter(pk=failed.pk).update(status=Run.Status.FAILED, error="no such file")
        RunLog.objects.create(
            run=failed, number=1, at=failed.created_at, level="ERROR", message="no such file"
        )
        return {
            "list_workspaces": {},
            "list_packages": {"workspace_id": workspace.pk},
            "get_package": {"package_id": package.pk, "include_full_graph": True},
            "list_connections": {},
            "get_connection": {"connection_id": database.pk},
            "list_clusters": {},
            "list_component_types": {},
            "describe_component_type": {"name": "join_component"},
            "list_runs": {"package_id": package.pk},
            "get_run": {"run_id": failed.pk},
            "explain_job_failure": {"run_id": failed.pk},
            "list_schedules": {"package_id": package.pk},
            "get_schedule": {"schedule_id": schedule.pk},
            "validate_package": {"package_id": package.pk},
            "discover_schema": {"connection_id": database.pk},
            "preview_data": {"connection_id": database.pk, "table": "orders"},
            "test_connection": {"connection_id": database.pk},
            "run_package": {"package_id": package.pk, "cluster_id": cluster.pk},
            "search_all": {"query": "everything"},
            "discover_file_schema": {"connection_id": folder.pk, "path": "flights.csv"},
            "create_package": {
                "name": "New",
                "flow_type": "dataflow",
                "components": [LIMIT],
                "edges": [],
                "workspace_id": workspace.pk,
            },
            "clone_package": {"package_id": package.pk, "workspace_id": workspace.pk},
            "update_package_components": {
                "package_id": package.pk,
                "components": [{"component_name": "late", "updates": {"note": "edited"}}],
            },
            "update_package_edges": {
                "package_id": package.pk,
                "edges": [{"source": "flights", "target": "late"}],
            },
            "add_package_components": {"package_id": package.pk, "components": [LIMIT]},
            "remove_package_components": {"package_id": package.pk, "component_names": ["late"]},
            "rename_package": {"package_id": package.pk, "name": "Renamed"},
            "manage_package_variables": {"package_id": package.pk, "set": {"month": "3"}},
            "delete_package": {"package_id": package.pk},
            "toggle_schedule": {"schedule_id": schedule.pk, "enabled": True},
            "cancel_job": {"run_id": waiting.pk},
            "retry_job": {"run_id": failed.pk, "cluster_id": cluster.pk},
        }

    return make


def _connections(account: Account, actor: Actor) -> tuple[Connection, Connection]:
    """A folder with the files of the sample flow, and a database with a table of orders."""
    folder = Path(str(settings.LOCAL_DATA_ROOT)) / account.subdomain
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flights.csv").write_text("carrier,delay\nAA,90\n")
    (folder / "airlines.csv").write_text("carrier,name\nAA,American\n")
    (folder / "shop.db").unlink(missing_ok=True)
    database = sqlite3.connect(folder / "shop.db")
    for statement in ORDERS:
        database.execute(statement)
    database.commit()
    database.close()
    made = {"local_folder": {"path": folder.name}, "sqlite": {"database": f"{folder.name}/shop.db"}}
    files, orders = (
        create_connection(account=account, name=kind, kind=kind, settings=values, actor=actor)
        for kind, values in made.items()
    )
    return files, orders
