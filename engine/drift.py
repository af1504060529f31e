"""The tables that a flow reads, compared with the fields it knows of them, before it runs.

What a destination makes of a difference is its `schema_drift`: ignore it, fail, or take it over. A
column that is gone, or that a field can no longer hold, fails the run whatever the policy is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connections.drivers import AnyDriver
from connections.drivers.base import ColumnInfo
from connections.drivers.table_writer import column_of
from connections.drivers.types import TEXT_WORDS, can_store, widens
from engine.catalog.sources import NEW_COLUMN, full_form
from engine.flow import Flow, Node
from engine.plan import Plan
from engine.rejects import component_of
from engine.reporting import Events, StageFailed
from engine.stages import ReadTable, Stage, WriteTable
from engine.targets import database_driver


@dataclass(frozen=True, slots=True)
class Change:
    """A column whose declared type (None: it is new) differs from what the table has now."""

    column: ColumnInfo
    declared: str | None

    def words(self) -> str:
        """The change in words."""
        if self.declared is None:
            return f"the column {self.column.name} ({self.column.native_type}) is new"
        return f"the column {self.column.name} was {self.declared} and is {self.column.native_type}"


def follow_drift(
    flow: Flow, plan: Plan, driver_of: Callable[[int], AnyDriver], events: Events
) -> Flow:
    """The flow with what its destinations take over of changed sources; the same one when
    nothing has changed. Raises StageFailed for a change that a destination does not accept.
    """
    taken: dict[str, list[Change]] = {}
    for stage in plan.stages:
        policies = {target.drift for target in _targets(plan, stage)}
        if not isinstance(stage.work, ReadTable) or policies <= {"ignore"}:
            continue
        if stage.work.request.table is None:
            continue
        changes = _changes(stage, stage.work, driver_of)
        if changes and "fail" in policies:
            raise _failed(stage, changes, "Correct schema.fields, or set schema_drift")
        if changes:
            words = "; ".join(change.words() for change in changes)
            events.log("WARN", stage.component_name, f"Taken over from the table: {words}.")
            taken[stage.component_id] = changes
    if not taken:
        return flow
    nodes = tuple(_changed(node, taken.get(node.id, [])) for node in flow.nodes)
    return replace(flow, nodes=nodes)


def _targets(plan: Plan, source: Stage) -> Iterator[WriteTable]:
    """The tables that a source's rows may reach."""
    reached = {source.component_id}
    for stage in plan.stages:
        if reached & {component_of(name) for name in stage.inputs}:
            reached.add(stage.component_id)
            if isinstance(stage.work, WriteTable):
                yield stage.work


def _changes(stage: Stage, work: ReadTable, driver_of: Callable[[int], AnyDriver]) -> list[Change]:
    driver = database_driver(driver_of(work.connection_id))
    try:
        present = driver.columns(work.request.schema, work.request.table or "")
    finally:
        driver.close()
    changes = []
    known = set()
    for column in work.columns:
        found = column_of(present, column.name)
        if found is None:
            declared = column.type or "a column"
            raise _told(
                stage,
                f"The column {column.name} ({declared}) is no longer in the table"
                f" {work.request.table}. Take it out of schema.fields, or bring it back.",
            )
        known.add(found.name)
        if column.type is None or found.type is None or found.type == column.type:
            continue
        if widens(column.type, found.type):
            changes.append(Change(found, column.type))
        elif found.type not in TEXT_WORDS and not can_store(found.type, column.type):
            raise _told(
                stage,
                f"The column {column.name} was {column.type} and is {found.native_type}, which"
                f" {column.type} cannot hold without loss. Correct its type in schema.fields.",
            )
    new = [Change(column, None) for column in present if column.name not in known]
    return [*changes, *new]


def _changed(node: Node, changes: list[Change]) -> Node:
    """A source with wider types and more columns."""
    if not changes:
        return node
    wider = {c.column.name.casefold(): c.column.type for c in changes if c.declared is not None}
    fields = [_widened(field, wider) for field in node.body["schema"]["fields"]]
    added = [
        {"name": change.column.name, NEW_COLUMN: True}
        for change in changes
        if change.declared is None
    ]
    body = {**node.body, "schema": {**node.body["schema"], "fields": [*fields, *added]}}
    return replace(node, body=body)


def _widened(field: dict[str, Any], wider: dict[str, str | None]) -> dict[str, Any]:
    whole = full_form(field)
    if "type" not in whole:
        return field
    return {**whole, "type": wider.get(str(whole["name"]).casefold(), whole["type"])}


def _failed(stage: Stage, changes: list[Change], way_out: str) -> StageFailed:
    words = "; ".join(change.words() for change in changes)
    return _told(
        stage,
        f"The table has changed: {words}. {way_out} of the destination to ignore or add_columns.",
    )


def _told(stage: Stage, message: str) -> StageFailed:
    return StageFailed(stage.component_id, stage.component_name, message)
