"""A source that has changed since its flow was made: ignored, refused, or followed."""

import pytest

from connections.drivers.types import widens
from engine.execute import StageFailed
from tests.engine.flows import (
    Recorder,
    chain,
    component,
    table_destination,
)


def flow(place, fields: dict[str, str | None], policy: str, *between, **target):
    listed = [{"name": name, **({"type": word} if word else {})} for name, word in fields.items()]
    source = component("database_source", "in", connection_id=place.id, source_table="s",
                       schema={"fields": listed})  # fmt: skip
    given = {"connection_id": place.id, "schema_drift": policy, **target}
    return chain(source, *between, table_destination("out", "t", **given))


PASSING = component("filter", "all", conditions=[{"left": "1", "operator": "eq", "right": "1"}])


def test_a_new_column_is_ignored_refused_or_added_by_the_policy(bench, place):
    place("CREATE TABLE s (a BIGINT)")
    place("CREATE TABLE t (a BIGINT)")
    bench.run(flow(place, {"a": "long"}, "fail"))
    place("ALTER TABLE s ADD COLUMN fresh VARCHAR(9)")
    place("INSERT INTO s VALUES (1, 'x')")

    bench.run(flow(place, {"a": "long"}, "ignore"))
    with pytest.raises(
        StageFailed, match=r"the column fresh \(.*\) is new.*schema_drift"
    ) as caught:
        bench.run(flow(place, {"a": "long"}, "fail"))
    assert caught.value.component_name == "in"
    recorder = Recorder()
    bench.run(flow(place, {"a": "long"}, "add_columns", PASSING), recorder=recorder)
    mapped = [{"name": "a"}]
    bench.run(flow(place, {"a": "long"}, "add_columns", schema={"fields": mapped}))

    found = sorted(place("SELECT a, fresh FROM t"), key=str)
    assert found == [(1, "x"), (1, "x"), (1, None)]
    assert any("the column fresh" in line and "is new" in line for _, _, line in recorder.lines)


def test_a_new_column_that_a_select_leaves_out_is_not_added(bench, place):
    place("CREATE TABLE s (a BIGINT, fresh BIGINT)")
    pick = component("select", "pick", fields=[{"expression": "a", "alias": "a"}])

    bench.run(flow(place, {"a": "long"}, "add_columns", pick))

    assert place("SELECT * FROM t") == []
    with pytest.raises(Exception, match="fresh"):
        place("SELECT fresh FROM t")


@pytest.mark.parametrize("policy", ["ignore", "fail", "add_columns"])
def test_a_removed_column_always_fails_by_its_name(bench, place, policy):
    place("CREATE TABLE s (a BIGINT)")

    with pytest.raises(StageFailed, match="column gone") as caught:
        bench.run(flow(place, {"a": "long", "gone": "date"}, policy))

    if policy != "ignore":
        assert "(date) is no longer in the table s" in caught.value.message


def test_a_wider_type_is_refused_or_followed_into_the_destination(bench, place):
    place("CREATE TABLE s (a BIGINT)")
    place("CREATE TABLE t (a INTEGER)")
    place("INSERT INTO s VALUES (9000000000)")

    with pytest.raises(StageFailed, match="the column a was int and is (?i:bigint)"):
        bench.run(flow(place, {"a": "int"}, "fail"))
    bench.run(flow(place, {"a": "int"}, "add_columns"))

    assert place("SELECT a FROM t") == [(9000000000,)]


def test_without_a_policy_a_value_beyond_the_declared_type_stops_the_run(bench, place):
    place("CREATE TABLE s (a BIGINT)")
    place("INSERT INTO s VALUES (9000000000)")

    with pytest.raises(StageFailed):
        bench.run(flow(place, {"a": "int"}, "ignore"))


def test_whole_numbers_become_decimals_and_decimals_longer_ones(bench, place):
    if place.kind == "sqlite":
        pytest.skip("SQLite keeps decimals of at most 15 digits")
    place("CREATE TABLE s (a NUMERIC(30,4), b NUMERIC(20,3))")
    place("CREATE TABLE t (a BIGINT, b NUMERIC(10,2))")
    place("INSERT INTO s VALUES (12345678901234567890123456.7891, 12345678901234567.125)")

    bench.run(flow(place, {"a": "long", "b": "decimal(10,2)"}, "add_columns"))

    assert [tuple(map(str, row)) for row in place("SELECT a, b FROM t")] == [
        ("12345678901234567890123456.7891", "12345678901234567.125")
    ]


@pytest.mark.parametrize("policy", ["ignore", "fail", "add_columns"])
def test_a_type_that_the_field_cannot_hold_always_fails_with_both_types(bench, place, policy):
    place("CREATE TABLE s (a TIMESTAMP)")
    place("INSERT INTO s VALUES ('2024-01-01 10:00:00')")

    with pytest.raises(StageFailed, match="column a .*date") as caught:
        bench.run(flow(place, {"a": "date"}, policy))

    now = "2024-01-01 10:00" if (place.kind, policy) == ("sqlite", "ignore") else "time"
    assert now in caught.value.message.lower()


@pytest.mark.parametrize("policy", ["ignore", "fail", "add_columns"])
def test_a_narrower_destination_column_always_fails_with_both_types(bench, place, policy):
    place("CREATE TABLE s (a DOUBLE PRECISION)")
    place("CREATE TABLE t (a BIGINT)")

    with pytest.raises(StageFailed, match="The column a of t is .* incoming field is double"):
        bench.run(flow(place, {"a": None}, policy))


def test_texts_get_longer_with_their_declared_length(bench, place):
    place("CREATE TABLE s (a VARCHAR(9))")
    place("CREATE TABLE t (a VARCHAR(3))")
    place("INSERT INTO s VALUES ('abcdef')")
    fields = {"fields": [{"name": "a", "length": 9}]}

    bench.run(flow(place, {"a": "string"}, "add_columns", schema=fields))

    assert place("SELECT a FROM t") == [("abcdef",)]


def test_one_type_is_wider_than_another_only_where_no_value_is_lost():
    words = ("int", "long", "decimal(10,0)", "decimal(19,0)", "decimal(38,9)", "decimal(12,2)",
             "float", "double", "string", "date", "datetime", "boolean")  # fmt: skip
    wider = {(old, new) for old in words for new in words if widens(old, new)}

    assert wider == {
        ("int", "long"), ("int", "decimal(10,0)"), ("int", "decimal(19,0)"),
        ("int", "decimal(38,9)"), ("int", "decimal(12,2)"), ("long", "decimal(19,0)"),
        ("long", "decimal(38,9)"), ("decimal(10,0)", "decimal(19,0)"),
        ("decimal(10,0)", "decimal(38,9)"), ("decimal(10,0)", "decimal(12,2)"),
        ("decimal(19,0)", "decimal(38,9)"), ("decimal(12,2)", "decimal(38,9)"),
        ("float", "double"),
    }  # fmt: skip
