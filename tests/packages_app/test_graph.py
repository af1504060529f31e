import copy
import json

import pytest

from common.errors import InvalidInput
from engine.catalog import COMPONENTS, component_types
from packages_app import graph

SOURCE = "cloud_storage_source_component"
SCHEMA = {"fields": [{"name": "id", "type": "long"}]}


def source(name="orders", **members):
    return {SOURCE: {"id": f"c_{name}", "name": name, "path": "a.csv", "schema": SCHEMA, **members}}


def limit(name="first", **members):
    return {"limit_component": {"id": f"c_{name}", "name": name, "limit": 5, **members}}


@pytest.fixture
def document():
    return {
        "flow_version": "2.0.0",
        "components": [source(), limit(), limit("second")],
        "edges": [
            {"id": "e_1", "source": "c_orders", "target": "c_first"},
            {"id": "e_2", "source": "c_first", "target": "c_second"},
        ],
        "notes": [{"text": "hello"}],
    }


def add(document, components=(), edges=(), types=COMPONENTS):
    return graph.add(document, components=list(components), edges=list(edges), types=types)


def lines_of(refused):
    return refused.value.message.split("\n")


def body_of(document, name):
    bodies = [body for wrapper in document["components"] for body in wrapper.values()]
    return next(body for body in bodies if body["name"] == name)


def update(document, name, updates):
    return graph.merge(document, [{"component_name": name, "updates": updates}])


def test_no_edit_changes_the_document_it_was_given(document):
    before = copy.deepcopy(document)

    add(document, [limit("third")], [{"source": "first", "target": "third"}])
    update(document, "orders", {"schema": {"fields": []}})
    graph.remove(document, ["first"])
    graph.replace_edges(document, [])

    assert document == before


def test_added_components_get_ids_names_and_types_where_they_have_none(document):
    added = add(document, [{"limit_component": {"limit": 1}}, {SOURCE: {"name": None}}])

    new = [next(iter(wrapper.items())) for wrapper in added.document["components"][3:]]
    assert [(key, body["name"]) for key, body in new] == [
        ("limit_component", "transformation1"),
        (SOURCE, "source1"),
    ]
    assert added.component_ids == {body["name"]: body["id"] for _, body in new}
    assert all(body["specific_component_type"] == key for key, body in new)
    assert added.document["notes"] == document["notes"]


def test_names_made_for_new_components_are_free(document):
    document["components"].append(limit("Transformation1"))

    added = add(document, [{"limit_component": {"limit": 1}}])

    assert list(added.component_ids) == ["transformation2"]


def test_edges_name_their_ends_by_old_or_new_ids_or_names(document):
    added = add(
        document,
        [limit("a", id="new"), limit("b")],
        [
            {"source": "c_second", "target": "new"},
            {"source": "a", "target": "b", "id": "mine"},
            {"source": "first", "target": "c_b", "target_port": "left"},
        ],
    )

    assert added.document["edges"][:2] == document["edges"]
    ends = [(edge["source"], edge["target"]) for edge in added.document["edges"][2:]]
    assert ends == [("c_second", "new"), ("new", "c_b"), ("c_first", "c_b")]
    assert added.document["edges"][4]["target_port"] == "left"
    assert added.edge_ids[1] == "mine"
    assert len(set(added.edge_ids)) == 3


def test_where_a_text_is_one_components_id_and_anothers_name_the_id_wins(document):
    document["components"].append(limit("c_first", id="x"))

    edited = graph.replace_edges(document, [{"source": "orders", "target": "c_first"}])

    assert edited["edges"][0]["target"] == "c_first"


@pytest.mark.parametrize(
    ("component", "line"),
    [
        ({}, 'components[0]: must be an object with exactly one key, the type: {"select_component'),
        ({"a": {}, "b": {}}, "components[0]: must be an object with exactly one key"),
        ({"limits_component": {}}, "there is no component type 'limits_component'. Did you mean"),
        ({"__proto__": {}}, "'__proto__'. list_component_types names them all"),
        ({"limit_component": []}, "components[0].limit_component: must be an object, not a list"),
        ({"limit_component": None}, "must be an object, not a single value"),
        (limit(id="a b"), "components[0].id: 'a b' cannot be an id"),
        (limit(id=7), "components[0].id: '7' cannot be an id"),
        (limit(id="c_orders"), "components[0].id: 'c_orders' is used more than once"),
        (limit(id="e_1"), "components[0].id: 'e_1' is used more than once"),
        (limit(7, id="x"), "components[0].name: must be a text"),
        (limit("x" * 129, id="x"), "components[0].name: has 129 characters; the limit is 128"),
        (limit("ORDERS"), "components[0].name: 'ORDERS' is the name of another component"),
        (
            limit("x", specific_component_type="filter_component"),
            "components[0].specific_component_type: must be limit_component here",
        ),
    ],
)
def test_a_new_component_that_does_not_fit_is_refused_by_its_place(document, component, line):
    with pytest.raises(InvalidInput) as refused:
        add(document, [component])

    assert line in refused.value.message


def test_new_components_must_differ_from_each_other_too(document):
    with pytest.raises(InvalidInput) as refused:
        add(document, [limit("a", id="x"), limit("A", id="x")])

    assert [line.partition(":")[0] for line in lines_of(refused)] == [
        "components[0].id",
        "components[0].name",
        "components[1].id",
        "components[1].name",
    ]


def test_every_problem_is_told_at_once(document):
    with pytest.raises(InvalidInput) as refused:
        add(
            document,
            [limit("first", id="n"), limit("n")],
            [{"source": "nowhere", "target": "n"}, {"source": "n", "target": "n"}, {}],
        )

    assert lines_of(refused) == [
        "components[0].name: 'first' is the name of another component; names are unique ignoring "
        "case",
        "edges[0].source: there is no component 'nowhere'",
        "edges[1]: leads from 'first' to itself",
        "edges[2].source: must be the id or the name of a component",
        "edges[2].target: must be the id or the name of a component",
    ]


def test_tasks_go_into_workflows_only_and_nothing_else_does():
    empty = {"components": [], "edges": []}
    wait = {"wait_task_component": {"seconds": 1}}

    added = add(empty, [wait], types=component_types("workflow")).document

    assert added["components"][0]["wait_task_component"]["name"] == "task1"
    with pytest.raises(InvalidInput, match="'limit_component' is no task of a workflow"):
        add(empty, [limit()], types=component_types("workflow"))
    with pytest.raises(InvalidInput, match="'wait_task_component' is a task, which only workflows"):
        add(empty, [wait], types=component_types("dataflow"))


def test_an_edge_has_one_of_three_conditions():
    tasks = [{"wait_task_component": {"name": name, "seconds": 1}} for name in ("a", "b")]
    empty = {"components": [], "edges": []}
    types = component_types("workflow")
    edge = {"source": "a", "target": "b", "condition": "failure"}

    added = add(empty, tasks, [edge], types=types).document

    assert added["edges"][0]["condition"] == "failure"
    with pytest.raises(InvalidInput, match="edges.0..condition: must be one of success, failure"):
        add(empty, tasks, [{**edge, "condition": "maybe"}], types=types)


@pytest.mark.parametrize("value", ["x", None, {}, [1], [None]])
def test_lists_that_are_none_are_refused(document, value):
    with pytest.raises(InvalidInput, match="components must be a list of objects"):
        graph.add(document, components=value, edges=[], types=COMPONENTS)
    with pytest.raises(InvalidInput, match="edges must be a list of objects"):
        graph.replace_edges(document, value)


def many(count):
    return [limit(f"n{number}") for number in range(count)]


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("components", "words"),
    [
        (many(198), "components has 201 entries; the limit is 200"),
        (many(5_000), "components has 5,000 entries; the limit is 200"),
        ([limit("big", note="x" * 2_097_152)], r"data_flow_json has [\d,]+ bytes; the limit is"),
        ([limit("deep", note=nested(16))], "nested deeper than 20 levels"),
        ([limit("nan", limit=float("nan"))], "values that are not JSON"),
        (
            [source("wide", schema={"fields": [{"name": "a"}] * 2_001})],
            r"wide: schema\.fields has 2,001 fields; the limit is 2,000",
        ),
    ],
)
def test_limits_are_named(document, components, words):
    with pytest.raises(InvalidInput, match=words):
        add(document, components)


def test_what_is_just_within_the_limits_is_kept(document):
    added = add(document, [*many(195), limit("deep", note=nested(15)), source("wide")])

    assert len(added.document["components"]) == 200
    wide = {"schema": {"fields": [{"name": "a"}] * 2_000}}
    assert len(body_of(update(added.document, "wide", wide), "wide")["schema"]["fields"]) == 2_000


def test_a_document_of_too_many_edges_is_refused(document):
    edges = [{"source": "first", "target": "second", "target_port": f"p{n}"} for n in range(1_001)]

    with pytest.raises(InvalidInput, match="edges has 1,001 entries; the limit is 1,000"):
        graph.replace_edges(document, edges)
    assert len(graph.replace_edges(document, edges[:1_000])["edges"]) == 1_000


@pytest.mark.promise("update_package_components.deep_merge")
def test_an_object_merges_deep_while_lists_and_single_values_replace(document):
    edited = update(
        document,
        "orders",
        {"path": "b.csv", "position": {"x": 1}, "schema": {"extra": {"a": 1}}},
    )
    edited = update(edited, "orders", {"position": {"y": 2}, "schema": {"extra": {"b": [1]}}})
    edited = update(edited, "orders", {"schema": {"fields": [{"name": "n"}], "extra": {"b": [2]}}})

    body = body_of(edited, "orders")
    assert (body["path"], body["position"]) == ("b.csv", {"x": 1, "y": 2})
    assert body["schema"] == {"fields": [{"name": "n"}], "extra": {"a": 1, "b": [2]}}


def test_null_deletes_at_every_depth(document):
    edited = update(document, "orders", {"note": "n", "position": {"x": 1, "y": 2}})
    edited = update(edited, "orders", {"note": None, "position": {"x": None}, "absent": None})

    body = body_of(edited, "orders")
    assert "note" not in body
    assert body["position"] == {"y": 2}
    assert update(document, "orders", {"extra": {"a": {"b": None}}})["components"][0][SOURCE][
        "extra"
    ] == {"a": {}}


@pytest.mark.parametrize(
    ("updates", "line"),
    [
        ({"path": None}, "components[0].updates.path: is required and cannot be removed"),
        ({"schema": None}, "components[0].updates.schema: is required and cannot be removed"),
        ({"name": None}, "components[0].updates.name: must be a text"),
        ({"name": " "}, "components[0].updates.name: must not be empty"),
        ({"name": "x" * 129}, "components[0].updates.name: has 129 characters"),
        ({"name": "FIRST"}, "components[0].updates.name: 'FIRST' is the name of another component"),
        ({"id": "c_orders"}, "components[0].updates.id: never changes; leave it out"),
        (
            {"specific_component_type": "limit_component"},
            "components[0].updates.specific_component_type: the type never changes; remove",
        ),
        ({"specific_component_type": None}, "specific_component_type: the type never changes"),
        ({"schema": []}, "components[0].updates.schema: must be an object, not a list"),
        (
            {"schema": {"fields": {"id": "long"}}},
            "components[0].updates.schema.fields: must be a list, not an object",
        ),
        ({"path": {"a": 1}}, "components[0].updates.path: must be a single value, not an object"),
        ({"path": ["a"]}, "components[0].updates.path: must be a single value, not a list"),
    ],
)
def test_an_update_that_does_not_fit_is_refused_by_its_place(document, updates, line):
    with pytest.raises(InvalidInput) as refused:
        update(document, "orders", updates)

    assert line in refused.value.message


def test_a_property_that_the_catalogue_does_not_know_may_change_its_shape(document):
    edited = update(document, "orders", {"odd": [1, 2]})
    edited = update(edited, "orders", {"odd": {"a": 1}})

    assert body_of(edited, "orders")["odd"] == {"a": 1}


def test_keys_that_mean_something_elsewhere_are_plain_data(document):
    odd = {"__proto__": {"polluted": True}, "constructor": {"prototype": {"x": 1}}}

    body = body_of(update(document, "orders", odd), "orders")

    assert {key: body[key] for key in odd} == odd
    assert json.loads(json.dumps(body)) == body


def test_naming_the_type_that_a_component_has_is_no_change(document):
    edited = update(document, "orders", {"specific_component_type": SOURCE})

    assert body_of(edited, "orders")["specific_component_type"] == SOURCE


def test_a_rename_keeps_the_edges_and_names_may_be_exchanged(document):
    edited = graph.merge(
        document,
        [
            {"component_name": "first", "updates": {"name": "second"}},
            {"component_name": "second", "updates": {"name": "first", "limit": 9}},
        ],
    )

    assert body_of(edited, "second")["id"] == "c_first"
    assert body_of(edited, "first")["limit"] == 9
    assert edited["edges"] == document["edges"]


def test_a_name_may_change_its_case(document):
    assert body_of(update(document, "orders", {"name": "Orders"}), "Orders")


def test_two_updates_of_one_component_both_count(document):
    edited = graph.merge(
        document,
        [
            {"component_name": "orders", "updates": {"position": {"x": 1}}},
            {"component_name": "orders", "updates": {"position": {"y": 2}}},
        ],
    )

    assert body_of(edited, "orders")["position"] == {"x": 1, "y": 2}


def test_one_unknown_component_refuses_all_updates_with_a_hint(document):
    with pytest.raises(InvalidInput) as refused:
        graph.merge(
            document,
            [
                {"component_name": "orders", "updates": {"path": "b.csv"}},
                {"component_name": "secnd", "updates": {"limit": 1}},
                {"component_name": "second", "updates": []},
                {"name": "first", "updates": {}},
            ],
        )

    assert lines_of(refused) == [
        "components[1].component_name: there is no component 'secnd'. Did you mean second?",
        "components[2].updates: must be an object",
        "components[3]: must be {component_name: text, updates: object}",
    ]


def test_updates_may_not_exceed_the_limits(document):
    with pytest.raises(InvalidInput, match=r"orders: schema\.fields has 2,001 fields"):
        update(document, "orders", {"schema": {"fields": [{"name": "a"}] * 2_001}})
    with pytest.raises(InvalidInput, match="nested deeper than 20 levels"):
        update(document, "orders", {"odd": nested(16)})


def test_a_removed_component_takes_its_edges_along(document):
    edited = graph.remove(document, ["first", "first"])

    assert [next(iter(w.values()))["name"] for w in edited["components"]] == ["orders", "second"]
    assert edited["edges"] == []
    assert graph.remove(document, ["second"])["edges"] == document["edges"][:1]


def test_one_unknown_component_refuses_the_whole_removal(document):
    with pytest.raises(InvalidInput) as refused:
        graph.remove(document, ["first", "Orders", "third"])

    assert lines_of(refused) == [
        "component_names[1]: there is no component 'Orders'. Did you mean orders?",
        "component_names[2]: there is no component 'third'",
    ]


def test_edges_are_replaced_by_ids_or_names(document):
    edited = graph.replace_edges(
        document,
        [
            {"source": "orders", "target": "c_second", "id": "mine", "color": "red"},
            {"source": "c_orders", "target": "first"},
        ],
    )

    assert edited["edges"] == [
        {"source": "c_orders", "target": "c_second", "id": "mine", "color": "red"},
        {"source": "c_orders", "target": "c_first", "id": "e_1"},
    ]
    assert edited["components"][1]["limit_component"]["id"] == "c_first"


def test_an_id_that_another_edge_was_given_is_not_kept_for_an_old_way(document):
    edited = graph.replace_edges(
        document,
        [
            {"source": "orders", "target": "first"},
            {"source": "orders", "target": "second", "id": "e_1"},
        ],
    )

    assert edited["edges"][1]["id"] == "e_1"
    assert edited["edges"][0]["id"] not in ("e_1", "")


def test_all_unknown_ends_are_named(document):
    with pytest.raises(InvalidInput) as refused:
        graph.replace_edges(
            document,
            [
                {"source": "orders", "target": "first"},
                {"source": "c_order", "target": "zzz"},
                {"source": "first", "target": 5},
            ],
        )

    assert lines_of(refused) == [
        "edges[1].source: there is no component 'c_order'. Did you mean orders?",
        "edges[1].target: there is no component 'zzz'",
        "edges[2].target: must be the id or the name of a component",
    ]


@pytest.mark.parametrize(
    ("edges", "line"),
    [
        ([("first", "first")], "edges[0]: leads from 'first' to itself"),
        ([("orders", "first"), ("c_orders", "c_first")], "edges[1]: 'orders' -> 'first' is there"),
        (
            [("orders", "first"), ("first", "second"), ("second", "first")],
            "edges: the flow would go in a circle: first -> second -> first",
        ),
    ],
)
def test_edges_that_make_no_flow_are_refused(document, edges, line):
    with pytest.raises(InvalidInput) as refused:
        graph.replace_edges(document, [{"source": a, "target": b} for a, b in edges])

    assert line in refused.value.message


def test_added_edges_may_not_close_a_circle_or_repeat_an_edge(document):
    with pytest.raises(InvalidInput, match="circle"):
        add(document, [], [{"source": "second", "target": "orders"}])
    with pytest.raises(InvalidInput, match=r"edges\[0\]: 'orders' -> 'first' is there twice"):
        add(document, [], [{"source": "orders", "target": "first"}])


@pytest.mark.parametrize(
    ("members", "line"),
    [
        ({"id": "a b"}, "edges[0].id: 'a b' cannot be an id"),
        ({"id": "c_orders"}, "edges[0].id: 'c_orders' is used more than once"),
        ({"target_port": 1}, "edges[0].target_port: must be a text such as 'left'"),
        ({"source_port": []}, "edges[0].source_port: must be a text such as 'left'"),
    ],
)
def test_an_edge_that_does_not_fit_is_refused_by_its_place(document, members, line):
    with pytest.raises(InvalidInput) as refused:
        graph.replace_edges(document, [{"source": "orders", "target": "first", **members}])

    assert line in refused.value.message


def test_two_edges_between_the_same_components_differ_by_their_ports(document):
    edges = [
        {"source": "orders", "target": "first", "target_port": "left"},
        {"source": "orders", "target": "first", "target_port": "right"},
    ]

    assert len(graph.replace_edges(document, edges)["edges"]) == 2


def test_a_thousand_wrong_edges_are_told_in_a_few_lines_and_quickly(document):
    edges = [{"source": f"{'x' * 5_00}{n}", "target": "first"} for n in range(1_000)]

    with pytest.raises(InvalidInput) as refused:
        graph.replace_edges(document, edges)

    assert lines_of(refused)[-1] == "and 950 more of this kind"
    assert len(refused.value.message) < 10_000


def test_what_was_wrong_before_and_is_not_touched_stays(document):
    document["components"] += [{"a": {}, "b": {}}, {"limit_component": "x"}, {"gone_component": {}}]
    document["edges"].append({"id": "e_3", "source": "c_first", "target": "nowhere"})

    edited = update(document, "orders", {"path": "b.csv"})
    edited = add(edited, [limit("third")], [{"source": "second", "target": "third"}]).document

    assert edited["components"][3:5] == document["components"][3:5]
    assert edited["edges"][2] == document["edges"][2]
    assert len(graph.remove(edited, ["third"])["edges"]) == 3


def test_a_name_that_two_components_bear_is_refused_as_an_address(document):
    document["components"].append(limit("first", id="x"))

    with pytest.raises(InvalidInput, match="more than one component is called 'first'"):
        update(document, "first", {"limit": 1})
