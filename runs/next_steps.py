"""What to do about a failed run: advice from the patterns found, each with the tool that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.errors import InvalidInput
from engine.flow import parse_flow
from runs.models import Run
from runs.patterns import CHANGE_SIZE_FIRST, RETRY_MAY_HELP, Pattern

PACKAGE_TOOLS = frozenset({"get_package", "run_package", "validate_package"})
RUN_TOOLS = frozenset({"get_run", "retry_job"})
CONNECTION_TOOLS = frozenset(
    {"get_connection", "test_connection", "discover_schema", "discover_file_schema", "preview_data"}
)
TABLE_TOOLS = frozenset({"discover_schema", "preview_data"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A next step; with `tool`, the call that takes it, as far as its arguments are known."""

    text: str
    tool: str | None = None
    arguments: dict[str, object] = field(default_factory=dict)


def next_steps(run: Run, component: str, patterns: Sequence[Pattern]) -> tuple[Suggestion, ...]:
    """One step for each pattern, the decisive one first, then whether to try again."""
    if not patterns:
        text = "Read the log around the last error."
        return (Suggestion(text, "get_run", {"run_id": run.pk}),) if _has_failed(run) else ()
    specific = [pattern for pattern in patterns if not pattern.is_wrapper] or patterns
    body = _component_body(run, component)
    steps = [_step(pattern, run, body) for pattern in specific]
    if _has_failed(run):
        steps.extend(_about_retrying(run, specific[0]))
    return tuple(steps)


def _has_failed(run: Run) -> bool:
    return run.status == Run.Status.FAILED


def _step(pattern: Pattern, run: Run, body: Mapping[str, Any]) -> Suggestion:
    tool = pattern.tool
    if tool in TABLE_TOOLS and ("path" in body or "directory" in body):
        tool = "discover_file_schema" if "path" in body else None
    return Suggestion(pattern.advice, tool, _arguments(tool, run, body))


def _about_retrying(run: Run, decisive: Pattern) -> list[Suggestion]:
    if decisive.category == "user" or decisive.tool == "retry_job":
        return []
    if decisive.category in RETRY_MAY_HELP:
        text = "A retry may help: wait a few minutes, then run it again."
        return [Suggestion(text, "retry_job", {"run_id": run.pk})]
    if decisive.category in CHANGE_SIZE_FIRST:
        text = "A retry alone will fail again: change the size of the machine or the data first."
        return [Suggestion(text)]
    return [Suggestion("A retry alone will fail again: correct the cause first.")]


def _component_body(run: Run, component: str) -> Mapping[str, Any]:
    """What the package says about the component of that name; empty when there is none."""
    try:
        nodes = parse_flow(run.flow.flow).nodes
    except InvalidInput:
        return {}
    return next((node.body for node in nodes if component and node.name == component), {})


def _arguments(tool: str | None, run: Run, body: Mapping[str, Any]) -> dict[str, object]:
    if tool in PACKAGE_TOOLS:
        return {"package_id": run.package_id}
    if tool in RUN_TOOLS:
        return {"run_id": run.pk}
    if tool not in CONNECTION_TOOLS:
        return {}
    known = {"connection_id": body.get("connection_id")}
    if tool in TABLE_TOOLS:
        known["schema_name"] = body.get("source_schema") or body.get("target_schema")
    if tool == "preview_data":
        known["table"] = body.get("source_table") or body.get("target_table")
    if tool == "discover_file_schema":
        known["path"] = body.get("path")
    return {name: value for name, value in known.items() if value and "$" not in str(value)}
