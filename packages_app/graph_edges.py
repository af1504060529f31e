"""The edges of a document: ends resolved to components, and every way they can be wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.errors import InvalidInput
from engine.flow import parse_flow
from engine.structure import CONDITIONS, find_cycle
from packages_app.complaints import Complaints
from packages_app.graph_components import (
    bad_identifier,
    entries_of,
    is_identifier,
    no_such_component,
)

ENDS = ("source", "target")
PORTS = ("source_port", "target_port")

Edge = dict[str, Any]
Way = tuple[str, str, str | None, str | None]


def link(
    document: Mapping[str, Any],
    edges: Sequence[Edge],
    complaints: Complaints,
    *,
    beside: Sequence[Edge] = (),
) -> list[Edge]:
    """The edges with ids as their ends, which were ids or names of the document's components.

    `beside` are edges that stay, so that none is drawn or named twice. With complaints the answer
    is of no use.
    """
    bodies = [entry.body for entry in entries_of(document["components"])]
    names = {str(body["name"]): str(body["id"]) for body in bodies}
    labels = {component_id: name for name, component_id in names.items()}
    used = {*labels, *(str(edge["id"]) for edge in beside)}
    ways = {_way(edge) for edge in beside}
    linked = []
    for index, edge in enumerate(edges):
        place = f"edges[{index}]"
        ends = {end: _resolved(edge, end, names, labels, place, complaints) for end in ENDS}
        edge = {**edge, **ends}
        _check_members(edge, place, used, complaints)
        if None not in ends.values():
            _check_way(_way(edge), ways, labels, place, complaints)
        linked.append(edge)
    return linked


def keep_ids(old: Sequence[Edge], new: Sequence[Edge]) -> list[Edge]:
    """The new edges; one without an id that runs as an old one did takes that one's id."""
    given = {edge["id"] for edge in new if edge.get("id")}
    kept = {_way(edge): edge["id"] for edge in old if edge["id"] not in given}
    return [
        edge if edge.get("id") or _way(edge) not in kept else {**edge, "id": kept[_way(edge)]}
        for edge in new
    ]


def check_circle(document: Mapping[str, Any]) -> None:
    """Raises InvalidInput, naming the way, when the edges go in a circle."""
    if cycle := find_cycle(parse_flow(document)):
        raise InvalidInput(f"edges: the flow would go in a circle: {' -> '.join(cycle)}")


def _resolved(
    edge: Edge,
    end: str,
    names: Mapping[str, str],
    labels: Mapping[str, str],
    place: str,
    complaints: Complaints,
) -> str | None:
    """The id behind an end; where a text is the id of one and the name of another, the id wins."""
    asked = edge.get(end)
    if not isinstance(asked, str) or not asked:
        complaints.add(f"{place}.{end}", "must be the id or the name of a component")
        return None
    if asked in labels:
        return asked
    if asked not in names:
        complaints.add(f"{place}.{end}", no_such_component(asked, names, complaints))
    return names.get(asked)


def _check_members(edge: Edge, place: str, used: set[str], complaints: Complaints) -> None:
    edge_id = edge.get("id")
    if edge_id is not None and not is_identifier(edge_id):
        complaints.add(f"{place}.id", bad_identifier(edge_id))
    elif edge_id in used:
        complaints.add(f"{place}.id", f"'{edge_id}' is used more than once in this package")
    elif edge_id is not None:
        used.add(edge_id)
    if edge.get("condition", "success") not in CONDITIONS:
        complaints.add(f"{place}.condition", f"must be one of {', '.join(CONDITIONS)}")
    for port in PORTS:
        if not isinstance(edge.get(port), str | None):
            complaints.add(f"{place}.{port}", "must be a text such as 'left'")


def _check_way(
    way: Way, ways: set[Way], labels: Mapping[str, str], place: str, complaints: Complaints
) -> None:
    source, target = labels[way[0]], labels[way[1]]
    if source == target:
        complaints.add(place, f"leads from '{source}' to itself")
    elif way in ways:
        complaints.add(place, f"'{source}' -> '{target}' is there twice")
    ways.add(way)


def _way(edge: Edge) -> Way:
    source_port, target_port = (_port(edge.get(port)) for port in PORTS)
    return str(edge.get("source")), str(edge.get("target")), source_port, target_port


def _port(value: object) -> str | None:
    return str(value) if value else None
