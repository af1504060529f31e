"""Exact numbers of rows inside one streaming query, without storing any of them.

Over a part that is to be counted stands a limit which is never reached. Its number is looked up in
a table, so the optimiser can neither drop it nor move a filter, also none that a join makes at run
time, through it; counting costs one addition for a vector of rows. The profile of the finished
query holds how many rows passed each limit, and names it by the column that was looked up.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.backends.source_sql import name
from engine.regions import Region, passes_all
from engine.stages import Stage

_COUNTERS = "_counters"
_NEVER_REACHED = 2**62


def counters(stages: Iterable[Stage]) -> str:
    """The statement that makes the table of limits, a column for each stage."""
    columns = ", ".join(f"{_NEVER_REACHED} AS {name(stage.relation)}" for stage in stages)
    return f"CREATE TEMP TABLE {name(_COUNTERS)} AS SELECT {columns}"


def counted(query: str, stage: Stage) -> str:
    """The same rows, counted under the name of the stage's relation."""
    limit = f"SELECT {name(stage.relation)} FROM {name(_COUNTERS)}"  # noqa: S608
    return f"SELECT * FROM ({query}) LIMIT ({limit})"  # noqa: S608


def to_be_counted(region: Region, known: Iterable[str]) -> set[str]:
    """Components of a region whose rows follow neither from the sink's nor from known ones."""
    settled = {*known, *region.equal_to_sink()}
    counted_ids = set()
    for stage in region.members:
        if stage.component_id not in settled:
            if not (passes_all(stage) and stage.inputs[0] in settled):
                counted_ids.add(stage.component_id)
            settled.add(stage.component_id)
    return counted_ids


def row_counts(region: Region, found: Mapping[str, int], sink_rows: int) -> dict[str, int]:
    """The rows of every member, from those that were found and those of the sink."""
    rows = {**found, **dict.fromkeys(region.equal_to_sink(), sink_rows)}
    for stage in region.members:
        if stage.component_id not in rows:
            rows[stage.component_id] = rows[stage.inputs[0]]
    return rows


class Profile:
    """What the engine noted about the query that ended last."""

    def __init__(self, text: str) -> None:
        self._nodes = list(_nodes(json.loads(text).get("operator", [])))
        self.passed: dict[str, int] = {}
        """By relation, the rows that passed its limit."""
        for node in self._nodes:
            if relation := _counter_of(node):
                self.passed[relation] = int(node["intermediate_rows"])

    @property
    def ended_early(self) -> bool:
        """Whether a join without result may have left rows unread that nobody needed.

        A limit of the user's own ends the reading on purpose and does not count.
        """
        is_limited = any(
            node["type"] == "TOP_N" or (_is_limit(node) and not _counter_of(node))
            for node in self._nodes
        )
        is_empty = any("JOIN" in n["type"] and not n["intermediate_rows"] for n in self._nodes)
        return is_empty and not is_limited


def _nodes(roots: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for node in roots:
        yield node
        yield from _nodes(node.get("children", ()))


def _is_limit(node: Mapping[str, Any]) -> bool:
    """Whether it may end the reading; over nothing there is nothing to be read."""
    below = node.get("children") or [{"type": "EMPTY_RESULT"}]
    return str(node["type"]).endswith("LIMIT") and below[0]["type"] != "EMPTY_RESULT"


def _counter_of(node: Mapping[str, Any]) -> str | None:
    """The relation that a limit counts; None for everything else."""
    sides = node["children"][0].get("children", ()) if _is_limit(node) else ()
    for below in _nodes(sides[1:]):
        details = below.get("extra_info", {})
        if str(details.get("Table", "")).endswith(f".{_COUNTERS}"):
            return str(details["Projections"])
    return None
