import pytest

from common.changes import Change
from engine.catalog import COMPONENTS
from packages_app import graph
from packages_app.snapshot import NOTHING, Snapshot, changes_between


@pytest.fixture
def flow():
    components = [
        {"limit_component": {"name": name, "id": f"c_{name}", "limit": 1}} for name in "abj"
    ]
    edges = [{"source": "a", "target": "j"}, {"source": "b", "target": "j"}]
    empty = {"flow_version": "2.0.0", "components": [], "edges": []}
    return graph.add(empty, components=components, edges=edges, types=COMPONENTS).document


def changes(before, after):
    return changes_between(Snapshot({}, {}, before), Snapshot({}, {}, after))


def body(name, limit=1):
    return {"name": name, "limit": limit, "specific_component_type": "limit_component"}


def test_a_new_package_is_all_difference_and_ids_do_not_matter(flow):
    made = Snapshot(NOTHING.facts | {"name": "p"}, {"x": "1"}, flow)

    assert changes_between(NOTHING, made) == [
        Change("name", None, "p"),
        Change("variables.x", None, "1"),
        Change("components.a", None, body("a")),
        Change("components.b", None, body("b")),
        Change("components.j", None, body("j")),
        Change("edges.a -> j", None, {"input": 1}),
        Change("edges.b -> j", None, {"input": 2}),
        Change("data_flow_json.flow_version", None, "2.0.0"),
    ]


def test_a_renamed_component_is_told_under_its_former_name_and_its_edges_stay(flow):
    updates = {"name": "c", "limit": 2}
    after = graph.merge(flow, [{"component_name": "a", "updates": updates}])

    assert changes(flow, after) == [
        Change("components.a.name", "a", "c"),
        Change("components.a.limit", 1, 2),
    ]


def test_a_removed_component_is_told_whole_and_with_its_edges(flow):
    assert changes(flow, graph.remove(flow, ["a"])) == [
        Change("components.a", body("a"), None),
        Change("edges.a -> j", {"input": 1}, None),
        Change("edges.b -> j.input", 2, None),
    ]


def test_exchanging_the_inputs_of_a_component_is_a_difference(flow):
    after = graph.replace_edges(flow, flow["edges"][::-1])

    assert changes(flow, after) == [
        Change("edges.a -> j.input", 1, 2),
        Change("edges.b -> j.input", 2, 1),
    ]


def test_edges_that_run_as_before_are_no_difference(flow):
    again = [{"source": "c_a", "target": "j"}, {"source": "b", "target": "c_j"}]

    assert changes(flow, graph.replace_edges(flow, again)) == []


def test_another_id_and_another_port_of_an_edge_are_differences(flow):
    ported = [{"source": "a", "target": "j", "id": "mine", "target_port": "left"}]
    old_id = flow["edges"][0]["id"]

    after = graph.replace_edges(flow, [*ported, {"source": "b", "target": "j"}])

    assert changes(flow, after) == [
        Change("edges.a -> j.input", 1, None),
        Change("edges.a -> j.id", old_id, "mine"),
        Change("edges.a -> j.target_port", None, "left"),
        Change("edges.b -> j.input", 2, None),
    ]


def test_two_edges_between_the_same_components_are_told_apart(flow):
    edges = [
        {"source": "a", "target": "j", "target_port": "left"},
        {"source": "a", "target": "j", "target_port": "right"},
    ]

    told = changes(graph.replace_edges(flow, []), graph.replace_edges(flow, edges))

    assert [change.path for change in told] == ["edges.a -> j", "edges.a -> j #2"]


def test_broken_flows_can_be_compared_too():
    broken = {
        "components": [{"a": {}, "b": {}}, {"limit_component": {"name": "x"}}, {"c": 1}, {}],
        "edges": [{}, {"source": 5}],
        "notes": [],
    }

    assert changes(broken, broken) == []
    assert len(changes({}, broken)) == 7
