"""The shape of a flow: wrappers, ids, names, edges, ports and counts; no fields, no network."""

from collections import Counter
from typing import Final

from engine.catalog import COMPONENTS, component_types
from engine.flow import IDENTIFIER, Edge, Flow, Node
from engine.problems import Problem, did_you_mean
from engine.rejects import PORT

CONDITIONS: Final = ("success", "failure", "completion")
"""When an edge of a workflow is followed: its task succeeded, failed, or either."""


def check_structure(flow: Flow, flow_type: str = "dataflow") -> list[Problem]:
    """Every finding about the graph itself."""
    if not flow.nodes:
        return [_of_flow("empty_flow", "components", "The flow has no components.")]
    nodes = _check_nodes(flow, flow_type)
    if flow_type == "workflow":
        return [
            *nodes,
            *_check_edges(flow),
            *_check_conditions(flow),
            *_check_cycle(flow),
        ]
    return [
        *nodes,
        *_check_kinds(flow),
        *_check_edges(flow),
        *_check_cycle(flow),
        *_check_counts(flow),
        *_check_connected(flow),
    ]


def finding(node: Node, code: str, property_name: str, message: str, hint: str = "") -> Problem:
    """An error about one component."""
    return Problem(code, "error", node.id, node.name, property_name, message, hint)


def _of_flow(code: str, property_name: str, message: str, hint: str = "") -> Problem:
    return Problem(code, "error", "", "", property_name, message, hint)


def _check_nodes(flow: Flow, flow_type: str) -> list[Problem]:
    problems = []
    ids = Counter([*(node.id for node in flow.nodes), *(edge.id for edge in flow.edges)])
    names = Counter(node.name.casefold() for node in flow.nodes if node.wrapper_key)
    for index, node in enumerate(flow.nodes):
        if not node.wrapper_key:
            problems.append(
                _of_flow(
                    "invalid_wrapper",
                    f"components[{index}]",
                    f"components[{index}] is not an object with exactly one key, the type.",
                    'Write {"select_component": {...}}.',
                )
            )
            continue
        problems.extend(_check_wrapper(node, flow_type))
        if ids[node.id] > 1 or not IDENTIFIER.fullmatch(node.id):
            problems.append(_bad_id(node, ids[node.id] > 1))
        if names[node.name.casefold()] > 1:
            message = f"More than one component is called '{node.name}'."
            problems.append(finding(node, "duplicate_component_name", "name", message))
    return problems


def _bad_id(node: Node, is_double: bool) -> Problem:
    if is_double:
        return finding(node, "duplicate_id", "id", f"The id '{node.id}' is used twice.")
    return finding(
        node,
        "invalid_property_value",
        "id",
        f"'{node.id[:80]}' cannot be an id.",
        "Letters, digits, _ and -, at most 64; leave it out to have one made.",
    )


def _check_wrapper(node: Node, flow_type: str) -> list[Problem]:
    types = component_types(flow_type)
    if node.wrapper_key in COMPONENTS and node.wrapper_key not in types:
        message = f"A {flow_type} cannot hold a {node.wrapper_key}."
        hint = "Tasks belong into a workflow, all other types into a dataflow."
        return [finding(node, "unknown_component_type", "", message, hint)]
    if node.wrapper_key not in types:
        hint = did_you_mean(node.wrapper_key, types)
        message = f"There is no component type '{node.wrapper_key[:80]}'."
        return [finding(node, "unknown_component_type", "", message, hint)]
    specific = node.body.get("specific_component_type")
    if specific not in (None, node.wrapper_key):
        message = f"specific_component_type must be {node.wrapper_key} here."
        return [finding(node, "invalid_property_value", "specific_component_type", message)]
    return []


def _check_kinds(flow: Flow) -> list[Problem]:
    kinds = {
        COMPONENTS[node.wrapper_key].category
        for node in flow.nodes
        if node.wrapper_key in COMPONENTS
    }
    return [
        _of_flow(f"no_{kind}", "components", f"The flow has no {kind}.", f"Add a {kind} component.")
        for kind in ("source", "destination")
        if kind not in kinds
    ]


def _check_edges(flow: Flow) -> list[Problem]:
    known = {node.id: node for node in flow.nodes}
    problems = []
    seen = set()
    for index, edge in enumerate(flow.edges):
        place = f"edges[{index}]"
        for end, component_id in (("source", edge.source), ("target", edge.target)):
            if component_id not in known:
                message = f"The {end} '{component_id[:80]}' of {place} is no component."
                problems.append(_of_flow("dangling_edge", f"{place}.{end}", message))
        if edge.source == edge.target:
            message = f"{place} leads from a component to itself."
            problems.append(_of_flow("self_loop", place, message))
        key = (edge.source, edge.target, edge.source_port, edge.target_port)
        if key in seen:
            problems.append(_of_flow("duplicate_edge", place, f"{place} is there twice."))
        seen.add(key)
        target = known.get(edge.target)
        if target is not None:
            problems.extend(_check_port(edge, target))
        source = known.get(edge.source)
        if source is not None:
            problems.extend(_check_source_port(edge, source))
    return problems


def _check_port(edge: Edge, target: Node) -> list[Problem]:
    component = COMPONENTS.get(target.wrapper_key)
    port = edge.target_port
    if component is None or port is None or port in component.inputs.names:
        return []
    offered = " and ".join(component.inputs.names) or "none by name"
    message = f"'{port[:40]}' is no port of {target.name}; its ports: {offered}."
    return [finding(target, "invalid_port", "target_port", message)]


def _check_source_port(edge: Edge, source: Node) -> list[Problem]:
    component = COMPONENTS.get(source.wrapper_key)
    port = edge.source_port
    if component is None or port is None or port in component.outputs.names:
        return []
    if port != PORT or not component.can_reject:
        message = f"'{port[:40]}' is no outgoing port of {source.name}."
        return [finding(source, "invalid_port", "source_port", message)]
    if source.body.get("on_error") == "reject":
        return []
    message = f"{source.name} puts no rows aside, so nothing comes out of its port {PORT}."
    return [finding(source, "invalid_port", "on_error", message, "Set on_error to reject.")]


def _check_conditions(flow: Flow) -> list[Problem]:
    problems = []
    distinct = {(edge.source, edge.target, edge.condition) for edge in flow.edges}
    ways = Counter((source, target) for source, target, _ in distinct)
    for index, edge in enumerate(flow.edges):
        place = f"edges[{index}]"
        if edge.condition not in CONDITIONS:
            message = f"'{edge.condition[:40]}' is no condition of an edge."
            hint = f"Write one of {', '.join(CONDITIONS)}."
            problems.append(_of_flow("invalid_property_value", f"{place}.condition", message, hint))
        if edge.source_port or edge.target_port:
            problems.append(_of_flow("invalid_port", place, "Tasks have no ports."))
        elif ways[edge.source, edge.target] > 1:
            message = f"More than one edge leads the way of {place}."
            hint = "Success and failure together are the condition completion."
            problems.append(_of_flow("duplicate_edge", place, message, hint))
    return problems


def _check_cycle(flow: Flow) -> list[Problem]:
    cycle = find_cycle(flow)
    if not cycle:
        return []
    hint = "Remove one of these edges."
    message = f"The flow goes in a circle: {' -> '.join(cycle)}."
    return [_of_flow("cycle", "edges", message, hint)]


def find_cycle(flow: Flow) -> list[str]:
    """Names along one circle of two components or more, the first once more at the end."""
    ordered = {node.id for node in flow.ordered()}
    cycle = _walk_back(flow, {node.id for node in flow.nodes} - ordered)
    names = {node.id: node.name for node in flow.nodes}
    return [names[component_id] for component_id in cycle]


def _walk_back(flow: Flow, candidates: set[str]) -> list[str]:
    """Walk backwards inside the unordered part until a component is met again."""
    path: list[str] = []
    current = min(candidates, default="")
    while current and current not in path:
        path.append(current)
        current = next(
            (edge.source for edge in flow.incoming(current) if edge.source in candidates), ""
        )
    if not current or len(path) == 1:
        return []
    return [current, *reversed(path[path.index(current) :])]


def _check_counts(flow: Flow) -> list[Problem]:
    problems = []
    for node in flow.nodes:
        component = COMPONENTS.get(node.wrapper_key)
        if component is None:
            continue
        for side, ports, edges in (
            ("input", component.inputs, flow.incoming(node.id)),
            (
                "output",
                component.outputs,
                [edge for edge in flow.outgoing(node.id) if edge.source_port != PORT],
            ),
        ):
            if len(edges) < ports.min:
                wanted = f"{node.name} has {len(edges)} of {ports.min} {side}s."
                hint = f"Draw an edge {'to' if side == 'input' else 'from'} it."
                problems.append(finding(node, f"too_few_{side}s", "", wanted, hint))
            if ports.max is not None and len(edges) > ports.max:
                wanted = f"{node.name} has {len(edges)} {side}s; it takes {ports.max}."
                problems.append(finding(node, f"too_many_{side}s", "", wanted))
    return problems


def _check_connected(flow: Flow) -> list[Problem]:
    sources = {node.id for node in flow.nodes if _category(node) == "source"}
    destinations = {node.id for node in flow.nodes if _category(node) == "destination"}
    forward = _reach(sources, [(edge.source, edge.target) for edge in flow.edges])
    backward = _reach(destinations, [(edge.target, edge.source) for edge in flow.edges])
    return [
        finding(
            node,
            "disconnected_component",
            "",
            f"{node.name} is not on a way from a source to a destination.",
            "Connect it or remove it.",
        )
        for node in flow.nodes
        if node.wrapper_key and node.id not in (forward & backward)
    ]


def _category(node: Node) -> str:
    component = COMPONENTS.get(node.wrapper_key)
    return component.category if component else ""


def _reach(start: set[str], steps: list[tuple[str, str]]) -> set[str]:
    reached = set(start)
    frontier = set(start)
    while frontier:
        frontier = {target for source, target in steps if source in frontier} - reached
        reached |= frontier
    return reached
