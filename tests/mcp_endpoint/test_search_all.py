"""search_all, through the HTTP endpoint."""

import json

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from accounts.services import create_workspace
from packages_app.models import Package
from runs.models import Cluster


def add_packages(account, count, **fields):
    Package.objects.bulk_create(
        Package(account=account, **{"name": f"late {index:03}", **fields}) for index in range(count)
    )


def test_search_all_finds_every_type_and_counts_what_it_shows(
    call_tool, account, actor, make_package, make_connection
):
    workspace = create_workspace(account=account, name="Late nights", actor=actor)
    package = make_package(name="Late flights", workspace=workspace)
    connection = make_connection("latecomers")

    answer = call_tool("search_all", query="LATE")

    assert answer.data == {
        "query": "LATE",
        "results": [
            {
                "type": "connections",
                "id": connection.pk,
                "name": "latecomers",
                "description": "",
                "kind": "local_folder",
                "status": "untested",
                "workspace_id": None,
                "workspace_name": None,
            },
            {
                "type": "packages",
                "id": package.pk,
                "name": "Late flights",
                "description": "",
                "kind": "dataflow",
                "status": "active",
                "workspace_id": workspace.pk,
                "workspace_name": "Late nights",
            },
            {
                "type": "workspaces",
                "id": workspace.pk,
                "name": "Late nights",
                "description": "",
                "kind": None,
                "status": None,
                "workspace_id": None,
                "workspace_name": None,
            },
        ],
        "counts": {"connections": 1, "packages": 1, "clusters": 0, "workspaces": 1},
        "has_more": {
            "connections": False,
            "packages": False,
            "clusters": False,
            "workspaces": False,
        },
    }


def test_search_all_narrows_by_types_and_tells_of_more(call_tool, account):
    add_packages(account, 60)
    Cluster.objects.create(account=account, name="late")

    default = call_tool("search_all", query="late", types=["packages"]).data
    most = call_tool("search_all", query="late", per_type_limit=50).data

    assert (default["counts"], default["has_more"]) == ({"packages": 10}, {"packages": True})
    assert default["results"][0]["name"] == "late 059"
    assert (most["counts"]["packages"], most["counts"]["clusters"]) == (50, 1)
    assert (most["has_more"]["packages"], most["has_more"]["clusters"]) == (True, False)


def test_another_accounts_objects_never_appear(
    call_tool, other_account, make_package, make_connection, actor
):
    make_package(name="late", account=other_account, description="late")
    make_connection("late", account=other_account)
    Cluster.objects.create(account=other_account, name="late")
    create_workspace(account=other_account, name="late", actor=actor)

    answer = call_tool("search_all", query="late").data

    assert answer["results"] == []
    assert not any(answer["has_more"].values())


def test_no_credential_and_no_setting_is_shown(call_tool, make_connection):
    make_connection(
        "late", "postgres", category="database", settings={"host": "db.example", "username": "etl"}
    )

    text = json.dumps(call_tool("search_all", query="late").raw)

    assert "db.example" not in text
    assert "etl" not in text


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "query: is required"),
        ({"query": ""}, "query: must not be empty"),
        ({"query": "  "}, "query: must hold at least one word"),
        ({"query": "x" * 201}, "query: must have at most 200 characters"),
        ({"query": 5}, "query: must be a string"),
        ({"query": "x\x00"}, "query must not hold NUL"),
        ({"query": "x", "per_type_limit": 0}, "per_type_limit: must be at least 1"),
        ({"query": "x", "per_type_limit": 51}, "per_type_limit: must be at most 50"),
        ({"query": "x", "types": "packages"}, "types: must be an array"),
        ({"query": "x", "types": ["runs"]}, "types.0: must be 'connections', 'packages'"),
        ({"query": "x", "types": []}, "types: must not be empty"),
        ({"query": "x", "type": "packages"}, "type: is not an argument of this tool"),
    ],
)
def test_refused_arguments_name_the_field_and_the_limit(call_tool, arguments, line):
    answer = call_tool("search_all", **arguments)

    assert answer.is_error
    assert line in answer.data["error"]


@pytest.mark.parametrize("query", ["x" * 200, "\U0001f600" * 200, "'; DROP TABLE x", '"', "a b"])
def test_any_text_within_the_limits_is_answered(call_tool, query):
    answer = call_tool("search_all", query=query, per_type_limit=50)

    assert answer.is_error is (query == '"')


def test_three_rows_and_three_hundred_cost_the_same_queries(call_tool, account):
    def asked(count):
        add_packages(account, count)
        with CaptureQueriesContext(database) as queries:
            call_tool("search_all", query="late", per_type_limit=50)
        return len(queries)

    asked(1)

    assert [asked(2), asked(297)] == [5, 5]


def test_an_answer_stays_small_whatever_things_are_called(call_tool, account):
    add_packages(account, 50, name="late " + "\U0001f600" * 250, description="\U0001f600" * 200)

    answer = call_tool("search_all", query="late", per_type_limit=50)

    assert len(answer.raw["content"][0]["text"].encode()) < 100_000
    assert 5 < answer.data["counts"]["packages"] < 50
    assert answer.data["has_more"]["packages"]
