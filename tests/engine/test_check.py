import pytest

from common.errors import InvalidInput
from engine.catalog import COMPONENTS, describe
from engine.check import check_flow
from engine.describe import describe_stages, graph_summary
from engine.flow import MAX_COMPONENTS, complete_document, parse_flow
from engine.plan import compile_flow
from engine.problems import FlowInvalid
from engine.variables import Variables
from tests.engine.flows import chain, component, csv_source, graph, table_destination

SOURCE = csv_source("in", "in.csv", {"id": "long", "name": "string", "day": "date"})
OUT = table_destination("out", "t")


def codes(flow: dict, variables: dict[str, str] | None = None) -> set[str]:
    problems = check_flow(parse_flow(flow), Variables(variables or {}))
    return {problem.code for problem in problems}


def select(*fields: tuple[str, str], name: str = "s") -> dict:
    return component("select", name, fields=[{"expression": e, "alias": a} for e, a in fields])


def test_a_good_flow_has_no_findings():
    assert codes(chain(SOURCE, select(("id + 1", "next")), OUT)) == set()


AGGREGATE_NAME = component(
    "aggregate", "a", aggregations=[{"function": "sum", "field": "name", "alias": "x"}]
)
JOIN = component("join", "j", conditions=[{"left_field": "id", "right_field": "name"}])

CASES = {
    "empty_flow": {"components": [], "edges": []},
    "unknown_component_type": chain(SOURCE, component("selekt", "s"), OUT),
    "invalid_wrapper": {"components": [{"a": {}, "b": {}}], "edges": []},
    "duplicate_component_name": chain(SOURCE, {"sort_component": {
        "id": "x", "name": "IN", "sort_fields": [{"field": "id"}]}}, OUT),
    "duplicate_id": chain(SOURCE, component("limit", "in", limit=1), OUT),
    "missing_required_property": chain(SOURCE, component("filter", "f"), OUT),
    "invalid_property_value": chain(SOURCE, component("limit", "l", limit=0), OUT),
    "unknown_property": chain(SOURCE, component("limit", "l", limit=1, colour="red"), OUT),
    "no_source": chain(select(("1", "a")), OUT),
    "no_destination": chain(SOURCE, select(("id", "a"))),
    "dangling_edge": graph([SOURCE, OUT], [("in", "out"), ("in", "nowhere")]),
    "self_loop": graph([SOURCE, select(("id", "a")), OUT],
                       [("in", "s"), ("s", "s"), ("s", "out")]),
    "duplicate_edge": graph([SOURCE, OUT], [("in", "out"), ("in", "out")]),
    "cycle": graph([SOURCE, select(("id", "a")), select(("id", "a"), name="s2"), OUT],
                   [("in", "s"), ("s", "s2"), ("s2", "s"), ("s2", "out")]),
    "disconnected_component": graph([SOURCE, OUT, select(("1", "a"))], [("in", "out")]),
    "too_few_inputs": graph([SOURCE, JOIN, OUT], [("in", "j"), ("j", "out")]),
    "too_many_inputs": graph([SOURCE, csv_source("in2", "b", {"id": "long"}), OUT],
                             [("in", "out"), ("in2", "out")]),
    "too_few_outputs": graph([SOURCE], []),
    "too_many_outputs": graph([SOURCE, OUT, select(("id", "a"))],
                              [("in", "out"), ("out", "s")]),
    "empty_schema": chain(csv_source("in", "in.csv", {}), OUT),
    "duplicate_field_alias": chain(SOURCE, select(("id", "a"), ("name", "A")), OUT),
    "invalid_field_name": chain(SOURCE, select(("id", "1a")), OUT),
    "unknown_input_field": chain(SOURCE, select(("idd", "a")), OUT),
    "expression_syntax": chain(SOURCE, select(("id +", "a")), OUT),
    "unknown_function": chain(SOURCE, select(("getenv('A')", "a")), OUT),
    "wrong_argument_count": chain(SOURCE, select(("left(name)", "a")), OUT),
    "type_mismatch": chain(SOURCE, AGGREGATE_NAME, OUT),
    "undefined_variable": chain(SOURCE, select(("$x", "a")), OUT),
    "variable_not_allowed": chain(SOURCE, component("limit", "l", limit="$n"), OUT),
    "merge_without_key": chain(SOURCE, table_destination(
        "out", "t", operation_type="merge_update_insert", keys={"id": False})),
    "union_schema_mismatch": graph(
        [SOURCE, csv_source("in2", "b", {"id": "string"}), component("union", "u"), OUT],
        [("in", "u"), ("in2", "u"), ("u", "out")]),
    "cross_join_large": graph(
        [SOURCE, component("limit", "l", limit=4_000), component("clone", "c"),
         component("select", "s", fields=[{"expression": "id"}]), component("cross_join", "x"),
         OUT],
        [("in", "l"), ("l", "c"), ("c", "s"), ("c", "x"), ("s", "x"), ("x", "out")]),
    "where_keyword": chain(component("database_source", "in", connection_id=1, source_table="t",
                                     where_clause="WHERE a = 1",
                                     schema={"fields": [{"name": "a"}]}), OUT),
    "unsafe_sql_fragment": chain(component("database_source", "in", connection_id=1,
                                           source_table="t", where_clause="a = 1; DROP TABLE t",
                                           schema={"fields": [{"name": "a"}]}), OUT),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_each_fault_is_reported_under_its_code(code):
    assert code in codes(CASES[code])


def test_a_cross_join_is_judged_by_rows_that_are_known_and_only_warned_of():
    flow = parse_flow(CASES["cross_join_large"])

    (problem,) = check_flow(flow, Variables())

    assert (problem.severity, problem.component_name) == ("warning", "x")
    assert "16,000,000 rows" in problem.message


def test_a_cross_join_of_unknown_size_is_not_warned_of():
    parts = [SOURCE, csv_source("in2", "b", {"n": "long"}), component("cross_join", "x"), OUT]
    flow = graph(parts, [("in", "x"), ("in2", "x"), ("x", "out")])

    assert codes(flow) == set()


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_union_takes_any_number_of_inputs_from_two_on(count):
    sources = [csv_source(f"in{n}", "b", {"id": "long"}) for n in range(count)]
    pairs = [*((f"in{n}", "u") for n in range(count)), ("u", "out")]

    assert codes(graph([*sources, component("union", "u"), OUT], pairs)) == set()
    assert "too_few_inputs" in codes(
        graph([sources[0], component("union", "u"), OUT], [("in0", "u"), ("u", "out")])
    )


def test_a_clone_with_one_output_is_reported():
    assert codes(chain(SOURCE, component("clone", "c"), OUT)) == {"too_few_outputs"}


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (component("limit", "x", limit=1, partition_by=["nmae"]), "partition_by[0]"),
        (component("limit", "x", limit=1, order_by=[{"field": "nmae"}]), "order_by[0].field"),
        (component("distinct", "x", keys=["nmae"]), "keys[0]"),
        (component("rank", "x", rank_field_name="r", sort_fields=[{"field": "nmae"}]),
         "sort_fields[0].field"),
        (component("assert", "x", error_message="e", conditions=[
            {"left": "nmae", "operator": "is_null"}]), "conditions[0].left"),
        (component("cube", "x", groupings=[{"type": "cube", "fields": ["nmae"]}],
                   aggregations=[{"function": "count_all", "alias": "n"}]),
         "groupings[0].fields[0]"),
        (component("aggregate", "x", aggregations=[
            {"function": "first", "field": "id", "alias": "n",
             "options": {"order_by": [{"field": "nmae"}]}}]),
         "aggregations[0].options.order_by[0].field"),
        (component("window", "x", functions=[{"function": "sum", "field": "nmae", "alias": "n"}]),
         "functions[0].field"),
        (component("window", "x", partition_by=["nmae"],
                   functions=[{"function": "count", "alias": "n"}]), "partition_by[0]"),
        (component("flatten", "x", field="nmae", fields=[{"alias": "n"}]), "field"),
        (component("log_destination", "out", schema={"fields": [{"name": "nmae"}]}),
         "schema.fields[0].input"),
    ],
)  # fmt: skip
def test_a_misspelt_field_is_answered_with_the_nearest(part, place):
    parts = [SOURCE, part] if "log" in next(iter(part)) else [SOURCE, part, OUT]

    (problem,) = check_flow(parse_flow(chain(*parts)), Variables())

    assert (problem.code, problem.property) == ("unknown_input_field", place)
    assert problem.hint == "Did you mean name?"


def test_an_alias_may_not_hold_a_variable():
    assert "variable_not_allowed" in codes(chain(SOURCE, select(("id", "$a")), OUT), {"a": "'x'"})


def test_an_invalid_port_is_reported():
    flow = graph([SOURCE, JOIN, OUT], [("in", "j"), ("in", "j"), ("j", "out")])
    flow["edges"][0]["target_port"] = "middle"

    assert "invalid_port" in codes(flow)


def test_joining_unlike_types_is_reported():
    second = csv_source("in2", "b.csv", {"name": "string"})
    flow = graph([SOURCE, second, JOIN, OUT], [("in", "j"), ("in2", "j"), ("j", "out")])

    assert codes(flow) == {"type_mismatch"}


def test_a_finding_names_component_property_and_way_out():
    flow = parse_flow(chain(SOURCE, select(("id", "ok"), ("nam", "b")), OUT))

    (problem,) = check_flow(flow, Variables())

    assert (problem.component_id, problem.component_name) == ("s", "s")
    assert problem.property == "fields[1].expression"
    assert problem.hint == "Did you mean name?"


def test_compiling_a_faulty_flow_raises_all_its_findings():
    flow = parse_flow(chain(SOURCE, select(("nam", "b"), ("dayy", "c")), OUT))

    with pytest.raises(FlowInvalid) as caught:
        compile_flow(flow, Variables())

    assert [problem.property for problem in caught.value.problems] == [
        "fields[0].expression",
        "fields[1].expression",
    ]


def test_fields_and_types_travel_to_the_destination():
    flow = chain(
        SOURCE,
        select(("id", "key"), ("day + INTERVAL 1 DAY", "next"), ("id / 2", "half")),
        component("aggregate", "a", group_by=[{"field": "next"}],
                  aggregations=[{"function": "sum", "field": "key", "alias": "total"},
                                {"function": "maximum", "field": "half", "alias": "most"}]),
        OUT,
    )  # fmt: skip

    plan = compile_flow(parse_flow(flow), Variables())

    assert [(field.name, field.type) for field in plan.stages[-1].fields] == [
        ("next", "date"),
        ("total", "long"),
        ("most", "double"),
    ]


def test_missing_ids_and_names_are_made_and_everything_else_is_kept():
    document = {
        "components": [{"limit_component": {"limit": 1, "later": [1]}}, {"x_source_component": {}}],
        "edges": [{"source": "a", "target": "b"}],
        "notes": [{"text": "hello"}],
    }

    complete = complete_document(document)

    body = complete["components"][0]["limit_component"]
    assert (body["name"], body["later"]) == ("transformation1", [1])
    assert complete["components"][1]["x_source_component"]["name"] == "source1"
    assert len({body["id"], complete["edges"][0]["id"]}) == 2
    assert complete["notes"] == document["notes"]
    assert "id" not in document["components"][0]["limit_component"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"components": [{}] * (MAX_COMPONENTS + 1)}, "limit is 200"),
        ({"edges": [{}] * 1_001}, "limit is 1,000"),
        ({"components": "x"}, "list of objects"),
        ({"notes": "x" * (2 * 1024 * 1024)}, "limit is 2,097,152"),
        ({"a": [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}, "20 levels"),
    ],
)
def test_a_document_over_a_limit_is_refused_with_the_limit_named(document, words):
    with pytest.raises(InvalidInput, match=words):
        parse_flow(document)


def test_the_summary_counts_and_locates():
    flow = parse_flow(chain(SOURCE, select(("id", "a")), OUT))

    assert graph_summary(flow) == {
        "component_count": 3,
        "edge_count": 2,
        "component_types": {
            "cloud_storage_source_component": 1,
            "database_destination_component": 1,
            "select_component": 1,
        },
        "sources": [
            {"name": "in", "type": "cloud_storage_source_component", "connection_id": 1,
             "location": "in.csv"}
        ],
        "destinations": [
            {"name": "out", "type": "database_destination_component", "connection_id": 2,
             "location": "t"}
        ],
    }  # fmt: skip
    assert describe_stages(flow)[2] == "out: writes s to t (connection 2)."


def test_rows_of_the_flow_and_the_log_are_told_without_a_connection():
    rows = component("sample_data_source", "in", rows=[{"id": 1}])
    flow = parse_flow(chain(rows, component("log_destination", "out")))

    assert describe_stages(flow) == [
        "in: reads 1 rows in the flow.",
        "out: writes in to the run's log.",
    ]
    assert graph_summary(flow)["sources"][0]["connection_id"] is None


@pytest.mark.parametrize("wrapper_key", COMPONENTS)
def test_the_catalogue_describes_each_type_with_an_example_that_is_accepted(wrapper_key):
    entry = describe(wrapper_key)

    COMPONENTS[wrapper_key].model_validate(entry["example"])
    names = {prop["name"] for prop in entry["properties"]}
    assert set(entry["required"]) <= names
    assert set(entry["example"]) <= names
    assert entry["header"]
    assert all(prop["description"] for prop in entry["properties"])
    assert entry["wrapper_example"] == {wrapper_key: entry["example"]}
