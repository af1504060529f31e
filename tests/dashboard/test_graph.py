"""The pixels, words and tones of the data-flow picture."""

import re

import pytest

from dashboard.flow_sketch import read_flow
from dashboard.graph import Picture, cut_in_the_middle, draw
from dashboard.graph_edges import NodeState
from dashboard.graph_grid import row_label
from tests.dashboard.conftest import CARRIER_DELAYS, CARRIER_EDGES, CARRIER_ROWS, flow_of

STATES = {name: NodeState("completed", rows_out) for name, (_, rows_out) in CARRIER_ROWS.items()}
STATES["carrier_delays"] = NodeState("failed", 0)


@pytest.fixture
def picture() -> Picture:
    return draw(read_flow(flow_of(CARRIER_DELAYS, CARRIER_EDGES)), STATES)


def node(picture: Picture, name: str):
    return next(node for node in picture.nodes if node.name == name)


def test_the_picture_of_the_design_is_drawn_to_the_pixel(picture):
    assert (picture.width, picture.height, picture.least_width) == (1242, 272, 1056)
    assert [edge.path for edge in picture.edges] == [
        "M172 56H227",
        "M382 56H437",
        "M172 136H382C411 136 411 73 437 73",
        "M592 56H647",
        "M172 216H592C621 216 621 73 647 73",
        "M802 56H857",
        "M1012 56H1067",
        "M1012 56C1041 56 1041 136 1067 136",
    ]
    assert picture.edges[2].arrow == "M432 69L439 73L432 77z"


def test_row_counts_stand_where_each_edge_leaves(picture):
    labels = [(edge.label.x, edge.label.y, edge.label.text) for edge in picture.edges if edge.label]

    assert labels == [
        (201, 48, "27,004"),
        (411, 48, "27,004"),
        (201, 128, "16"),
        (621, 48, "27,004"),
        (201, 208, "2,226"),
        (831, 48, "27,004"),
        (1041, 48, "466"),
        (1044, 153, "466"),
    ]


def test_a_failed_component_says_so_and_its_input_is_marked(picture):
    failed = node(picture, "carrier_delays")

    assert failed.kind == "Failed, 0 rows"
    assert failed.classes == "g-node g-dest g-failed"
    assert failed.mark == ("fail", "fail", "failed")
    assert [edge.tone for edge in picture.edges] == ["", "", "", "", "", "", "is-failed", ""]
    assert picture.summary == (
        "3 sources, 4 transformations, 2 destinations; carrier_delays failed"
    )


def test_kinds_are_told_by_type_and_one_property(picture):
    kinds = {node.name: node.kind for node in picture.nodes}

    assert kinds["flights"] == "File, CSV"
    assert kinds["daily_parquet"] == "File, Parquet"
    assert kinds["with_airline"] == "Join, left"
    assert kinds["per_carrier_day"] == "Aggregate"


def test_without_a_run_there_are_no_counts_and_no_marks():
    picture = draw(read_flow(flow_of(CARRIER_DELAYS, CARRIER_EDGES)), {})

    assert all(edge.label is None for edge in picture.edges)
    assert all(node.mark is None for node in picture.nodes)


def test_components_not_reached_are_dashed_with_dotted_edges():
    states = {"flights": NodeState("running", 5), "flag_cancelled": NodeState("waiting")}

    picture = draw(read_flow(flow_of(CARRIER_DELAYS, CARRIER_EDGES)), states)

    assert "g-running" in node(picture, "flights").classes
    assert "g-waiting" in node(picture, "flag_cancelled").classes
    assert picture.edges[0].tone == "is-waiting"


def test_every_edge_ends_at_the_left_side_of_its_target():
    flow = flow_of(CARRIER_DELAYS, [*CARRIER_EDGES, ("flights", "per_carrier_day")])
    sketch = read_flow(flow)

    picture = draw(sketch, STATES)

    for edge, drawn in zip(sketch.edges, picture.edges, strict=True):
        target = picture.nodes[edge.target]
        x, y = (int(n) for n in re.match(r"M\d+ \d+L(\d+) (-?\d+)", drawn.arrow).groups())
        assert x == target.x - 1
        assert target.y <= y <= target.y + 56


def test_edges_of_three_inputs_enter_at_three_heights():
    nodes = [(name, "select", {}) for name in "abcd"]

    picture = draw(read_flow(flow_of(nodes, [("a", "d"), ("b", "d"), ("c", "d")])), {})

    heights = {edge.arrow.split()[1].split("L")[0] for edge in picture.edges}
    assert len(heights) == 3


def test_row_labels_do_not_cover_each_other():
    nodes = [(name, "select", {}) for name in "abcdefgh"]
    edges = [(a, b) for a in "abcd" for b in "efgh"]
    states = {name: NodeState("completed", 999_999) for name in "abcdefgh"}

    picture = draw(read_flow(flow_of(nodes, edges)), states)

    labels = [edge.label for edge in picture.edges if edge.label]
    assert len(labels) >= 4
    for place, one in enumerate(labels):
        for other in labels[place + 1 :]:
            assert abs(one.x - other.x) >= 45 or abs(one.y - other.y) >= 12


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("per_carrier_day", "per_carrier_day"),
        ("per_carrier_days", "per_car…er_days"),
        ("x" * 40, "xxxxxxx…xxxxxxx"),
    ],
)
def test_names_are_cut_in_the_middle_at_15_characters(name, shown):
    assert cut_in_the_middle(name, 15) == shown
    assert len(shown) == 15


@pytest.mark.parametrize(
    ("rows", "shown"),
    [(0, "0"), (27004, "27,004"), (999_999, "999,999"), (1_234_567, "1.2 M")],
)
def test_row_counts_are_exact_up_to_a_million(rows, shown):
    assert row_label(rows) == shown


def test_a_flow_of_200_components_is_drawn():
    nodes = [(f"n{place}", "select", {}) for place in range(200)]
    edges = [(f"n{place // 2}", f"n{place}") for place in range(1, 200)]

    picture = draw(read_flow(flow_of(nodes, edges)), {})

    corners = {(node.x, node.y) for node in picture.nodes}
    assert len(corners) == 200
    assert all(x + 152 + 20 <= picture.width for x, _ in corners)
    assert all(y + 56 + 28 <= picture.height for _, y in corners)
