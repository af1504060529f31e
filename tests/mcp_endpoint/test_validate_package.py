import pytest

from engine.system_variables import PREDEFINED
from packages_app.models import JobValidation
from packages_app.queries import used_connections
from runs.execution import build_order
from tests.conftest import sample_flow


@pytest.fixture
def flow(make_connection):
    return sample_flow(make_connection().pk)


def body(flow, number):
    return next(iter(flow["components"][number].values()))


@pytest.mark.promise("validate_package.keeps_a_record")
def test_a_sound_package_is_valid_and_each_call_keeps_a_record(call_tool, make_package, flow):
    package = make_package(flow=flow)

    answers = [call_tool("validate_package", package_id=package.pk) for _ in range(2)]

    assert [answer.data["status"] for answer in answers] == ["completed"] * 2
    assert answers[0].data["status_message"] == "Validation successful"
    assert answers[0].data["errors"] == []
    assert JobValidation.objects.filter(package=package, package_version=1).count() == 2
    assert package.history.count() == 1


@pytest.mark.promise(
    "validate_package.errors_by_component",
    "validate_package.expressions_and_connections",
)
@pytest.mark.parametrize(
    ("number", "changes", "code", "name", "words"),
    [
        (
            1,
            {"conditions": [{"left": "dely", "operator": "gt", "right": "1"}]},
        )
        + ("unknown_input_field", "late", "delay"),
        (
            1,
            {"conditions": [{"left": "delay", "operator": "gt", "right": "$nope"}]},
        )
        + ("undefined_variable", "late", "nope"),
        (
            1,
            {"conditions": [{"left": "delay", "operator": "gt", "right": "getenv('X')"}]},
        )
        + ("unknown_function", "late", "getenv"),
        (4, {"connection_id": 10**9}, "missing_connection", "late_flights", "1000000000"),
    ],
)
def test_an_error_names_component_and_cause(
    call_tool, make_package, flow, number, changes, code, name, words
):
    body(flow, number).update(changes)
    package = make_package(flow=flow)

    data = call_tool("validate_package", package_id=package.pk).data

    assert data["status"] == "failed"
    found = [(error["code"], error["component_name"]) for error in data["errors"]]
    assert (code, name) in found
    assert words in str(data["errors"])


@pytest.mark.promise("validate_package.expressions_and_connections")
def test_a_connection_of_the_wrong_kind_or_another_account_is_an_error(
    call_tool, make_package, make_connection, other_account, flow
):
    database = make_connection("warehouse", "duckdb", category="database")
    foreign = make_connection("theirs", account=other_account)
    body(flow, 0)["connection_id"] = database.pk
    body(flow, 4)["connection_id"] = foreign.pk
    package = make_package(flow=flow)

    data = call_tool("validate_package", package_id=package.pk).data

    assert {error["code"] for error in data["errors"]} == {
        "wrong_connection_type",
        "missing_connection",
    }


def test_the_connection_for_answers_is_judged_and_reaches_the_run(
    call_tool, make_package, make_connection, make_run, account, flow, tmp_path
):
    database = make_connection("warehouse", "duckdb", category="database")
    sends = {"id": "c5", "name": "crm", "url": "https://api.example.com", "save_responses": True}
    flow["components"][4] = {
        "rest_api_destination_component": {**sends, "responses_connection_id": database.pk}
    }
    package = make_package(flow=flow)

    (error,) = call_tool("validate_package", package_id=package.pk).data["errors"]
    connections = build_order(make_run(package), tmp_path).connections

    assert (error["code"], error["property"]) == (
        "wrong_connection_type",
        "responses_connection_id",
    )
    assert database.pk in connections
    assert database.pk in used_connections(account)


def test_variables_that_only_a_run_knows_are_no_error(call_tool, make_package, flow):
    body(flow, 0)["path"] = "$_JOB_ID/flights.csv"
    package = make_package(flow=flow)

    assert call_tool("validate_package", package_id=package.pk).data["errors"] == []


def test_the_platform_sets_exactly_the_variables_that_validation_knows(
    make_package, make_run, flow, tmp_path
):
    run = make_run(make_package(flow=flow))

    assert set(build_order(run, tmp_path).predefined) == set(PREDEFINED)


@pytest.mark.promise("validate_package.structure", "validate_package.errors_by_component")
@pytest.mark.parametrize(
    ("edge", "code", "name"),
    [
        ({"source": "c9", "target": "c2"}, "dangling_edge", ""),
        ({"source": "c4", "target": "c2"}, "cycle", ""),
        ({"source": "c1", "target": "c5"}, "too_many_inputs", "late_flights"),
        ({"source": "c1", "target": "c4", "target_port": "up"}, "invalid_port", "with_airline"),
    ],
)
def test_a_flaw_of_the_structure_is_found_before_any_field(
    call_tool, make_package, flow, edge, code, name
):
    flow["edges"].append({"id": "e9", **edge})
    package = make_package(flow=flow)

    data = call_tool("validate_package", package_id=package.pk).data

    assert data["status"] == "failed"
    assert (code, name) in {(error["code"], error["component_name"]) for error in data["errors"]}
