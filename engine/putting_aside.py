"""Rows put aside while a plan runs: gathered, counted, told, and held against their limits."""

from engine.backends.base import Backend
from engine.plan import Plan
from engine.rejects import MAX_REFUSED, SAMPLE_ROWS, rejects_of
from engine.reporting import StageFailed
from engine.stages import Stage
from engine.telling import Teller

_MAX_SHOWN = 300


class Refused:
    """Rows that a foreign system refuses, kept until the engine can take them in."""

    def __init__(self, stage: Stage) -> None:
        self.rows: list[tuple[str, str]] = []
        self._stage = stage

    def __call__(self, reason: str, row: str) -> None:
        if len(self.rows) >= MAX_REFUSED:
            raise StageFailed(
                self._stage.component_id,
                self._stage.component_name,
                f"The database refused more than {MAX_REFUSED:,} rows, the last because of"
                f" {reason[:_MAX_SHOWN]}. Nothing was delivered.",
            )
        self.rows.append((reason, row))


def settle(plan: Plan, stage: Stage, backend: Backend, tell: Teller, rows: int) -> int:
    """Tell how many of its rows a stage put aside; raises StageFailed when they are too many."""
    rule = stage.rejects
    if rule is None:
        return 0
    sample = backend.rejects(stage, SAMPLE_ROWS)
    rejected = backend.row_count(rejects_of(stage.component_id))
    if not rejected:
        return 0
    tell.log("WARN", stage, f"{rejected:,} rows were put aside.")
    if not plan.keeps_rejects(stage):
        for reason, row in sample:
            tell.log("WARN", stage, f"{reason[:_MAX_SHOWN]} in {row[:_MAX_SHOWN]}")
    limit = rule.exceeded_by(rejected, rows)
    if limit is None:
        return rejected
    reason, row = sample[0]
    raise StageFailed(
        stage.component_id,
        stage.component_name,
        f"{rejected:,} of {rows:,} rows are bad and {limit}. Nothing was delivered. The first:"
        f" {reason[:_MAX_SHOWN]} in {row[:_MAX_SHOWN]}",
    )


def judged_rows(backend: Backend, stage: Stage) -> int:
    """The rows that came to a stage, before any is refused from outside."""
    put_aside = backend.row_count(rejects_of(stage.component_id))
    return put_aside + backend.row_count(stage.component_id)
