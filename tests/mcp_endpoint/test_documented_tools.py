"""The tools are those of the product document: names, order, what they may do."""

import pytest

READING = (
    "list_workspaces",
    "list_packages",
    "get_package",
    "list_connections",
    "get_connection",
    "list_clusters",
    "search_all",
    "list_component_types",
    "describe_component_type",
    "list_runs",
    "get_run",
    "explain_job_failure",
    "list_schedules",
    "get_schedule",
    "validate_package",
    "discover_schema",
    "discover_file_schema",
    "preview_data",
    "test_connection",
)
CHANGING = (
    "create_package",
    "clone_package",
    "update_package_components",
    "update_package_edges",
    "remove_package_components",
    "rename_package",
    "manage_package_variables",
    "delete_package",
    "toggle_schedule",
    "run_package",
    "cancel_job",
    "retry_job",
)
WITHOUT_A_ROW = "add_package_components"
"""Named three times in the document and described in none of its tables."""

ASK_OTHER_SYSTEMS = {
    "validate_package",
    "discover_schema",
    "discover_file_schema",
    "preview_data",
    "test_connection",
    "run_package",
}


@pytest.fixture
def listed(rpc):
    return rpc("tools/list").json()["result"]["tools"]


@pytest.mark.promise("tools.thirty_two", "tools.documented_order")
def test_exactly_the_32_documented_tools_are_offered_in_their_documented_order(listed):
    names = [tool["name"] for tool in listed]

    assert len(names) == 32
    assert [name for name in names if name != WITHOUT_A_ROW] == [*READING, *CHANGING]
    assert WITHOUT_A_ROW in names[len(READING) : -len(CHANGING[-4:])]


@pytest.mark.promise("tools.read_only_hints")
def test_the_tools_of_the_read_only_tables_and_no_others_say_that_they_only_read(listed):
    flagged = {tool["name"] for tool in listed if tool["annotations"]["readOnlyHint"]}

    assert flagged == set(READING)


@pytest.mark.promise("tools.open_world_hints")
def test_the_tools_that_cause_calls_to_other_systems_say_so(listed):
    flagged = {tool["name"] for tool in listed if tool["annotations"]["openWorldHint"]}

    assert flagged >= ASK_OTHER_SYSTEMS
    assert flagged - ASK_OTHER_SYSTEMS <= {"retry_job"}, "a retry runs the package again"
