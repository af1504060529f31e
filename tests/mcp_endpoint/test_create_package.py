import pytest

from audit.models import AuditEntry
from packages_app.models import Package
from runs.models import Run
from tests.conftest import sample_flow


@pytest.fixture
def spec(make_connection):
    """The sample flow as an assistant writes it: no ids, edges by names."""
    flow = sample_flow(make_connection("spare").pk)
    names = {}
    for wrapper in flow["components"]:
        for body in wrapper.values():
            names[body.pop("id")] = body["name"]
    edges = [
        {**edge, "source": names[edge["source"]], "target": names[edge["target"]]}
        for edge in flow["edges"]
    ]
    for edge in edges:
        del edge["id"]
    return {
        "name": "Late flights",
        "flow_type": "dataflow",
        "components": flow["components"],
        "edges": edges,
    }


@pytest.mark.promise("create_package.answers_the_id", "create_package.makes_ids")
def test_an_assistant_creates_a_package_defines_its_variable_and_finds_it_valid(call_tool, spec):
    made = call_tool("create_package", **spec)
    package_id = made.data["package_id"]
    call_tool("manage_package_variables", package_id=package_id, set={"min_delay": 60})

    validated = call_tool("validate_package", package_id=package_id)

    assert validated.data["status"] == "completed", validated.data
    assert (made.data["version"], made.data["version_number"]) == ("1.0", 1)
    flow = call_tool("get_package", package_id=package_id, include_full_graph=True).data[
        "data_flow_json"
    ]
    bodies = {body["name"]: body for wrapper in flow["components"] for body in wrapper.values()}
    ids = {name: body["id"] for name, body in bodies.items()}
    assert [(edge["source"], edge["target"]) for edge in flow["edges"]] == [
        (ids[edge["source"]], ids[edge["target"]]) for edge in spec["edges"]
    ]
    assert len({*ids.values(), *(edge["id"] for edge in flow["edges"])}) == 9
    assert bodies["late"]["specific_component_type"] == "filter_component"


def test_what_an_assistant_created_can_be_run(call_tool, spec, platform, files, wait_for):
    for wrapper in spec["components"]:
        for body in wrapper.values():
            if "connection_id" in body:
                body["connection_id"] = files.pk
    package_id = call_tool("create_package", **spec).data["package_id"]
    call_tool("manage_package_variables", package_id=package_id, set={"min_delay": 60})

    run_id = call_tool("run_package", package_id=package_id).data["run_id"]

    run = wait_for(Run.objects.get(pk=run_id))
    assert run.status == "completed", run.error
    assert run.components.get(name="late_flights").rows_in == 3


@pytest.mark.promise("create_package.defaults")
def test_what_is_left_out_has_its_documented_default(call_tool, spec, user):
    package_id = call_tool("create_package", **spec).data["package_id"]

    package = Package.objects.get(pk=package_id)
    assert (package.workspace, package.description) == (None, "")
    assert (package.flow_version, package.data_flow_json["flow_version"]) == ("2.0.0", "2.0.0")
    assert (package.status, package.variables, package.owner) == ("active", {}, user)


@pytest.mark.promise("create_package.defaults")
def test_workspace_description_and_flow_version_are_kept(call_tool, spec, account):
    workspace = account.workspaces.create(name="Nightly")

    made = call_tool(
        "create_package",
        **spec,
        workspace_id=workspace.pk,
        description="Which flights are late?",
        flow_version="2.1.0",
    )

    package = Package.objects.get(pk=made.data["package_id"])
    assert (package.workspace, package.description) == (workspace, "Which flights are late?")
    assert (package.flow_version, package.data_flow_json["flow_version"]) == ("2.1.0", "2.1.0")


def test_the_answer_shows_all_that_is_new(call_tool, spec):
    changes = {
        change["path"]: change["after"]
        for change in call_tool("create_package", **spec).data["changes"]
    }

    assert changes["name"] == "Late flights"
    assert changes["components.late"] == {
        "name": "late",
        "conditions": [{"left": "delay", "operator": "gt", "right": "$min_delay"}],
        "specific_component_type": "filter_component",
    }
    assert changes["edges.airlines -> with_airline"] == {"target_port": "right"}


def test_a_flow_may_be_empty_and_a_workflow_holds_tasks_only(call_tool, spec):
    empty = {**spec, "components": [], "edges": []}

    assert call_tool("create_package", **empty).data["package_id"]
    assert call_tool("create_package", **{**empty, "flow_type": "workflow"}).data["package_id"]
    refused = call_tool("create_package", **{**spec, "flow_type": "workflow"})
    assert "components[0]: 'cloud_storage_source_component' is no task" in refused.data["error"]


def test_workspaces_and_connections_of_others_are_not_found_like_absent_ones(
    call_tool, footprint, spec, other_account, make_connection
):
    workspace = other_account.workspaces.create(name="theirs")
    connection = make_connection("theirs", account=other_account)
    before = footprint()

    workspaces = [
        call_tool("create_package", **spec, workspace_id=number).data
        for number in (workspace.pk, workspace.pk + 1, 2**63 - 1)
    ]
    connections = []
    for number in (connection.pk, connection.pk + 1):
        spec["components"][0]["cloud_storage_source_component"]["connection_id"] = number
        words = call_tool("create_package", **spec).data["error"]
        connections.append(words.replace(str(number), "N"))

    assert workspaces == [{"error": "workspace not found"}] * 3
    assert connections == ["flights: connection N not found"] * 2
    assert footprint() == before


@pytest.mark.promise("create_package.atomic")
def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(
    call_tool, footprint, spec
):
    before = footprint()
    components = [
        *spec["components"],
        {"limits_component": {"name": "x"}},
        {"limit_component": {"name": "y"}, "z": {}},
        {"select_component": []},
    ]

    answer = call_tool("create_package", **{**spec, "components": components})

    assert [line.partition(":")[0] for line in answer.data["error"].split("\n")] == [
        "components[5]",
        "components[6]",
        "components[7].select_component",
    ]
    assert "Did you mean limit_component" in answer.data["error"]
    assert footprint() == before


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.promise("create_package.atomic")
@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"name": ""}, "name: must not be empty"),
        ({"name": "  "}, "name: must not be empty"),
        ({"name": "x" * 256}, "name: must have at most 255 characters"),
        ({"name": None}, "name: must be a string"),
        ({"flow_type": "stream"}, "flow_type: must be 'dataflow' or 'workflow'"),
        ({"description": "x" * 4_097}, "description: must have at most 4096 characters"),
        ({"flow_version": "new"}, "flow_version: must be a version such as 2.0.0"),
        ({"components": {}}, "components: must be an array"),
        ({"components": ["x"]}, "components.0: must be an object"),
        ({"edges": None}, "edges: must be an array"),
        ({"edges": [{"source": "late"}]}, "edges[0].target: must be the id or the name"),
        ({"variables": {}}, "variables: is not an argument of this tool"),
        ({"components": [{"limit_component": {}}] * 5_000}, "components has 5,000 entries"),
        ({"components": [{"limit_component": {"note": "x" * 2_100_000}}]}, "data_flow_json has 2,"),
        ({"components": [{"limit_component": {"note": nested(30)}}]}, "deeper than 20 levels"),
        ({"components": [{"limit_component": {"note": "a\x00"}}]}, "components must not hold NUL"),
        ({"components": [{"limit_component": {"note": "\ud800"}}]}, "components must not hold NUL"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(
    call_tool, footprint, spec, changed, line
):
    before = footprint()

    answer = call_tool("create_package", **{**spec, **changed})

    assert answer.is_error
    assert line in answer.data["error"]
    assert footprint() == before


@pytest.mark.promise("create_package.required")
@pytest.mark.parametrize("name", ["name", "flow_type", "components", "edges"])
def test_the_documented_arguments_are_required(call_tool, spec, name):
    del spec[name]

    assert call_tool("create_package", **spec).data == {"error": f"{name}: is required"}


def test_one_key_makes_one_package(call_tool, spec):
    first, again = (call_tool("create_package", **spec, idempotency_key="k") for _ in range(2))
    other = call_tool("create_package", **{**spec, "name": "x"}, idempotency_key="k")

    assert first.data == again.data
    assert Package.objects.get().pk == first.data["package_id"]
    assert other.data["error"].startswith("idempotency_key: 'k' was used for")
    assert AuditEntry.objects.filter(action="create_package").count() == 1
