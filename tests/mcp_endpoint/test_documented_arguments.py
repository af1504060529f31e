"""The arguments that the product document names: which must be given, defaults and limits."""

from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(frozen=True)
class Documented:
    """`optional` maps a name to its documented default, ANY where the document tells none."""

    required: set[str] = field(default_factory=set)
    optional: dict[str, Any] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)


ANY = object()
FILTERS = dict.fromkeys(("flow_type", "status", "workspace_id"), ANY)
HITS = {"types": ANY, "per_type_limit": 10}
TAIL = {"log_tail_lines": 200}
DOCUMENTED = {
    "list_packages": Documented(optional=FILTERS),
    "get_package": Documented({"package_id"}, {"include_full_graph": False}),
    "list_connections": Documented(optional={"connection_type_filter": ANY}),
    "get_connection": Documented({"connection_id"}),
    "list_clusters": Documented(optional={"status": ANY}),
    "search_all": Documented({"query"}, HITS, {"per_type_limit": 50}),
    "list_component_types": Documented(optional={"category": ANY}),
    "list_runs": Documented(optional={"package_id": ANY, "status": ANY}),
    "get_run": Documented({"run_id"}, {"log_tail_lines": 20}, TAIL),
    "explain_job_failure": Documented({"run_id"}, {"log_tail_lines": 50}, TAIL),
    "list_schedules": Documented(optional={"package_id": ANY, "enabled": ANY}),
    "get_schedule": Documented({"schedule_id"}),
    "discover_schema": Documented(
        {"connection_id"}, dict.fromkeys(("schema_name", "limit", "offset", "search"), ANY)
    ),
    "discover_file_schema": Documented(
        {"connection_id", "path"},
        dict.fromkeys(
            ("delimiter", "header_row", "record_type", "record_delimiter", "char_encoding",
             "bucket", "lines", "quote", "escape"),
            ANY,
        ),
    ),
    "preview_data": Documented(
        {"connection_id", "table"},
        {"schema_name": ANY, "row_count": 20, "where_clause": ANY},
        {"row_count": 200},
    ),
    "test_connection": Documented({"connection_id"}, {"connection_type": ANY}),
    "create_package": Documented(
        {"name", "flow_type", "components", "edges"},
        {"workspace_id": ANY, "description": ANY, "flow_version": "2.0.0"},
    ),
    "clone_package": Documented({"package_id"}, {"name": ANY, "workspace_id": ANY}),
    "rename_package": Documented({"package_id", "name"}, {"description": ANY}),
    "manage_package_variables": Documented({"package_id"}, {"set": ANY, "remove": ANY}),
    "delete_package": Documented({"package_id"}),
    "toggle_schedule": Documented({"schedule_id", "enabled"}),
    "run_package": Documented(
        {"package_id"}, dict.fromkeys(("cluster_id", "variables", "dynamic_variables"), ANY)
    ),
    "cancel_job": Documented({"run_id"}),
    "retry_job": Documented({"run_id"}, {"cluster_id": ANY}),
}  # fmt: skip


@pytest.fixture
def schemas(rpc):
    tools = rpc("tools/list").json()["result"]["tools"]
    return {tool["name"]: tool["inputSchema"] for tool in tools}


@pytest.mark.promise(
    "create_package.required",
    "create_package.defaults",
    "clone_package.name_and_workspace",
    "discover_file_schema.arguments",
    "discover_schema.arguments",
    "explain_job_failure.log_tail_lines",
    "get_run.log_tail_lines",
    "list_packages.filters",
    "list_runs.filters",
    "list_schedules.filters",
    "manage_package_variables.set_and_remove",
    "preview_data.arguments",
    "run_package.arguments",
    "search_all.types_and_limit",
)
@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_tool_takes_its_documented_arguments_with_their_defaults_and_limits(schemas, name):
    documented, schema = DOCUMENTED[name], schemas[name]
    properties = schema["properties"]

    assert set(schema.get("required", ())) == documented.required
    assert set(documented.optional) <= set(properties)
    for argument, default in documented.optional.items():
        if default is not ANY:
            assert properties[argument]["default"] == default
    for argument, most in documented.most.items():
        assert properties[argument]["maximum"] == most
