"""A package as it is at one moment, and what a change makes of it, told by names."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.changes import Change, diff
from packages_app.models import Package

FACTS = ("name", "description", "status", "flow_type", "flow_version", "workspace_id")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Secret variables are no part of it: they change by other ways and are never shown."""

    facts: Mapping[str, Any]
    variables: Mapping[str, str]
    flow: Mapping[str, Any]


NOTHING = Snapshot(dict.fromkeys(FACTS), {}, {})
"""What there is before a package is made."""


def snapshot(package: Package) -> Snapshot:
    """The package as it is now; edits of its flow make a new document and leave this one alone."""
    return Snapshot(
        facts={name: getattr(package, name) for name in FACTS},
        variables=dict(package.variables),
        flow=package.data_flow_json,
    )


def changes_between(before: Snapshot, after: Snapshot) -> list[Change]:
    """The differences, such as `components.orders.path`, `edges.orders -> paid`, `variables.x`.

    Components bear the name they had before; their ids, which never change, are left out, so that
    those made for new components do not matter. Of the order of edges only what tells the inputs
    of a component apart is looked at.
    """
    labels = {**_names(after.flow), **_names(before.flow)}
    return diff(_tree(before, labels, after.flow), _tree(after, labels, before.flow))


def _tree(state: Snapshot, labels: Mapping[str, str], other: Mapping[str, Any]) -> dict[str, Any]:
    flow = state.flow
    rest = {key: value for key, value in flow.items() if key not in ("components", "edges")}
    return {
        **state.facts,
        "variables": state.variables,
        "components": _components(flow, labels),
        "edges": _edges(flow, labels, other),
        "data_flow_json": rest,
    }


def _names(flow: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(body["id"]): str(body.get("name", ""))
        for wrapper in flow.get("components", [])
        for body in wrapper.values()
        if isinstance(body, dict) and "id" in body
    }


def _components(flow: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Bodies by name; what has no sound wrapper stands under its place as it is."""
    components: dict[str, Any] = {}
    for index, wrapper in enumerate(flow.get("components", [])):
        body = next(iter(wrapper.values()), None)
        if len(wrapper) != 1 or not isinstance(body, dict):
            components[f"#{index}"] = wrapper
            continue
        component_id = str(body.get("id"))
        label = labels.get(component_id, "")
        label = label if label not in components else f"{label} #{component_id}"
        components[label] = {key: value for key, value in body.items() if key != "id"}
    return components


def _edges(
    flow: Mapping[str, Any], labels: Mapping[str, str], other: Mapping[str, Any]
) -> dict[str, Any]:
    """Edges by their ends, with what else is written on them.

    `input` counts those that come to one component without a port, because their order decides.
    The id is told only where the other state has the edge under another one.
    """
    ids = {label: edge.get("id") for label, edge in _labelled(other, labels)}
    portless = [edge for edge in flow.get("edges", []) if not edge.get("target_port")]
    incoming = Counter(str(edge.get("target")) for edge in portless)
    inputs: Counter[str] = Counter()
    edges = {}
    for label, edge in _labelled(flow, labels):
        told = {k: v for k, v in edge.items() if k not in ("id", "source", "target")}
        target = str(edge.get("target"))
        if not edge.get("target_port") and incoming[target] > 1:
            inputs[target] += 1
            told["input"] = inputs[target]
        if ids.get(label, edge.get("id")) != edge.get("id"):
            told["id"] = edge.get("id")
        edges[label] = told
    return edges


def _labelled(
    flow: Mapping[str, Any], labels: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    seen: Counter[str] = Counter()
    for edge in flow.get("edges", []):
        ends = (str(edge.get(end)) for end in ("source", "target"))
        label = " -> ".join(labels.get(end, end) for end in ends)
        seen[label] += 1
        yield (label if seen[label] == 1 else f"{label} #{seen[label]}"), edge
