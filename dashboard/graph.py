"""The picture of a data flow: everything the SVG template needs, in pixels.

Rules are those of the design, section 11. Nothing here reads the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.component_kinds import icon_of, kind_line
from dashboard.flow_sketch import Sketch, SketchNode
from dashboard.graph_edges import Edges, NodeState, PictureEdge
from dashboard.graph_grid import NODE_WIDTH, corner, row_label, size
from dashboard.graph_layout import lay_out

NAME_LIMIT = 15
KIND_LIMIT = 19
LEAST_SCALE = 0.85
LEAST_SCALE_OF_MANY = 0.6
MANY_NODES = 60
LIST_FIRST_NODES = 150


@dataclass(frozen=True, slots=True)
class PictureNode:
    """One node; `x` and `y` are its upper left corner, the other places follow from them."""

    key: str
    name: str
    kind: str
    icon: str
    x: int
    y: int
    classes: str
    mark: tuple[str, str, str] | None

    @property
    def short_name(self) -> str:
        return cut_in_the_middle(self.name, NAME_LIMIT)

    @property
    def tile(self) -> tuple[int, int]:
        return self.x + 9, self.y + 15

    @property
    def icon_at(self) -> tuple[int, int]:
        return self.x + 13, self.y + 19

    @property
    def text_at(self) -> tuple[int, int, int]:
        return self.x + 43, self.y + 25, self.y + 41

    @property
    def mark_at(self) -> tuple[int, int, int, int]:
        """Centre of the disc, then corner of the icon, on the top right corner of the node."""
        x, y = self.x + NODE_WIDTH - 2, self.y + 2
        return x, y, x - 9, y - 9


@dataclass(frozen=True, slots=True)
class Picture:
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    width: int
    height: int
    summary: str

    @property
    def least_width(self) -> int:
        """Pixels below which the picture is not shrunk but scrolled."""
        many = len(self.nodes) > MANY_NODES
        return round(self.width * (LEAST_SCALE_OF_MANY if many else LEAST_SCALE))


MARKS = {
    "completed": ("ok", "ok", "completed"),
    "failed": ("fail", "fail", "failed"),
    "running": ("running", "run", "running"),
    "waiting": ("idle", "idle", "not reached"),
    "skipped": ("idle", "idle", "skipped"),
}
"""State to icon, tone and word."""

_STATE_CLASS = {
    "failed": "g-failed",
    "running": "g-running",
    "waiting": "g-waiting",
    "skipped": "g-waiting",
}
_CATEGORY_CLASS = {"source": "g-source", "destination": "g-dest", "missing": "g-waiting"}


def draw(sketch: Sketch, states: Mapping[str, NodeState], selected: str | None = None) -> Picture:
    """The picture of the flow with what the last run left, `selected` being a node's key."""
    layout = lay_out(len(sketch.nodes), [(edge.source, edge.target) for edge in sketch.edges])
    nodes = tuple(
        _node(node, corner(layout, place), states.get(node.key), node.key == selected)
        for place, node in enumerate(sketch.nodes)
    )
    edges = Edges(sketch, states, layout).drawn()
    return Picture(nodes, edges, *size(layout), _summary(sketch, states))


def cut_in_the_middle(text: str, limit: int) -> str:
    """The text in at most `limit` characters, what is left out replaced by one ellipsis."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[-tail:]}"


def _node(
    node: SketchNode, at: tuple[int, int], state: NodeState | None, is_selected: bool
) -> PictureNode:
    word = state.word if state else ""
    kind = kind_line(node)
    if state and word == "failed":
        kind = f"Failed, {row_label(state.rows_out or 0)} rows"
    classes = (
        "g-node",
        _CATEGORY_CLASS.get(node.category, ""),
        _STATE_CLASS.get(word, ""),
        "g-sel" if is_selected else "",
    )
    return PictureNode(
        key=node.key,
        name=node.name,
        kind=cut_in_the_middle(kind, KIND_LIMIT),
        icon=icon_of(node.type),
        x=at[0],
        y=at[1],
        classes=" ".join(filter(None, classes)),
        mark=MARKS.get(word),
    )


def _summary(sketch: Sketch, states: Mapping[str, NodeState]) -> str:
    """ "3 sources, 4 transformations, 2 destinations; carrier_delays failed", or "3 tasks" """
    counts = []
    categories = ("task",) if sketch.has_tasks else ("source", "transformation", "destination")
    for category in categories:
        count = sum(node.category == category for node in sketch.nodes)
        counts.append(f"{count} {category}{'' if count == 1 else 's'}")
    failed = [
        node.name
        for node in sketch.nodes
        if node.key in states and states[node.key].word == "failed"
    ]
    return "; ".join([", ".join(counts), *(f"{name} failed" for name in failed)])
