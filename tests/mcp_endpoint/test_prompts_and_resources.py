"""Prompts, resources and completion, in both eras."""

import json

import pytest

from engine.catalog import COMPONENTS
from mcp_endpoint.prompts import PROMPTS

DOCUMENTED = [
    ("explain_failed_sync", {}, "My Salesforce sync just failed - what broke?"),
    (
        "packages_without_success",
        {},
        "Show me all packages that haven't run successfully this week",
    ),
    (
        "clone_for_testing",
        {},
        "Clone the Salesforce to Snowflake package into a new workspace for testing",
    ),
    ("disabled_schedules", {}, "Which schedules are currently disabled?"),
    (
        "preview_table",
        {},
        "Preview the first 20 rows of the orders table on our production DB connection",
    ),
    (
        "orient",
        {},
        "List the workspaces in my Integrate.io account and summarize the health of each one.",
    ),
    (
        "recent_failures",
        {},
        "Show me all jobs that failed in the last 24 hours and summarize the most common errors.",
    ),
    (
        "diagnose_failure",
        {"run_id": "123456"},
        "Explain why run ID 123456 failed and suggest how to fix it.",
    ),
    (
        "audit_schedules",
        {},
        "List all enabled schedules and tell me which packages run most frequently.",
    ),
    (
        "explore_connection",
        {},
        "What tables are available on the production-postgres connection?",
    ),
]


def test_the_documented_prompts_are_all_there(modern, rpc):
    listed = rpc("prompts/list").json()["result"]["prompts"]

    assert [prompt["name"] for prompt in listed] == [name for name, _, _ in DOCUMENTED]
    assert modern.result("prompts/list")["prompts"] == listed


@pytest.mark.parametrize(("name", "arguments", "words"), DOCUMENTED)
def test_a_prompt_begins_with_the_documented_words(rpc, name, arguments, words):
    result = rpc("prompts/get", {"name": name, "arguments": arguments}).json()["result"]

    message = result["messages"][0]
    assert message["role"] == "user"
    assert message["content"]["text"].splitlines()[0] == words


def test_arguments_fill_a_prompt_in(rpc):
    params = {"name": "preview_table", "arguments": {"table": "flights", "row_count": "5"}}

    text = rpc("prompts/get", params).json()["result"]["messages"][0]["content"]["text"]

    assert text.startswith("Preview the first 5 rows of the flights table on our production DB")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"name": "no_such"}, "Unknown prompt: no_such"),
        ({}, "Unknown prompt"),
        ({"name": "diagnose_failure"}, "run_id is required"),
        ({"name": "diagnose_failure", "arguments": {"run_id": 5}}, "run_id is required"),
        ({"name": "orient", "arguments": []}, "arguments must be an object"),
        ({"name": "orient", "arguments": {"x": "y"}}, "no argument x"),
        ({"name": "diagnose_failure", "arguments": {"run_id": "x" * 301}}, "at most 300"),
    ],
)
def test_a_prompt_that_cannot_be_made_is_invalid_params(rpc, params, words):
    error = rpc("prompts/get", params).json()["error"]

    assert error["code"] == -32602
    assert words in error["message"]


def test_resources_are_the_active_packages_in_pages(modern, rpc, make_package):
    made = [make_package(name=f"p{number}").pk for number in range(25)]

    first = rpc("resources/list").json()["result"]
    second = rpc("resources/list", {"cursor": first["nextCursor"]}).json()["result"]

    uris = [entry["uri"] for entry in first["resources"] + second["resources"]]
    assert uris == [f"etl://packages/{pk}" for pk in reversed(made)]
    assert "nextCursor" not in second
    assert modern.result("resources/list")["resources"] == first["resources"]


def test_a_cursor_that_is_none_is_invalid_params(rpc):
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        assert rpc(method, {"cursor": "??"}).json()["error"]["code"] == -32602
        assert "result" in rpc(method, {"cursor": ""}).json()


def test_a_package_is_read_with_its_graph(modern, make_package):
    package = make_package()

    result = modern.result("resources/read", {"uri": f"etl://packages/{package.pk}"})

    content = result["contents"][0]
    held = json.loads(content["text"])
    assert (held["id"], held["data_flow_json"]) == (package.pk, package.data_flow_json)
    assert content["mimeType"] == "application/json"
    assert result["cacheScope"] == "private"


def test_every_component_type_is_read_by_its_key(rpc):
    for key in COMPONENTS:
        read = rpc("resources/read", {"uri": f"etl://components/{key}"}).json()["result"]
        assert json.loads(read["contents"][0]["text"])["wrapper_key"] == key


@pytest.fixture
def foreign(other_account, make_package, make_run):
    package = make_package(account=other_account)
    return package, make_run(package)


@pytest.mark.parametrize(
    "uri",
    [
        "etl://packages/999",
        "etl://packages/0",
        "etl://packages/-1",
        "etl://packages/9999999999999999999",
        "etl://packages/FOREIGN_PACKAGE",
        "etl://runs/FOREIGN_RUN/log",
        "etl://runs/1",
        "etl://components/no_such_component",
        "file:///etc/passwd",
        "test://nothing",
    ],
)
def test_absent_and_foreign_resources_are_alike_not_found(modern, rpc, foreign, uri):
    package, run = foreign
    uri = uri.replace("FOREIGN_PACKAGE", str(package.pk)).replace("FOREIGN_RUN", str(run.pk))

    new = modern.send("resources/read", {"uri": uri})
    old = rpc("resources/read", {"uri": uri}).json()["error"]

    error = {"message": "Resource not found", "data": {"uri": uri}}
    assert (new.status_code, new.json()["error"]) == (400, {"code": -32602, **error})
    assert old == {"code": -32002, **error}


def completed(rpc, ref, name, value):
    params = {"ref": ref, "argument": {"name": name, "value": value}}
    return rpc("completion/complete", params).json()["result"]["completion"]


def test_ids_and_names_are_completed_within_the_account(rpc, make_package, make_run, foreign):
    package = make_package(name="Carrier delays")
    run = make_run(package)
    template = {"type": "ref/resource", "uri": "etl://packages/{id}"}

    assert completed(rpc, template, "id", "carrier")["values"] == [str(package.pk)]
    assert completed(rpc, template, "id", str(package.pk))["values"] == [str(package.pk)]
    runs = {"type": "ref/resource", "uri": "etl://runs/{id}/log"}
    assert completed(rpc, runs, "id", "")["values"] == [str(run.pk)]
    components = {"type": "ref/resource", "uri": "etl://components/{name}"}
    assert completed(rpc, components, "name", "jo")["values"] == ["join_component"]
    prompt = {"type": "ref/prompt", "name": "explain_failed_sync"}
    assert completed(rpc, prompt, "package", "DELAYS")["values"] == ["Carrier delays"]
    assert completed(rpc, prompt, "other", "x") == {"values": [], "hasMore": False}


def test_no_more_than_a_hundred_values_are_offered(rpc, make_package):
    for number in range(101):
        make_package(name=f"p{number}")

    found = completed(rpc, {"type": "ref/resource", "uri": "etl://packages/{id}"}, "id", "")

    assert (len(found["values"]), found["hasMore"]) == (100, True)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"ref": {"type": "ref/prompt", "name": "none"}, "argument": {"name": "a", "value": ""}},
        {"ref": {"type": "ref/prompt", "name": "orient"}, "argument": {"name": "a"}},
        {"ref": {"type": "ref/resource", "uri": []}, "argument": {"name": "a", "value": ""}},
    ],
)
def test_a_completion_of_nothing_is_invalid_params(rpc, params):
    assert rpc("completion/complete", params).json()["error"]["code"] == -32602


def test_the_prompts_point_only_at_tools_that_exist(rpc):
    names = {tool["name"] for tool in rpc("tools/list").json()["result"]["tools"]}

    for prompt in PROMPTS.values():
        used = {word.strip(".,;:") for word in prompt.description.split() if "_" in word}
        assert used <= names | {"completed_at", "last_error", "dry_run"}, prompt.name
