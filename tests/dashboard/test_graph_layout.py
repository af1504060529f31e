"""Layers, lanes and routes of the data-flow picture."""

import random
from itertools import pairwise

import pytest

from dashboard.graph_layout import Layout, lay_out

CARRIER = [(0, 3), (3, 4), (1, 4), (4, 5), (2, 5), (5, 6), (6, 7), (6, 8)]
DIAMOND_WITH_SHORTCUT = [(0, 1), (1, 2), (2, 3), (0, 3)]


def cells(layout: Layout) -> list[tuple[int, int]]:
    return list(zip(layout.layers, layout.lanes, strict=True))


def crossed_nodes(layout: Layout) -> list[tuple[int, int]]:
    """(route, node) wherever the straight part of a route lies on a node."""
    at = {cell: node for node, cell in enumerate(cells(layout))}
    return [
        (place, at[layer, route.lane])
        for place, route in enumerate(layout.routes)
        if not route.backward
        for layer in range(layout.layers[route.source] + 1, layout.layers[route.target])
        if (layer, route.lane) in at
    ]


def random_flow(seed: int, node_count: int) -> list[tuple[int, int]]:
    chance = random.Random(seed)
    edges = {
        (chance.randrange(max(0, node - 8), node), node)
        for node in range(1, node_count)
        for _ in range(chance.choice((1, 1, 1, 2, 3)))
    }
    return sorted(edges)


def test_layers_follow_the_longest_path_and_the_longest_chain_is_straight():
    layout = lay_out(9, CARRIER)

    assert layout.layers == (0, 0, 0, 1, 2, 3, 4, 5, 5)
    assert [layout.lanes[node] for node in (0, 3, 4, 5, 6, 7)] == [0] * 6


def test_sources_that_join_later_keep_their_own_lanes_the_later_the_lower():
    layout = lay_out(9, CARRIER)

    assert (layout.lanes[1], layout.lanes[2], layout.lanes[8]) == (1, 2, 1)
    assert [route.lane for route in layout.routes] == [0, 0, 1, 0, 2, 0, 0, 0]


def test_the_order_in_which_later_sources_are_listed_does_not_make_edges_cross():
    swapped = [(0, 3), (3, 4), (2, 4), (4, 5), (1, 5)]

    layout = lay_out(6, swapped)

    assert (layout.lanes[2], layout.lanes[1]) == (1, 2)


def test_an_edge_past_the_middle_of_a_chain_gets_a_lane_of_its_own():
    layout = lay_out(4, DIAMOND_WITH_SHORTCUT)

    assert layout.lanes == (0, 0, 0, 0)
    assert layout.routes[3].lane == 1
    assert crossed_nodes(layout) == []


def test_parallel_chains_are_straight():
    layout = lay_out(7, [(0, 1), (1, 6), (2, 3), (3, 6), (4, 5), (5, 6)])

    assert layout.lanes[2] == layout.lanes[3]
    assert layout.lanes[4] == layout.lanes[5]
    assert len({layout.lanes[0], layout.lanes[2], layout.lanes[4]}) == 3


@pytest.mark.parametrize("seed", range(30))
def test_no_two_nodes_share_a_place_and_no_edge_runs_through_a_node(seed):
    node_count = 5 + seed * 5

    layout = lay_out(node_count, random_flow(seed, node_count))

    assert len(set(cells(layout))) == node_count
    assert crossed_nodes(layout) == []


def test_every_forward_edge_leads_to_the_right():
    edges = random_flow(7, 150)

    layout = lay_out(150, edges)

    assert [(route.source, route.target) for route in layout.routes] == edges
    assert all(layout.layers[source] < layout.layers[target] for source, target in edges)


def test_a_cycle_is_drawn_with_one_edge_against_the_current():
    layout = lay_out(3, [(0, 1), (1, 2), (2, 0)])

    assert layout.layers == (0, 1, 2)
    assert [route.backward for route in layout.routes] == [False, False, True]
    assert layout.routes[2].lane > max(layout.lanes)


def test_a_component_joined_to_itself_and_double_edges_are_drawn():
    layout = lay_out(2, [(0, 0), (0, 1), (0, 1)])

    assert layout.layers == (0, 1)
    assert [route.backward for route in layout.routes] == [True, False, False]


def test_an_empty_flow_has_no_size():
    layout = lay_out(0, [])

    assert (layout.layer_count, layout.lane_count) == (0, 0)


def test_unjoined_components_stand_below_each_other():
    layout = lay_out(3, [])

    assert layout.layers == (0, 0, 0)
    assert sorted(layout.lanes) == [0, 1, 2]


def test_adding_a_destination_moves_no_other_node():
    before = lay_out(9, CARRIER)

    after = lay_out(10, [*CARRIER, (6, 9)])

    assert cells(after)[:9] == cells(before)


def test_a_chain_of_150_components_is_one_line():
    layout = lay_out(150, list(pairwise(range(150))))

    assert set(layout.lanes) == {0}
    assert layout.layers == tuple(range(150))
