"""One object of every kind, and for every tool a call that succeeds on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conftest import sample_flow

Arguments = dict[str, Any]


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
