import pytest

from common.changes import Change, diff


def test_what_is_equal_has_no_differences_whatever_the_order_of_members():
    assert diff({"a": {"x": 1, "y": [1, 2]}}, {"a": {"y": [1, 2], "x": 1}}) == []


def test_objects_are_compared_member_by_member_and_lists_as_wholes():
    before = {"name": "a", "body": {"path": "x", "deep": {"n": 1, "m": 2}, "list": [1, 2]}}
    after = {"name": "b", "body": {"path": "x", "deep": {"n": 1, "m": 3}, "list": [1]}}

    assert diff(before, after) == [
        Change("name", "a", "b"),
        Change("body.deep.m", 2, 3),
        Change("body.list", [1, 2], [1]),
    ]


def test_members_of_one_side_alone_count_as_wholes():
    assert diff({"gone": {"a": 1}}, {"new": {"b": {"c": 2}}}) == [
        Change("gone", {"a": 1}, None),
        Change("new", None, {"b": {"c": 2}}),
    ]


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), ([1], [True])])
def test_values_that_only_python_takes_for_equal_differ(one, other):
    assert diff({"a": one}, {"a": other}) == [Change("a", one, other)]


def test_null_is_another_state_than_absence():
    assert diff({"a": None}, {}) == [Change("a", None, None)]


def test_an_object_in_the_place_of_a_list_is_one_difference():
    assert diff({"a": [1]}, {"a": {"b": 1}}) == [Change("a", [1], {"b": 1})]


def test_steps_that_would_be_misread_are_quoted():
    assert [change.path for change in diff({}, {"a.b": 1, "c -> d": 2, "": 3})] == [
        '["a.b"]',
        "c -> d",
        '[""]',
    ]
