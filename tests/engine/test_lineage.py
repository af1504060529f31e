"""Lineage of hand-made flows, said by hand; and that no component type is without."""

import json

import pytest

from engine.catalog import COMPONENTS
from engine.flow import parse_flow
from engine.lineage import lineage
from engine.plan import compile_flow
from engine.variables import Variables
from tests.engine.flows import FILES, chain, component, csv_source, graph, table_destination

ORDERS = csv_source("orders", "orders.csv", {"id": "long", "who": "string", "amount": "double"})
PEOPLE = csv_source("people", "people.csv", {"who": "string", "city": "string", "json": "json"})


def lineage_of(flow: dict, variables: dict[str, str] | None = None) -> list[dict]:
    return lineage(compile_flow(parse_flow(flow), Variables(variables or {})))


def columns(entry: dict) -> dict[str, set[tuple[str, str, str]]]:
    """Per column, the (component, column, how) of its sources."""
    return {
        column["name"]: {(s["component_name"], s["column"], s["how"]) for s in column["sources"]}
        for column in entry["columns"]
    }


def deciding(entry: dict) -> set[tuple[str, str]]:
    return {(origin["component_name"], origin["column"]) for origin in entry["rows_depend_on"]}


def of_one(*middle: dict) -> tuple[dict, set]:
    (entry,) = lineage_of(chain(ORDERS, *middle, table_destination("out", "t")))
    return columns(entry), deciding(entry)


def direct(name: str, source: str = "orders") -> set:
    return {(source, name, "direct")}


def computed(*names: str, source: str = "orders") -> set:
    return {(source, name, "computed") for name in names}


ALL = {"id": direct("id"), "who": direct("who"), "amount": direct("amount")}


def test_a_source_column_is_told_by_its_own_name_and_not_by_its_alias():
    source = csv_source("orders", "o.csv", {})
    source["cloud_storage_source_component"]["schema"] = {
        "fields": [{"name": "Order No", "alias": "number", "type": "long"}]
    }

    (entry,) = lineage_of(chain(source, table_destination("out", "t")))

    assert columns(entry) == {"number": direct("Order No")}
    assert entry["rows_depend_on"] == []


def test_a_select_tells_renamed_values_from_computed_ones():
    select = component("select", "s", fields=[
        {"expression": "(id)", "alias": "number"},
        {"expression": "amount * 2 + id", "alias": "double"},
        {"expression": "amount", "alias": "whole", "type": "int"},
    ])  # fmt: skip

    assert of_one(select) == (
        {
            "number": direct("id"),
            "double": computed("amount", "id"),
            "whole": computed("amount"),
        },
        set(),
    )


@pytest.mark.parametrize("expression", ["'now'", "1 + 2", "$place", "upper('$place')", "NULL"])
def test_constants_and_variables_have_no_source(expression):
    select = component("select", "s", fields=[{"expression": expression, "alias": "v"}])

    (entry,) = lineage_of(chain(ORDERS, select, table_destination("out", "t")), {"place": "'Oslo'"})

    assert columns(entry) == {"v": set()}


def test_what_was_computed_once_is_never_direct_again():
    first = component("select", "a", fields=[{"expression": "lower(who)", "alias": "name"}])
    second = component("select", "b", fields=[{"expression": "name", "alias": "label"}])

    assert of_one(first, second) == ({"label": computed("who")}, set())


def test_filter_sort_and_assert_only_decide_about_rows():
    condition = [{"left": "amount", "operator": "gt", "right": "1"}]
    parts = [
        component("filter", "f", conditions=condition),
        component("assert", "a", conditions=[{"left": "id", "operator": "is_not_null"}],
                  error_message="no id"),
        component("sort", "s", sort_fields=[{"field": "who"}]),
    ]  # fmt: skip

    assert of_one(*parts) == (ALL, {("orders", "amount"), ("orders", "id"), ("orders", "who")})


@pytest.mark.parametrize("part", [component("limit", "l", limit=3), component("distinct", "d")])
def test_what_only_drops_rows_leaves_every_column_as_it_is(part):
    assert of_one(part)[0] == ALL


def test_a_rank_is_computed_from_what_it_goes_by():
    example = COMPONENTS["rank_component"].example
    body = {**example, "id": "r", "name": "r", "sort_fields": [{"field": "amount"}]}

    found, _ = of_one({"rank_component": body})

    assert {name: found.pop(name) for name in ALL} == ALL
    assert list(found.values()) == [computed("amount")]


def test_a_join_has_both_sides_and_depends_on_its_keys():
    join = component("join", "j", conditions=[{"left_field": "who", "right_field": "who"}])
    flow = graph([ORDERS, PEOPLE, join, table_destination("out", "t")],
                 [("orders", "j"), ("people", "j"), ("j", "out")])  # fmt: skip

    (entry,) = lineage_of(flow)

    assert columns(entry) == {
        **ALL,
        "people_who": direct("who", "people"),
        "city": direct("city", "people"),
        "json": direct("json", "people"),
    }
    assert deciding(entry) == {("orders", "who"), ("people", "who")}


def test_a_cross_join_depends_on_nothing():
    flow = graph([ORDERS, PEOPLE, component("cross_join", "j"), table_destination("out", "t")],
                 [("orders", "j"), ("people", "j"), ("j", "out")])  # fmt: skip

    (entry,) = lineage_of(flow)

    assert columns(entry)["city"] == direct("city", "people")
    assert deciding(entry) == set()


def test_an_aggregate_keeps_its_keys_and_computes_its_figures():
    aggregate = component("aggregate", "a", group_by=[{"field": "who", "alias": "person"}],
        aggregations=[{"function": "count_all", "alias": "rows"},
                      {"function": "sum", "field": "amount", "alias": "total"}])  # fmt: skip

    assert of_one(aggregate) == (
        {"person": direct("who"), "rows": set(), "total": computed("amount")},
        {("orders", "who")},
    )


def test_a_union_has_the_sources_of_every_branch():
    renamed = component("select", "r", fields=[{"expression": "upper(who)", "alias": "who"}])
    plain = component("select", "p", fields=[{"expression": "who", "alias": "who"}])
    union = component("union", "u")
    pairs = [("orders", "r"), ("people", "p"), ("r", "u"), ("p", "u"), ("u", "out")]
    flow = graph([ORDERS, PEOPLE, renamed, plain, union, table_destination("out", "t")], pairs)

    (entry,) = lineage_of(flow)

    assert columns(entry) == {"who": computed("who") | direct("who", "people")}


def test_a_flattened_field_comes_from_the_opened_one():
    fields = [{"path": "$.sku", "alias": "sku"}]
    flatten = component("flatten", "f", field="json", fields=fields, position_field="line")
    flow = chain(PEOPLE, flatten, table_destination("out", "t"))

    (entry,) = lineage_of(flow)

    assert columns(entry) == {
        "who": direct("who", "people"),
        "city": direct("city", "people"),
        "sku": computed("json", source="people"),
        "line": computed("json", source="people"),
    }


def test_a_destination_maps_and_casts_and_each_has_an_entry_of_its_own():
    schema = {"fields": [{"input": "id", "name": "No"},
                         {"input": "amount", "name": "Whole", "type": "int"}]}  # fmt: skip
    mapped = component("database_destination", "a", connection_id=2, target_table="t",
                       schema=schema)  # fmt: skip
    whole = component("cloud_storage_destination", "b", connection_id=FILES, directory="d")

    first, second = lineage_of(graph([ORDERS, mapped, whole], [("orders", "a"), ("orders", "b")]))

    assert columns(first) == {"No": direct("id"), "Whole": computed("amount")}
    assert columns(second) == ALL


FIELDS = {
    **dict.fromkeys(("id", "customer_id", "quantity"), "long"),
    **dict.fromkeys(("amount", "price", "revenue"), "double"),
    **dict.fromkeys(("status", "country", "city", "region", "month", "name"), "string"),
    **dict.fromkeys(("updated_at", "ordered_at"), "datetime"),
    "lines": "json_array",
}
OTHERWISE = {"flatten_component": {"include_all_input": False}}
TRANSFORMS = [k for k, kind in COMPONENTS.items() if kind.category == "transformation"]


@pytest.mark.parametrize("key", TRANSFORMS)
def test_every_transformation_has_lineage_for_each_of_its_fields(key):
    """Whatever a type computes comes from the columns that arrive, or from nothing."""
    kind = COMPONENTS[key]
    count = max(kind.inputs.min, 2 if kind.inputs.max is None else 0)
    sources = [csv_source(f"s{n}", f"{n}.csv", FIELDS) for n in range(count)]
    middle = {key: {**kind.example, **OTHERWISE.get(key, {}), "id": "m", "name": "m"}}
    targets = [table_destination(f"t{n}", "t") for n in range(kind.outputs.min)]
    pairs = [(f"s{n}", "m") for n in range(count)] + [("m", f"t{n}") for n in range(len(targets))]

    entry, *_ = lineage_of(graph([*sources, middle, *targets], pairs))

    assert json.loads(json.dumps(entry)) == entry
    assert entry["columns"]
    told = {(s["component_id"], s["column"]) for c in entry["columns"] for s in c["sources"]}
    assert told
    assert told <= {(f"s{n}", name) for n in range(count) for name in FIELDS}
