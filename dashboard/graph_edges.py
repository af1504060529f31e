"""The edges of a data-flow picture: paths, arrows, tones and row counts."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.flow_sketch import Sketch, SketchEdge
from dashboard.graph_grid import (
    HANDLE,
    LAYER_GAP,
    NODE_HEIGHT,
    NODE_WIDTH,
    PADDING,
    corner,
    lane_top,
    row_label,
)
from dashboard.graph_layout import Layout, Route

PORT_OFFSET = 17
LABEL_HEIGHT, DIGIT_WIDTH = 14, 7
CONDITIONS = {"success": "success", "failure": "failure", "completion": "either"}
"""Condition of a workflow's edge to a word that fits between two nodes."""

UNKNOWN_CONDITION = "unknown"

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NodeState:
    """What the last run did at a component; `word` is completed, failed, running or waiting."""

    word: str
    rows_out: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """`title` says the same in full, empty where the text is full already."""

    x: int
    y: int
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class PictureEdge:
    """`path` and `arrow` are SVG path data; `tone` is empty, is-failed or is-waiting."""

    path: str
    arrow: str
    tone: str
    label: Label | None


class Edges:
    """Draws the edges of one picture, keeping their labels apart."""

    def __init__(self, sketch: Sketch, states: Mapping[str, NodeState], layout: Layout) -> None:
        self._sketch = sketch
        self._states = states
        self._layout = layout
        self._ports = self._port_offsets()
        self._labels: list[Label] = []
        self._labelled: set[tuple[int, str, int, str]] = set()

    def drawn(self) -> tuple[PictureEdge, ...]:
        pairs = zip(self._sketch.edges, self._layout.routes, strict=True)
        return tuple(self._edge(place, edge, route) for place, (edge, route) in enumerate(pairs))

    def _port_offsets(self) -> list[int]:
        """Pixels under the centre at which each edge enters: the straight one in the middle."""
        entering: dict[int, list[int]] = defaultdict(list)
        for place, edge in enumerate(self._sketch.edges):
            entering[edge.target].append(place)
        offsets = [0] * len(self._sketch.edges)
        for target, places in entering.items():
            lane = self._layout.lanes[target]
            places.sort(key=lambda place: self._layout.routes[place].lane != lane)
            for rank, place in enumerate(places):
                offsets[place] = (0, PORT_OFFSET, -PORT_OFFSET)[min(rank, 2)]
        return offsets

    def _edge(self, place: int, edge: SketchEdge, route: Route) -> PictureEdge:
        x1, top1 = corner(self._layout, edge.source)
        x2, top2 = corner(self._layout, edge.target)
        start = (x1 + NODE_WIDTH, top1 + NODE_HEIGHT // 2)
        end = (x2 - 3, top2 + NODE_HEIGHT // 2 + self._ports[place])
        along = lane_top(route.lane) + NODE_HEIGHT // 2
        tone = self._tone(edge, route)
        return PictureEdge(
            path=_backward(start, end, along) if route.backward else _forward(start, end, along),
            arrow=f"M{x2 - 8} {end[1] - 4}L{x2 - 1} {end[1]}L{x2 - 8} {end[1] + 4}z",
            tone=tone,
            label=None if route.backward else self._label(edge, start, end, along),
        )

    def _tone(self, edge: SketchEdge, route: Route) -> str:
        source, target = self._sketch.nodes[edge.source], self._sketch.nodes[edge.target]
        if route.backward or "missing" in (source.category, target.category):
            return "is-failed"
        state = self._states.get(target.key)
        tones = {"failed": "is-failed", "waiting": "is-waiting", "skipped": "is-waiting"}
        return tones.get(state.word if state else "", "")

    def _label(self, edge: SketchEdge, start: Point, end: Point, along: int) -> Label | None:
        """The words where the edge leaves, or None where they are told already or have no room. A
        condition is told for each edge, where it arrives if there is no room before."""
        text, title = self._words(edge)
        stretch, places = _label_places(start, end, along)
        told = (edge.source, *stretch, text)
        if not text or (told in self._labelled and not edge.condition):
            return None
        if edge.condition:
            places += [(end[0] - HANDLE, end[1] - 8), (end[0] - HANDLE, end[1] + 17)]
        for x, y in places:
            label = Label(x, y, text, title)
            if not any(_collide(label, other) for other in self._labels):
                self._labels.append(label)
                self._labelled.add(told)
                return label
        return None

    def _words(self, edge: SketchEdge) -> tuple[str, str]:
        """The condition of a workflow's edge, else the number of rows; short and in full."""
        source, target = self._sketch.nodes[edge.source], self._sketch.nodes[edge.target]
        if edge.condition:
            word = CONDITIONS.get(edge.condition, UNKNOWN_CONDITION)
            return word, f"{target.name} after {source.name}, on {edge.condition}"
        state = self._states.get(source.key)
        return "" if state is None or state.rows_out is None else row_label(state.rows_out), ""


def _label_places(start: Point, end: Point, along: int) -> tuple[tuple[str, int], list[Point]]:
    """What the label would stand at, so that shared stretches get one, and where it may stand."""
    middle = start[0] + HANDLE
    above, below = (middle, start[1] - 8), (middle + 3, start[1] + 17)
    if along != start[1]:
        return ("trunk", along), [(middle + 3, along + 17)]
    if end[1] == start[1] or end[0] > start[0] + LAYER_GAP:
        return ("lane", along), [above]
    if end[1] > start[1]:
        return ("curve", end[1]), [(middle + 3, end[1] + 17), above]
    return ("curve", end[1]), [below, above]


def _collide(one: Label, other: Label) -> bool:
    reach = DIGIT_WIDTH * (len(one.text) + len(other.text)) // 2
    return abs(one.x - other.x) < reach and abs(one.y - other.y) < LABEL_HEIGHT


def _forward(start: Point, end: Point, along: int) -> str:
    """Along a lane, with one curve at each end whose height differs from the lane's."""
    (x1, y1), (x2, y2) = start, end
    path = f"M{x1} {y1}"
    if along != y1:
        path += _curve(x1, y1, x1 + LAYER_GAP, along)
    last_gap = x2 + 3 - LAYER_GAP
    if along == y2:
        return f"{path}H{x2}"
    if last_gap > x1:
        path += f"H{last_gap}"
    return path + _curve(max(last_gap, x1), along, x2, y2)


def _curve(x1: int, y1: int, x2: int, y2: int) -> str:
    return f"C{x1 + HANDLE} {y1} {x1 + HANDLE} {y2} {x2} {y2}"


def _backward(start: Point, end: Point, along: int) -> str:
    """Out of a node, below everything to the left, and into a node from its left."""
    (x1, y1), (x2, y2) = start, end
    reach = PADDING
    return (
        f"M{x1} {y1}C{x1 + reach} {y1} {x1 + reach} {along} {x1} {along}"
        f"H{x2}C{x2 - reach} {along} {x2 - reach} {y2} {x2} {y2}"
    )
