"""One object of every kind in an account, and with them one good call of every tool."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
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

Arguments = dict[str, Any]
ORDERS = ("CREATE TABLE orders (id integer, amount real)", "INSERT INTO orders VALUES (1, 10.5)")


@dataclass(frozen=True)
class World:
    """Ids of one account's objects. `files_id` is a folder with files, `database_id` a database
    with a table `orders`."""

    workspace_id: int
    package_id: int
    files_id: int
    database_id: int
    cluster_id: int
    run_id: int
    failed_run_id: int
    schedule_id: int


SOURCE = "cloud_storage_source_component"

CALLS: dict[str, Callable[[World], Arguments]] = {
    "list_workspaces": lambda w: {},
    "list_packages": lambda w: {"workspace_id": w.workspace_id},
    "get_package": lambda w: {"package_id": w.package_id, "include_full_graph": True},
    "list_connections": lambda w: {},
    "get_connection": lambda w: {"connection_id": w.database_id},
    "list_clusters": lambda w: {},
    "search_all": lambda w: {"query": "late"},
    "list_component_types": lambda w: {},
    "describe_component_type": lambda w: {"name": "filter_component"},
    "list_runs": lambda w: {"package_id": w.package_id},
    "get_run": lambda w: {"run_id": w.run_id},
    "explain_job_failure": lambda w: {"run_id": w.failed_run_id},
    "list_schedules": lambda w: {"package_id": w.package_id},
    "get_schedule": lambda w: {"schedule_id": w.schedule_id},
    "validate_package": lambda w: {"package_id": w.package_id},
    "discover_schema": lambda w: {"connection_id": w.database_id},
    "discover_file_schema": lambda w: {"connection_id": w.files_id, "path": "flights.csv"},
    "preview_data": lambda w: {"connection_id": w.database_id, "table": "orders"},
    "test_connection": lambda w: {"connection_id": w.database_id},
    "create_package": lambda w: {
        "name": "Made",
        "flow_type": "dataflow",
        "components": sample_flow(w.files_id)["components"],
        "edges": sample_flow(w.files_id)["edges"],
        "workspace_id": w.workspace_id,
    },
    "clone_package": lambda w: {"package_id": w.package_id, "workspace_id": w.workspace_id},
    "update_package_components": lambda w: {
        "package_id": w.package_id,
        "components": [{"component_name": "late", "updates": {"note": "new"}}],
    },
    "update_package_edges": lambda w: {
        "package_id": w.package_id,
        "edges": sample_flow(w.files_id)["edges"][:2],
    },
    "add_package_components": lambda w: {
        "package_id": w.package_id,
        "components": [{SOURCE: {"name": "more", "connection_id": w.files_id}}],
    },
    "remove_package_components": lambda w: {
        "package_id": w.package_id,
        "component_names": ["airlines"],
    },
    "rename_package": lambda w: {"package_id": w.package_id, "name": "Renamed"},
    "manage_package_variables": lambda w: {"package_id": w.package_id, "set": {"x": 1}},
    "delete_package": lambda w: {"package_id": w.package_id},
    "toggle_schedule": lambda w: {"schedule_id": w.schedule_id, "enabled": True},
    "run_package": lambda w: {"package_id": w.package_id, "cluster_id": w.cluster_id},
    "cancel_job": lambda w: {"run_id": w.run_id},
    "retry_job": lambda w: {"run_id": w.failed_run_id, "cluster_id": w.cluster_id},
}


MakeWorld = Callable[[Account], World]
MakeCalls = Callable[[Account], dict[str, Arguments]]


@pytest.fixture
def make_world(db, actor) -> MakeWorld:
    """Makes one object of every kind in the account."""

    def make(account: Account) -> World:
        folder, database = _connections(account, actor)
        workspace = create_workspace(account=account, name="Everything", actor=actor)
        package = create_package(
            account=account,
            name="Of everything",
            flow=sample_flow(folder.pk),
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
        return World(
            workspace_id=workspace.pk,
            package_id=package.pk,
            files_id=folder.pk,
            database_id=database.pk,
            cluster_id=cluster.pk,
            run_id=waiting.pk,
            failed_run_id=failed.pk,
            schedule_id=schedule.pk,
        )

    return make


@pytest.fixture
def make_calls(make_world) -> MakeCalls:
    """Arguments by the name of the tool, with the ids of rows that are made in the account.

    Each call succeeds when the caller's account is the same one.
    """

    def make(account: Account) -> dict[str, Arguments]:
        world = make_world(account)
        return {name: arguments(world) for name, arguments in CALLS.items()}

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
