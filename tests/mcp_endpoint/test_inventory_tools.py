"""Single connections, clusters, component types and schedules, through the HTTP endpoint."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.services import create_connection
from engine.catalog import COMPONENTS
from engine.check import check_flow
from engine.flow import parse_flow
from engine.variables import Variables
from runs.models import Cluster
from schedules.models import Schedule
from schedules.services import create_schedule, fire_due_schedules


@pytest.fixture
def warehouse(account, actor):
    return create_connection(
        account=account,
        name="warehouse",
        kind="postgres",
        settings={"host": "db.example", "database": "dwh", "username": "etl"},
        secrets={"password": "canary-7f3b"},
        actor=actor,
    )


@pytest.fixture
def schedule(account, make_package, user, actor):
    return create_schedule(
        account=account,
        package_id=make_package(name="Late flights").pk,
        name="Nightly",
        cron="0 2 * * *",
        owner=user,
        enabled=True,
        variables={"min_delay": "30"},
        actor=actor,
    )


@pytest.mark.promise(
    "get_connection.by_id",
    "get_connection.identifying_fields",
    "get_connection.suggested_components",
)
def test_get_connection_shows_where_and_how_but_no_secret(call_tool, warehouse):
    answer = call_tool("get_connection", connection_id=warehouse.pk)

    assert (answer.data["host"], answer.data["port"], answer.data["database"]) == (
        "db.example",
        5432,
        "dwh",
    )
    assert answer.data["secrets_set"] == ["password"]
    assert "canary" not in str(answer.raw)
    assert answer.data["suggested_components"] == [
        "database_source_component",
        "database_destination_component",
    ]


@pytest.mark.promise("get_connection.suggested_components")
def test_suggested_components_are_ones_that_are_listed(call_tool, make_connection):
    folder = make_connection()

    suggested = call_tool("get_connection", connection_id=folder.pk).data["suggested_components"]

    assert suggested == ["cloud_storage_source_component", "cloud_storage_destination_component"]
    assert set(suggested) <= set(COMPONENTS)


@pytest.mark.promise("list_clusters.status_filter")
def test_list_clusters_filters_by_status(call_tool, account):
    ready = Cluster.objects.create(account=account, name="default", status="available", nodes=2)
    Cluster.objects.create(account=account, name="old", status="terminated")

    clusters = call_tool("list_clusters", status="available").data["clusters"]

    assert [(c["id"], c["nodes"], c["terminate_on_idle"]) for c in clusters] == [
        (ready.pk, 2, False)
    ]
    assert len(call_tool("list_clusters").data["clusters"]) == 2


@pytest.mark.promise("list_component_types.whole_catalogue", "list_component_types.category_filter")
def test_list_component_types_names_all_and_filters_by_category(call_tool):
    everything = call_tool("list_component_types").data["component_types"]
    categories = ("source", "transformation", "destination", "task")
    parts = {
        category: call_tool("list_component_types", category=category).data["component_types"]
        for category in categories
    }

    assert [entry["wrapper_key"] for entry in everything] == list(COMPONENTS)
    for category, entries in parts.items():
        assert {entry["category"] for entry in entries} == {category}
    assert sum(map(len, parts.values())) == len(everything)
    assert "execute_sql_task" in {entry["name"] for entry in parts["task"]}
    assert all(entry["header"] for entry in everything)


@pytest.mark.promise(
    "describe_component_type.wrapper_example",
    "describe_component_type.takes_listed_names",
)
@pytest.mark.parametrize("wrapper_key", list(COMPONENTS))
def test_each_described_example_is_a_component_as_flows_hold_it(call_tool, wrapper_key):
    described = call_tool("describe_component_type", name=wrapper_key).data

    flow = parse_flow({"components": [described["wrapper_example"]], "edges": []})
    flow_type = COMPONENTS[wrapper_key].flow_types[0]
    codes = {
        problem.code
        for problem in check_flow(flow, Variables(), flow_type)
        if problem.code in {"invalid_property_value", "unknown_property", "unknown_component_type"}
    }
    assert codes == set()
    assert set(described["required"]) <= {entry["name"] for entry in described["properties"]}
    assert described["wrapper_key"] == wrapper_key


def test_a_component_type_goes_by_its_short_name_too(call_tool):
    by_name = call_tool("describe_component_type", name="join").data

    assert by_name["wrapper_key"] == "join_component"
    assert by_name["inputs"]["min"] == 2


def test_an_unknown_component_type_is_answered_with_the_nearest(call_tool):
    answer = call_tool("describe_component_type", name="agregate")

    assert answer.is_error
    assert "aggregate" in answer.data["error"]


@pytest.mark.promise("list_schedules.filters")
def test_list_schedules_filters_by_package_and_state(call_tool, schedule):
    row = call_tool("list_schedules", enabled=True).data["schedules"][0]

    assert row["id"] == schedule.pk
    assert row["cron"] == "0 2 * * *"
    assert row["next_run_at"].endswith("02:00:00Z")
    assert call_tool("list_schedules", enabled=False).data["schedules"] == []
    assert call_tool("list_schedules", package_id=schedule.package_id + 1).data["schedules"] == []


def test_get_schedule_shows_variables_and_the_last_firings(call_tool, schedule):
    Schedule.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    run = fire_due_schedules()[0].run

    data = call_tool("get_schedule", schedule_id=schedule.pk).data

    assert data["variables"] == {"min_delay": "30"}
    assert data["package_name"] == "Late flights"
    assert [(f["outcome"], f["run_id"]) for f in data["recent_firings"]] == [("started", run.pk)]


@pytest.mark.parametrize(
    ("tool", "argument", "words"),
    [
        ("get_connection", "connection_id", "connection not found"),
        ("get_schedule", "schedule_id", "schedule not found"),
    ],
)
def test_a_foreign_id_answers_exactly_as_an_unknown_one(
    call_tool, make_connection, make_package, other_account, actor, tool, argument, words
):
    connection = make_connection(account=other_account)
    package = make_package(account=other_account)
    schedule = create_schedule(
        account=other_account, package_id=package.pk, name="x", cron="@daily", actor=actor
    )
    foreign = {"connection_id": connection.pk, "schedule_id": schedule.pk}[argument]

    answers = [call_tool(tool, **{argument: i}) for i in (foreign, 10**9, 2**63)]

    assert [answer.data for answer in answers] == [{"error": words}] * 3
