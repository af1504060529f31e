"""A data_flow_json document read into a Flow: components, edges, and an order to run them in.

Reading is tolerant: what is wrong becomes a Problem and the rest is still there, so that a
half-made flow can be drawn, edited and validated. Only size is refused outright.
"""

import json
import re
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.errors import InvalidInput

MAX_COMPONENTS = 200
MAX_EDGES = 1_000
MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 20

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What ids of components and edges look like."""


def names_connection(name: str) -> bool:
    """Whether a property of this name holds the id of a connection."""
    return name == "connection_id" or name.endswith("_connection_id")


@dataclass(frozen=True, slots=True)
class Node:
    """A component as it is written. `wrapper_key` is empty when the wrapper itself is invalid."""

    id: str
    name: str
    wrapper_key: str
    body: Mapping[str, Any]

    def connections(self) -> dict[str, int]:
        """Ids of connections by the properties that name them."""
        return {
            key: value
            for key, value in self.body.items()
            if names_connection(key) and isinstance(value, int)
        }


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection from one component to the next, by ids. `condition` is that of a workflow."""

    id: str
    source: str
    target: str
    source_port: str | None = None
    target_port: str | None = None
    condition: str = "success"


@dataclass(frozen=True, slots=True)
class Flow:
    """The graph as written: components in document order, edges in document order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    _into: Mapping[str, tuple[Edge, ...]] = field(init=False, repr=False, compare=False)
    _out_of: Mapping[str, tuple[Edge, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_into", _by_end(self.edges, "target"))
        object.__setattr__(self, "_out_of", _by_end(self.edges, "source"))

    def find(self, component_id: str) -> Node | None:
        """The component of that id."""
        return next((node for node in self.nodes if node.id == component_id), None)

    def incoming(self, component_id: str) -> tuple[Edge, ...]:
        """Edges that end at a component."""
        return self._into.get(component_id, ())

    def outgoing(self, component_id: str) -> tuple[Edge, ...]:
        """Edges that leave a component."""
        return self._out_of.get(component_id, ())

    def ordered(self) -> tuple[Node, ...]:
        """Components so that each comes after those it depends on, else in document order.

        Members of a cycle, and what follows from them, are left out.
        """
        by_id: dict[str, list[Node]] = {}
        for node in self.nodes:
            by_id.setdefault(node.id, []).append(node)
        waiting = {
            component_id: sum(edge.source in by_id for edge in self.incoming(component_id))
            for component_id in by_id
        }
        ready = deque(node for node in self.nodes if not waiting[node.id])
        order = []
        while ready:
            node = ready.popleft()
            order.append(node)
            for edge in self.outgoing(node.id):
                if edge.target in waiting:
                    waiting[edge.target] -= 1
                    if not waiting[edge.target]:
                        ready.extend(by_id[edge.target])
        return tuple(order)


def _by_end(edges: Iterable[Edge], end: str) -> dict[str, tuple[Edge, ...]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(getattr(edge, end), []).append(edge)
    return {component_id: tuple(members) for component_id, members in found.items()}


def parse_flow(document: Mapping[str, Any]) -> Flow:
    """The graph of a document; missing ids and names are generated.

    Raises InvalidInput when the document is over a limit or not made of lists of objects.
    Anything else that is wrong is left for `check_flow`.
    """
    complete = complete_document(document)
    nodes = []
    for entry in complete["components"]:
        key, body = next(iter(entry.items())) if len(entry) == 1 else ("", {})
        if not isinstance(body, dict):
            key, body = "", {}
        nodes.append(Node(str(body.get("id", "")), str(body.get("name", "")), key, body))
    edges = tuple(
        Edge(
            str(edge["id"]),
            str(edge.get("source", "")),
            str(edge.get("target", "")),
            _port(edge.get("source_port")),
            _port(edge.get("target_port")),
            str(edge.get("condition") or "success"),
        )
        for edge in complete["edges"]
    )
    return Flow(tuple(nodes), edges)


def complete_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy with generated ids, names (`<category><n>`) and specific types where absent.

    Everything else is kept as it is. Raises InvalidInput over a limit or for the wrong shape.
    """
    copied = copy_document(document)
    bodies = [
        (key, body)
        for entry in copied["components"]
        for key, body in entry.items()
        if len(entry) == 1 and isinstance(body, dict)
    ]
    taken = {str(body.get("name", "")).casefold() for _, body in bodies}
    for key, body in bodies:
        if not body.get("id"):
            body["id"] = str(uuid.uuid4())
        if not str(body.get("name") or "").strip():
            body["name"] = _free_name(key, taken)
        body.setdefault("specific_component_type", key)
    for edge in copied["edges"]:
        if not edge.get("id"):
            edge["id"] = str(uuid.uuid4())
    return copied


def copy_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that has both lists; raises InvalidInput over a limit or for the wrong shape."""
    check_size(document)
    copied: dict[str, Any] = json.loads(json.dumps(document))
    _check_objects(copied, "components", MAX_COMPONENTS)
    _check_objects(copied, "edges", MAX_EDGES)
    return copied


def _free_name(wrapper_key: str, taken: set[str]) -> str:
    stem = "component"
    for category in ("source", "destination"):
        if f"_{category}_" in f"_{wrapper_key}_":
            stem = category
    if wrapper_key.endswith("_task_component"):
        stem = "task"
    elif stem == "component" and wrapper_key:
        stem = "transformation"
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    taken.add(f"{stem}{number}")
    return f"{stem}{number}"


def check_size(document: Mapping[str, Any]) -> None:
    """Refuse a document that is too large, too deep, or not JSON; names the limit."""
    if _depth(document) > MAX_DEPTH:
        raise InvalidInput(f"data_flow_json is nested deeper than {MAX_DEPTH} levels.")
    try:
        size = len(json.dumps(document, allow_nan=False))
    except (TypeError, ValueError):
        raise InvalidInput("data_flow_json holds values that are not JSON.") from None
    if size > MAX_DOCUMENT_BYTES:
        raise InvalidInput(
            f"data_flow_json has {size:,} bytes; the limit is {MAX_DOCUMENT_BYTES:,}."
        )


def _depth(value: Any) -> int:
    """Levels of nesting, counted no further than just over the limit."""
    level, current = 0, [value]
    while current and level <= MAX_DEPTH + 1:
        level += 1
        current = [
            child
            for item in current
            for child in (
                item.values()
                if isinstance(item, Mapping)
                else item
                if isinstance(item, list)
                else ()
            )
        ]
    return level


def _check_objects(document: dict[str, Any], key: str, limit: int) -> None:
    items = document.setdefault(key, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInput(f"{key} must be a list of objects.")
    if len(items) > limit:
        raise InvalidInput(f"{key} has {len(items):,} entries; the limit is {limit:,}.")


def _port(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
