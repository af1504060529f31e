"""A flow in words and counts, for people and assistants who will not run it."""

from collections import Counter
from typing import Any

from engine.catalog import COMPONENTS
from engine.catalog.base import Component
from engine.compiling import ordered_inputs, read_component
from engine.flow import Flow, Node


def graph_summary(flow: Flow) -> dict[str, Any]:
    """component_count, edge_count, component_types (tally by wrapper key), sources and
    destinations (name, type, connection_id, location: table, path or folder, None if unknown).
    """
    return {
        "component_count": len(flow.nodes),
        "edge_count": len(flow.edges),
        "component_types": dict(
            sorted(Counter(node.wrapper_key or "invalid" for node in flow.nodes).items())
        ),
        "sources": _ends(flow, "source"),
        "destinations": _ends(flow, "destination"),
    }


def _ends(flow: Flow, category: str) -> list[dict[str, Any]]:
    ends = []
    for node in flow.nodes:
        kind = COMPONENTS.get(node.wrapper_key)
        if kind is None or kind.category != category:
            continue
        component = read_component(node, [])
        connection_id = node.body.get("connection_id")
        ends.append(
            {
                "name": node.name,
                "type": node.wrapper_key,
                "connection_id": connection_id if isinstance(connection_id, int) else None,
                "location": component.location() if component else None,
            }
        )
    return ends


def describe_stages(flow: Flow) -> list[str]:
    """One sentence per component in the order they would run; nothing is executed."""
    names = {node.id: node.name for node in flow.nodes}
    return [_sentence(flow, node, names) for node in flow.ordered() if node.wrapper_key]


def _sentence(flow: Flow, node: Node, names: dict[str, str]) -> str:
    kind = COMPONENTS.get(node.wrapper_key)
    if kind is None:
        return f"{node.name}: unknown type {node.wrapper_key}."
    sources = " and ".join(names.get(edge.source, "?") for edge in ordered_inputs(flow, node))
    component = read_component(node, [])
    what = kind.type_name.replace("_", " ")
    if component is None:
        return f"{node.name}: {what} with properties that do not fit."
    if kind.category == "task":
        return f"{node.name}: {what}{f' after {sources}' if sources else ''}."
    if kind.category == "source":
        return f"{node.name}: reads {component.location()}{_through(component, node)}."
    if kind.category == "destination":
        target = f"{component.location()}{_through(component, node)}"
        return f"{node.name}: writes {sources or 'nothing'} to {target}."
    return f"{node.name}: {what} of {sources or 'nothing'}."


def _through(component: Component, node: Node) -> str:
    if "connection_id" not in type(component).model_fields:
        return ""
    return f" (connection {node.body.get('connection_id')})"
