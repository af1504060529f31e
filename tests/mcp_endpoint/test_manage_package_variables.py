import pytest

from connections import vault
from packages_app.models import Package


def variables_of(package):
    return Package.objects.get(pk=package.pk).variables


def test_variables_are_set_and_removed_and_the_others_stay(call_tool, make_package):
    package = make_package(variables={"a": "1", "b": "2", "c": "3"})

    answer = call_tool(
        "manage_package_variables",
        package_id=package.pk,
        set={"a": "'EU'", "n": 5, "f": 1.5, "t": True},
        remove=["b"],
    )

    expected = {"a": "'EU'", "c": "3", "n": "5", "f": "1.5", "t": "true"}
    assert variables_of(package) == answer.data["variables"] == expected
    assert {change["path"] for change in answer.data["changes"]} == {
        f"variables.{name}" for name in "abnft"
    }
    assert answer.data["version_number"] == 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"set": {"token": "1"}}, "set.token: is a secret variable; those are changed in the"),
        ({"remove": ["token"]}, "remove[0]: 'token' is a secret variable"),
        ({"remove": ["nope"]}, "remove[0]: there is no variable 'nope'"),
        ({"set": {"_X": "1"}}, "set._X: begins with '_', which is kept for the platform"),
        ({"set": {"a b": "1"}}, "set.a b: cannot name a variable"),
        ({"set": {"a": "x" * 10_001}}, "set.a: has 10,001 characters; the limit is 10,000"),
        ({"set": {f"v{n}": 1 for n in range(200)}}, "would have 201 variables; the limit is 200"),
        ({"set": {"a": None}}, "set.a"),
        ({"set": {"a": ["1"]}}, "set.a"),
        ({"set": {"a\x00": "1"}}, "set must not hold NUL"),
        ({"set": []}, "set: must be an object"),
        ({"remove": "min_delay"}, "remove: must be an array"),
        ({}, "set, remove: give at least one of them"),
        ({"set": {}, "remove": []}, "set, remove: give at least one of them"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_is_written(
    call_tool, footprint, make_package, arguments, line
):
    package = make_package(secret_variables=vault.encrypt({"token": "s3cret-canary"}))
    before = footprint()

    answer = call_tool("manage_package_variables", package_id=package.pk, **arguments)

    assert answer.is_error
    assert line in answer.data["error"]
    assert "s3cret-canary" not in str(answer.raw)
    assert footprint() == before


def test_every_problem_is_told_at_once(call_tool, package):
    answer = call_tool(
        "manage_package_variables",
        package_id=package.pk,
        set={"1": "1", "min_delay": "2"},
        remove=["min_delay", "x"],
    )

    assert [line.partition(":")[0] for line in answer.data["error"].split("\n")] == [
        "set.1",
        "set.min_delay",
        "remove[1]",
    ]
