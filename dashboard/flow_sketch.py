"""A tolerant reading of a data flow, for drawing.

The engine refuses flows that are wrong; a person must still see them. Here everything that can be
read is read: an entry without a wrapper becomes an unknown component, an edge to nowhere gets a
missing component as its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Category = Literal["source", "transformation", "destination", "task", "missing"]

WRAPPER_SUFFIX = "_component"
UNKNOWN_TYPE = "unknown"
USUAL_CONDITION = "success"
MAX_DRAWN = 500
"""Components beyond this many are left out; a valid flow has at most 200."""


@dataclass(frozen=True, slots=True)
class SketchNode:
    """`key` is unique in the sketch: the component's id, or its place when the id is unfit."""

    key: str
    name: str
    type: str
    category: Category
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SketchEdge:
    """Ends are places in `Sketch.nodes`. `port` is the input's name, empty when not told, and
    `condition` how a task must have ended, empty outside of workflows."""

    source: int
    target: int
    port: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Sketch:
    nodes: tuple[SketchNode, ...]
    edges: tuple[SketchEdge, ...]

    @property
    def has_tasks(self) -> bool:
        """Whether it is a workflow, at least in part."""
        return any(node.category == "task" for node in self.nodes)

    def find(self, wanted: str) -> SketchNode | None:
        """The component with this key or, failing that, this name."""
        by_key = (node for node in self.nodes if node.key == wanted)
        by_name = (node for node in self.nodes if node.name == wanted)
        return next(by_key, None) or next(by_name, None)


def read_flow(flow: object) -> Sketch:
    """What can be drawn of the flow, whatever its form."""
    document = flow if isinstance(flow, Mapping) else {}
    nodes: list[SketchNode] = []
    place: dict[str, int] = {}
    for number, entry in enumerate(_entries(document, "components")[:MAX_DRAWN], start=1):
        node = _read_component(entry, number, taken=place)
        place[node.key] = len(nodes)
        nodes.append(node)
    edges: dict[SketchEdge, None] = {}
    for entry in _entries(document, "edges"):
        if not isinstance(entry, Mapping):
            continue
        source, target = (_end(entry.get(end), nodes, place) for end in ("source", "target"))
        is_of_tasks = "task" in (nodes[source].category, nodes[target].category)
        condition = _text(entry.get("condition")) or USUAL_CONDITION
        port = _text(entry.get("target_port"))
        edges[SketchEdge(source, target, port, condition if is_of_tasks else "")] = None
    return Sketch(tuple(nodes), tuple(edges))


def category_of(type_: str) -> Category:
    if type_.endswith("_source"):
        return "source"
    if type_.endswith("_task"):
        return "task"
    return "destination" if type_.endswith("_destination") else "transformation"


def _entries(document: Mapping[str, object], key: str) -> list[object]:
    entries = document.get(key)
    return entries if isinstance(entries, list) else []


def _read_component(entry: object, number: int, taken: Mapping[str, int]) -> SketchNode:
    wrapper, body = _unwrap(entry)
    key = _text(body.get("id"))
    if not key or key in taken:
        key = f"#{number}"
    type_ = wrapper.removesuffix(WRAPPER_SUFFIX)
    name = _text(body.get("name")) or _text(body.get("id")) or f"component {number}"
    return SketchNode(key, name, type_, category_of(type_), body)


def _unwrap(entry: object) -> tuple[str, Mapping[str, object]]:
    if isinstance(entry, Mapping) and len(entry) == 1:
        wrapper, body = next(iter(entry.items()))
        if isinstance(body, Mapping):
            return str(wrapper), body
    return UNKNOWN_TYPE, {}


def _end(value: object, nodes: list[SketchNode], place: dict[str, int]) -> int:
    key = _text(value) or "nowhere"
    if key not in place:
        place[key] = len(nodes)
        nodes.append(SketchNode(key, key, UNKNOWN_TYPE, "missing", {}))
    return place[key]


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)
