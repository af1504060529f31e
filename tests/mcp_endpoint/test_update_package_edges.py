import pytest

from packages_app.models import Package


@pytest.fixture
def rewire(call_tool, package):
    def send(edges):
        return call_tool("update_package_edges", package_id=package.pk, edges=edges)

    return send


def edges_of(package):
    return Package.objects.get(pk=package.pk).data_flow_json["edges"]


def test_all_edges_are_replaced_by_ids_or_names(rewire, package):
    answer = rewire(
        [
            {"source": "c1", "target": "c4", "target_port": "left"},
            {"source": "airlines", "target": "with_airline", "target_port": "right"},
            {"source": "c4", "target": "late_flights", "id": "last"},
        ]
    )

    assert [(edge["source"], edge["target"], edge["id"]) for edge in edges_of(package)[1:]] == [
        ("c3", "c4", "e3"),
        ("c4", "c5", "last"),
    ]
    assert answer.data["changes"] == [
        {"path": "edges.flights -> late", "before": {}, "after": None},
        {"path": "edges.late -> with_airline", "before": {"target_port": "left"}, "after": None},
        {"path": "edges.with_airline -> late_flights.id", "before": "e4", "after": "last"},
        {"path": "edges.flights -> with_airline", "before": None, "after": {"target_port": "left"}},
    ]
    assert answer.data["version_number"] == 2


def test_every_end_that_is_no_component_is_named_and_nothing_is_written(rewire, footprint):
    before = footprint()

    answer = rewire(
        [
            {"source": "c1", "target": "c2"},
            {"source": "c9", "target": "lte"},
            {"target": "c2"},
        ]
    )

    assert answer.data["error"].split("\n") == [
        "edges[1].source: there is no component 'c9'",
        "edges[1].target: there is no component 'lte'. Did you mean late?",
        "edges[2].source: must be the id or the name of a component",
    ]
    assert footprint() == before


@pytest.mark.parametrize(
    ("edges", "line"),
    [
        ([("late", "late")], "edges[0]: leads from 'late' to itself"),
        ([("c1", "c2"), ("flights", "late")], "edges[1]: 'flights' -> 'late' is there twice"),
        (
            [("c2", "c4"), ("c4", "c2")],
            "edges: the flow would go in a circle: late -> with_airline",
        ),
    ],
)
def test_edges_that_make_no_flow_are_refused_and_nothing_is_written(rewire, footprint, edges, line):
    before = footprint()

    answer = rewire([{"source": source, "target": target} for source, target in edges])

    assert line in answer.data["error"]
    assert footprint() == before


def test_exchanging_the_inputs_of_a_join_is_a_change(rewire, package):
    rewire([{"source": "late", "target": "c4"}, {"source": "airlines", "target": "c4"}])

    answer = rewire([{"source": "airlines", "target": "c4"}, {"source": "late", "target": "c4"}])

    assert answer.data["changes"] == [
        {"path": "edges.late -> with_airline.input", "before": 1, "after": 2},
        {"path": "edges.airlines -> with_airline.input", "before": 2, "after": 1},
    ]
    assert [edge["source"] for edge in edges_of(package)] == ["c3", "c2"]


def test_a_flow_may_have_no_edges_for_a_while(rewire, package):
    assert len(rewire([]).data["changes"]) == 4
    assert edges_of(package) == []


def test_too_many_edges_are_refused_by_the_limit(rewire, footprint):
    before = footprint()

    answer = rewire([{"source": "c1", "target": "c2"}] * 1_001)

    assert answer.data == {"error": "edges has 1,001 entries; the limit is 1,000."}
    assert footprint() == before
