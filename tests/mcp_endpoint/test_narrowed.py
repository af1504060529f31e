"""Connections that their owner narrowed to tool groups or workspaces."""

import json

import pytest

from accounts.rights import ToolGroup
from accounts.services import create_workspace
from connected_apps.models import ConnectedApplication
from mcp_endpoint.registry import TOOLS
from runs.models import Cluster, Run
from schedules.services import create_schedule
from tests.conftest import sample_flow


@pytest.fixture
def narrow(token):
    """Narrow the connection that every call of the test uses."""

    def change(**limits):
        ConnectedApplication.objects.update(**limits)

    return change


@pytest.fixture
def world(account, actor, make_package, make_run, make_connection):
    """An inner workspace and everything else, each with one object of every kind."""
    inner = create_workspace(account=account, name="Inner", actor=actor)
    outer = create_workspace(account=account, name="Outer secret", actor=actor)
    made = {}
    for name, workspace in (("inner", inner), ("outer secret", outer), ("loose secret", None)):
        connection = make_connection(f"{name} files", settings={"path": name.replace(" ", "-")})
        cluster = Cluster.objects.create(account=account, name=f"{name} pool", status="available")
        package = make_package(
            name=f"{name} package", workspace=workspace, flow=sample_flow(connection.pk)
        )
        run = make_run(package, cluster=cluster, status=Run.Status.FAILED)
        schedule = create_schedule(
            account=account,
            package_id=package.pk,
            name=f"{name} schedule",
            cron="0 8 * * *",
            actor=actor,
        )
        made[name] = {
            "workspace_id": workspace.pk if workspace else None,
            "connection_id": connection.pk,
            "cluster_id": cluster.pk,
            "package_id": package.pk,
            "run_id": run.pk,
            "schedule_id": schedule.pk,
        }
    return made


LISTS = ["list_workspaces", "list_packages", "list_connections", "list_clusters", "list_runs"]
LISTS += ["list_schedules"]
SINGLE = {
    "get_package": "package_id",
    "get_connection": "connection_id",
    "get_run": "run_id",
    "get_schedule": "schedule_id",
    "validate_package": "package_id",
    "explain_job_failure": "run_id",
    "run_package": "package_id",
    "cancel_job": "run_id",
    "retry_job": "run_id",
    "test_connection": "connection_id",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_only_what_the_workspaces_hold(call_tool, world, narrow, name):
    narrow(workspace_ids=[world["inner"]["workspace_id"]])

    answer = call_tool(name)

    text = json.dumps(answer.data)
    assert "nner" in text
    assert "secret" not in text
    assert answer.data.get("unassigned_package_count", 0) == 0


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("where", ["outer secret", "loose secret"])
def test_what_lies_outside_is_as_absent_as_an_unknown_id(call_tool, world, narrow, name, where):
    narrow(workspace_ids=[world["inner"]["workspace_id"]])
    argument = SINGLE[name]

    outside = call_tool(name, **{argument: world[where][argument]})
    unknown = call_tool(name, **{argument: 999_999})

    assert outside.is_error
    assert outside.data == unknown.data


@pytest.mark.parametrize("name", SINGLE)
def test_what_lies_inside_is_found(call_tool, world, narrow, name):
    narrow(workspace_ids=[world["inner"]["workspace_id"]])

    answer = call_tool(name, **{SINGLE[name]: world["inner"][SINGLE[name]]})

    assert not answer.is_error


def test_a_run_goes_to_no_cluster_outside(call_tool, world, narrow):
    narrow(workspace_ids=[world["inner"]["workspace_id"]])
    package_id = world["inner"]["package_id"]

    outside = call_tool(
        "run_package", package_id=package_id, cluster_id=world["outer secret"]["cluster_id"]
    )
    inside = call_tool("run_package", package_id=package_id)

    assert outside.data == {"error": "cluster not found"}
    assert inside.data["cluster_id"] == world["inner"]["cluster_id"]


def test_a_connection_narrowed_to_no_workspace_sees_nothing(call_tool, world, narrow):
    narrow(workspace_ids=[])

    for name in LISTS:
        assert not [value for value in call_tool(name).data.values() if value]


def test_tool_groups_decide_what_is_listed_and_what_may_be_called(rpc, call_tool, narrow):
    narrow(tool_groups=[ToolGroup.RUNS])

    listed = {tool["name"] for tool in rpc("tools/list").json()["result"]["tools"]}
    refused = call_tool("list_packages")

    assert listed == {name for name, tool in TOOLS.items() if tool.group is ToolGroup.RUNS}
    assert not call_tool("list_runs").is_error
    assert refused.is_error
    assert "may not use the tools of the group inventory" in refused.data["error"]


def test_resources_and_completion_keep_to_the_limit(rpc, world, narrow):
    narrow(workspace_ids=[world["inner"]["workspace_id"]])
    outside = world["outer secret"]

    listed = rpc("resources/list").json()["result"]["resources"]
    read = rpc("resources/read", {"uri": f"etl://packages/{outside['package_id']}"}).json()
    log = rpc("resources/read", {"uri": f"etl://runs/{outside['run_id']}/log"}).json()
    ref = {"type": "ref/prompt", "name": "explore_connection"}
    params = {"ref": ref, "argument": {"name": "connection", "value": ""}}
    completed = rpc("completion/complete", params).json()["result"]["completion"]["values"]

    assert [entry["name"] for entry in listed] == ["inner package"]
    assert read["error"]["message"] == log["error"]["message"] == "Resource not found"
    assert completed == ["inner files"]


def test_resources_need_the_group_of_the_tool_that_shows_the_same(rpc, world, narrow):
    narrow(tool_groups=[ToolGroup.EXECUTION])
    inside = world["inner"]

    for uri in (f"etl://packages/{inside['package_id']}", f"etl://runs/{inside['run_id']}/log"):
        assert (
            rpc("resources/read", {"uri": uri}).json()["error"]["message"] == "Resource not found"
        )
    assert rpc("resources/list").json()["result"]["resources"] == []
