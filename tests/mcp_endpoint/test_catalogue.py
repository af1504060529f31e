import pytest

from mcp_endpoint.registry import TOOLS
from mcp_endpoint.tools import CATALOGUE

READ_TOOLS = {
    "list_workspaces",
    "list_packages",
    "get_package",
    "list_connections",
    "get_connection",
    "list_clusters",
    "list_component_types",
    "describe_component_type",
    "list_schedules",
    "get_schedule",
    "list_runs",
    "get_run",
    "explain_job_failure",
    "validate_package",
    "discover_schema",
    "preview_data",
    "test_connection",
}


def test_tools_list_names_every_registered_tool_in_a_fixed_order(rpc):
    listed = rpc("tools/list").json()["result"]["tools"]

    in_order = [name for group in CATALOGUE.values() for name in group]
    assert [tool["name"] for tool in listed] == in_order == list(TOOLS)
    assert {name for name, tool in TOOLS.items() if not tool.mutates} == READ_TOOLS


def test_only_read_tools_say_that_they_read_only(rpc):
    for tool in rpc("tools/list").json()["result"]["tools"]:
        hints = tool["annotations"]
        assert hints["readOnlyHint"] is (tool["name"] in READ_TOOLS)
        assert {"destructiveHint", "idempotentHint", "openWorldHint", "title"} <= set(hints)


def test_schemas_are_flat_objects_without_references(rpc):
    for tool in rpc("tools/list").json()["result"]["tools"]:
        assert "$ref" not in str(tool)
        assert "$defs" not in str(tool)
        assert tool["inputSchema"]["type"] == tool["outputSchema"]["type"] == "object"
        assert tool["inputSchema"]["additionalProperties"] is False
        for name, schema in tool["inputSchema"]["properties"].items():
            assert schema.get("description"), f"{tool['name']}.{name} has no description"


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("get_package", {}, "package_id: is required"),
        ("get_package", {"package_id": None}, "package_id: must be an integer"),
        ("get_package", {"package_id": "5"}, "package_id: must be an integer"),
        ("get_package", {"package_id": 1.5}, "package_id: must be an integer"),
        ("get_package", {"package_id": 0}, "package_id: must be above 0"),
        ("get_run", {"run_id": 1, "log_tail_lines": 201}, "log_tail_lines: must be at most 200"),
        ("get_run", {"run_id": 1, "log_tail_lines": 0}, "log_tail_lines: must be at least 1"),
        ("list_runs", {"limit": 101}, "limit: must be at most 100"),
        ("list_runs", {"status": "done"}, "status: must be 'idle', 'pending'"),
        ("list_runs", {"cursor": "??"}, "cursor: not a cursor of this list"),
        ("list_workspaces", {"page": 2}, "page: is not an argument of this tool"),
        ("run_package", {"package_id": 1, "variables": []}, "variables: must be an object"),
        (
            "run_package",
            {"package_id": 1, "variables": {"a": "\x00"}},
            "variables must not hold NUL",
        ),
        ("list_connections", {"connection_type_filter": "\ud800"}, "must not hold NUL or half of"),
        ("list_packages", {"workspace_id": 2**63}, "workspace_id: must be at most"),
        ("list_runs", {"package_id": 2**63}, "package_id: must be at most"),
    ],
)
def test_refused_arguments_name_the_field_and_the_limit(call_tool, name, arguments, line):
    answer = call_tool(name, **arguments)

    assert answer.is_error
    assert line in answer.data["error"]
    assert "structuredContent" not in answer.raw


def test_an_unknown_tool_is_invalid_params(rpc):
    error = rpc("tools/call", {"name": "drop_everything", "arguments": {}}).json()["error"]

    assert error["code"] == -32602
    assert "drop_everything" in error["message"]


def test_arguments_that_are_no_object_are_invalid_params(rpc):
    answer = rpc("tools/call", {"name": "list_runs", "arguments": "x"}).json()

    assert answer["error"]["code"] == -32602
