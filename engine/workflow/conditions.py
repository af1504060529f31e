"""When a task runs, and when a workflow has failed. Pure functions on how tasks ended."""

from collections.abc import Mapping
from typing import Literal

from engine.flow import Edge, Flow
from engine.workflow.work import EndState

Decision = Literal["wait", "run", "skip"]

_FOLLOWED: dict[str, frozenset[str]] = {
    "success": frozenset({"completed"}),
    "failure": frozenset({"failed"}),
    "completion": frozenset({"completed", "failed"}),
}


def decide(
    incoming: tuple[Edge, ...], execution_condition: str, ends: Mapping[str, EndState]
) -> Decision:
    """What is to be done with a task whose incoming edges these are.

    With `any` it runs as soon as one condition holds. A skipped task fulfils no condition, so that
    skipping spreads.
    """
    known = [_holds(edge, ends[edge.source]) for edge in incoming if edge.source in ends]
    is_settled = len(known) == len(incoming)
    if execution_condition == "any" and incoming:
        if any(known):
            return "run"
        return "skip" if is_settled else "wait"
    if not all(known):
        return "skip"
    return "run" if is_settled else "wait"


def unhandled_failures(flow: Flow, ends: Mapping[str, EndState]) -> list[str]:
    """Failed tasks, in the order of the document, that no edge for failures leaves."""
    return [
        node.id
        for node in flow.nodes
        if ends.get(node.id) == "failed"
        and not any(edge.condition != "success" for edge in flow.outgoing(node.id))
    ]


def _holds(edge: Edge, end: EndState) -> bool:
    return end in _FOLLOWED[edge.condition]
