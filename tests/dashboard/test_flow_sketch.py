"""Flows that the engine refuses can still be read for drawing."""

import pytest

from dashboard.flow_sketch import read_flow
from dashboard.graph import draw


def test_components_and_edges_are_read_by_id():
    sketch = read_flow(
        {
            "components": [
                {"database_source_component": {"id": "c_1", "name": "orders"}},
                {"filter_component": {"id": "c_2", "name": "only_paid"}},
            ],
            "edges": [{"source": "c_1", "target": "c_2", "target_port": "left"}],
        }
    )

    first, second = sketch.nodes
    assert (first.key, first.name, first.type) == ("c_1", "orders", "database_source")
    assert (first.category, second.category) == ("source", "transformation")
    assert [(edge.source, edge.target, edge.port) for edge in sketch.edges] == [(0, 1, "left")]
    assert sketch.find("c_2") is second
    assert sketch.find("only_paid") is second
    assert sketch.find("nothing") is None


def test_an_edge_to_an_unknown_component_gets_a_missing_one_as_its_end():
    sketch = read_flow(
        {
            "components": [{"filter_component": {"id": "a"}}],
            "edges": [{"source": "a", "target": "gone"}, {"source": "a", "target": "gone"}],
        }
    )

    assert [(node.name, node.category) for node in sketch.nodes] == [
        ("a", "transformation"),
        ("gone", "missing"),
    ]
    assert len(sketch.edges) == 1
    assert draw(sketch, {}).edges[0].tone == "is-failed"


def test_double_ids_stay_two_components():
    sketch = read_flow({"components": [{"sort_component": {"id": "a"}}] * 2})

    assert [node.key for node in sketch.nodes] == ["a", "#2"]


@pytest.mark.parametrize(
    "flow",
    [
        None,
        [],
        "text",
        {},
        {"components": None, "edges": None},
        {"components": {}, "edges": "x"},
        {"components": [None, 1, [], {}, {"a": 1, "b": 2}, {"x_component": None}]},
        {"components": [{"sort_component": {"id": ["a"], "name": {"b": 1}}}], "edges": [None, {}]},
        {
            "components": [{"sort_component": {"id": "a"}}, {"sort_component": {"id": "b"}}],
            "edges": [
                {"source": "a", "target": "b"},
                {"source": "b", "target": "a"},
                {"source": "a", "target": "a"},
            ],
        },
    ],
)
def test_whatever_its_form_a_flow_is_drawn(flow):
    picture = draw(read_flow(flow), {})

    assert len({(node.x, node.y) for node in picture.nodes}) == len(picture.nodes)


def test_entries_without_a_wrapper_are_unknown_components():
    sketch = read_flow({"components": [{"a": 1, "b": 2}]})

    assert [(node.type, node.name) for node in sketch.nodes] == [("unknown", "component 1")]
