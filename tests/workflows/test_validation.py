"""Workflows through the tools: authored, described, validated; nothing is run."""

import pytest

from accounts.limits import WorkspaceLimit
from accounts.services import create_workspace
from engine.catalog import component_types
from engine.flow import parse_flow
from packages_app.models import Package
from packages_app.workflow_references import package_problems
from tests.workflows.building import sql, task, wait, workflow


def runs(*ids):
    return workflow(*(task("run_package", f"t{n}", package_id=n) for n in ids))


@pytest.fixture
def warehouse(make_connection):
    return make_connection(
        "w", kind="duckdb", category="database", settings={"database": "w.duckdb"}
    )


@pytest.fixture
def validated(call_tool, make_package):
    """Codes with component and property, errors and warnings together."""

    def validate(flow, **fields):
        fields.setdefault("variables", {})
        package = make_package(flow=flow, flow_type="workflow", **fields)
        data = call_tool("validate_package", package_id=package.pk).data
        found = data["errors"] + data["warnings"]
        return {(item["code"], item["component_name"], item["property"]) for item in found}

    return validate


def test_a_sound_workflow_is_valid(validated, make_package, warehouse):
    flow = workflow(
        sql("day", "SELECT 1", warehouse.pk, result_type="single_value",
            assign_to_variable="last_day"),
        task("run_package", "load", package_id=make_package("Child").pk,
             variables={"since": "$last_day"}),
        wait("pause"), wait("sorry"),
        edges=[("day", "load"), ("load", "pause"), ("load", "sorry", "failure")],
    )  # fmt: skip

    assert validated(flow) == set()


@pytest.mark.parametrize(
    ("tasks", "edges", "found"),
    [
        ([], [], ("empty_flow", "", "components")),
        ([wait("a"), wait("b")], [("a", "b"), ("b", "a")], ("cycle", "", "edges")),
        ([wait("a")], [("a", "a")], ("self_loop", "", "edges[0]")),
        ([wait("a")], [("a", "gone")], ("dangling_edge", "", "edges[0].target")),
        ([wait("a")], [("gone", "a")], ("dangling_edge", "", "edges[0].source")),
        (
            [wait("a"), wait("b")],
            [("a", "b"), ("a", "b", "failure")],
            ("duplicate_edge", "", "edges[0]"),
        ),
        (
            [wait("a"), wait("b")],
            [("a", "b", "perhaps")],
            ("invalid_property_value", "", "edges[0].condition"),
        ),
        (
            [{"limit_component": {"id": "x", "name": "x", "limit": 1}}],
            [],
            ("unknown_component_type", "x", ""),
        ),
        ([task("wait", "w")], [], ("missing_required_property", "w", "seconds")),
        ([wait("w", 0)], [], ("invalid_property_value", "w", "seconds")),
        ([wait("w", 86_401)], [], ("invalid_property_value", "w", "seconds")),
        (
            [wait("w", execution_condition="most")],
            [],
            ("invalid_property_value", "w", "execution_condition"),
        ),
        (
            [task("run_package", "r", package_id=999)],
            [],
            ("workflow_unknown_package", "r", "package_id"),
        ),
        (
            [task("run_package", "r", package_id=1, variables={"x": "$nowhere"})],
            [],
            ("undefined_variable", "r", "variables.x"),
        ),
        (
            [task("run_package", "r", package_id=1, variables={"_JOB_ID": "1"})],
            [],
            ("invalid_property_value", "r", "variables._JOB_ID"),
        ),
        (
            [task("notify", "n", channel="email", subject="x")],
            [],
            ("missing_required_property", "n", "recipients"),
        ),
        (
            [task("notify", "n", channel="email", subject="x", recipients=["not an address"])],
            [],
            ("invalid_property_value", "n", "recipients[0]"),
        ),
        (
            [task("notify", "n", channel="webhook", subject="x", url="ftp://example.com")],
            [],
            ("invalid_property_value", "n", "url"),
        ),
        (
            [task("http", "h", url="https://user:pass@example.com")],
            [],
            ("invalid_property_value", "h", "url"),
        ),
        (
            [task("http", "h", url="https://example.com", body='{"a": $x}')],
            [],
            ("invalid_property_value", "h", "body"),
        ),
        (
            [task("http", "h", url="https://example.com", headers={"X\r\nY": "1"})],
            [],
            ("invalid_property_value", "h", "headers.X\r\nY"),
        ),
    ],
)
def test_what_is_wrong_is_told_with_component_and_property(validated, tasks, edges, found):
    assert found in validated(workflow(*tasks, edges=edges))


def test_sql_tells_variables_in_the_wrong_spelling_and_place(validated, warehouse):
    flow = workflow(
        sql("bare", "SELECT '$day', $day, $1, $tag$ $x $tag$", warehouse.pk),
        sql("comment", "SELECT 1 -- ${day}", warehouse.pk),
        sql("nameless", "SELECT 1", warehouse.pk, result_type="row"),
        sql("undefined", "SELECT ${dya}", warehouse.pk),
        sql("unnamed", "SELECT 1", warehouse.pk, result_type="row", assign_to_variable="a b"),
    )

    found = validated(flow, variables={"day": "1"})

    assert found == {
        ("invalid_sql_variable_syntax", "bare", "query"),
        ("expression_syntax", "comment", "query"),
        ("missing_required_property", "nameless", "assign_to_variable"),
        ("undefined_variable", "undefined", "query"),
        ("invalid_property_value", "unnamed", "assign_to_variable"),
    }


def test_a_result_is_known_to_the_tasks_after_it_alone(validated, warehouse):
    flow = workflow(
        sql("ask", "SELECT 1", warehouse.pk, result_type="single_value", assign_to_variable="x"),
        sql("after", "SELECT ${x}", warehouse.pk),
        sql("beside", "SELECT ${x}", warehouse.pk),
        edges=[("ask", "after")],
    )

    assert validated(flow) == {("undefined_variable", "beside", "query")}


def test_a_connection_of_the_wrong_category_is_told(validated, make_connection):
    folder = make_connection()
    flow = workflow(
        sql("s", "SELECT 1", folder.pk),
        task("http", "h", url="/x", connection_id=folder.pk),
        sql("lost", "SELECT 1", 999),
    )

    assert validated(flow) == {
        ("wrong_connection_type", "s", "connection_id"),
        ("wrong_connection_type", "h", "connection_id"),
        ("missing_connection", "lost", "connection_id"),
    }


def test_a_workflow_may_not_run_itself_through_others(call_tool, make_package):
    last = make_package("Last", flow=workflow(wait("w")), flow_type="workflow")
    middle = make_package("Middle", flow=runs(last.pk), flow_type="workflow")
    first = make_package("First", flow=runs(middle.pk), flow_type="workflow")

    assert call_tool("validate_package", package_id=last.pk).data["errors"] == []
    closed = call_tool(
        "add_package_components",
        package_id=last.pk,
        components=[{"run_package_task_component": {"name": "back", "package_id": first.pk}}],
    )
    assert not closed.is_error

    for package in (first, middle, last):
        (error,) = call_tool("validate_package", package_id=package.pk).data["errors"]
        assert error["code"] == "workflow_recursion"
        assert error["message"].count(" -> ") == 3


def test_a_circle_names_no_package_that_the_caller_may_not_reach(account, actor, make_package):
    inside = create_workspace(account=account, name="Inside", actor=actor)
    first = make_package("First", flow=runs(), flow_type="workflow", workspace=inside)
    hidden = make_package("Canary", flow=runs(first.pk), flow_type="workflow")
    Package.objects.filter(pk=first.pk).update(data_flow_json=runs(hidden.pk))
    first.refresh_from_db()

    def message() -> str:
        (problem,) = package_problems(account, first, parse_flow(first.data_flow_json))
        return problem.message

    assert "Canary" in message()
    account.limit = WorkspaceLimit(frozenset({inside.pk}), frozenset)
    assert "First" in message()
    assert "Canary" not in message()


def test_an_archived_package_cannot_be_run(call_tool, make_package):
    gone = make_package("Gone", status="archived")
    package = make_package(
        flow=workflow(task("run_package", "r", package_id=gone.pk)), flow_type="workflow"
    )

    (error,) = call_tool("validate_package", package_id=package.pk).data["errors"]

    assert (error["code"], error["property"]) == ("workflow_unknown_package", "package_id")
    assert "archived" in error["message"]


def test_a_workflow_is_authored_and_summed_up_through_the_tools(call_tool, make_package):
    child = make_package("Child")
    made = call_tool(
        "create_package",
        name="Nightly",
        flow_type="workflow",
        components=[
            {"run_package_task_component": {"name": "load", "package_id": child.pk}},
            {"wait_task_component": {"seconds": 5}},
        ],
        edges=[{"source": "load", "target": "task1", "condition": "completion"}],
    )
    assert not made.is_error, made.data
    package_id = made.data["package_id"]
    added = call_tool(
        "add_package_components",
        package_id=package_id,
        components=[{"wait_task_component": {"name": "last", "seconds": 1}}],
        edges=[{"source": "task1", "target": "last"}],
    )
    assert not added.is_error, added.data
    call_tool(
        "update_package_components",
        package_id=package_id,
        components=[{"component_name": "load", "updates": {"variables": {"a": "1"}}}],
    )

    shown = call_tool("get_package", package_id=package_id, include_full_graph=True).data

    assert call_tool("validate_package", package_id=package_id).data["errors"] == []
    tally = {"run_package_task_component": 1, "wait_task_component": 2}
    assert shown["component_types"] == tally
    document = shown["data_flow_json"]
    assert document["edges"][0]["condition"] == "completion"
    assert document["components"][0]["run_package_task_component"]["variables"] == {"a": "1"}


def test_packages_of_others_cannot_be_brought_in(call_tool, make_package, other_account):
    foreign = make_package("Theirs", account=other_account)
    package = make_package(flow=workflow(wait("w")), flow_type="workflow")
    before = package.version

    for number in (foreign.pk, 10**9, 2**63):
        refused = call_tool(
            "add_package_components",
            package_id=package.pk,
            components=[{"run_package_task_component": {"name": "r", "package_id": number}}],
        )
        assert refused.data["error"] == f"r: package {number} not found"

    package.refresh_from_db()
    assert package.version == before


def test_the_catalogue_offers_tasks_to_workflows_alone():
    tasks = component_types("workflow")
    others = component_types("dataflow")

    assert {kind.category for kind in tasks.values()} == {"task"}
    assert not set(tasks) & set(others)
    assert all(key.endswith("_task_component") for key in tasks)
