"""What a running plan tells of its components: log lines, figures while at work, totals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from engine.reporting import ComponentProgress, Events, Level, StageFailed, Totals
from engine.stages import Source, Stage

State = Literal["running", "completed", "failed"]


class Teller:
    """Speaks to the events of one run and adds up what crossed its borders."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._totals = [0, 0, 0, 0]
        self._started: dict[str, datetime] = {}
        self._arrived: dict[str, int] = {}
        self._has_rows = False

    def totals(self) -> Totals:
        """Rows and bytes of all sources and destinations that are done."""
        return Totals(*self._totals)

    def log(self, level: Level, stage: Stage, message: str) -> None:
        """One line about a component."""
        self._events.log(level, stage.component_name, message)

    def note(self, stage: Stage) -> Callable[[str, str], None]:
        """What a driver calls to say something about its component."""
        known: dict[str, Level] = {"DEBUG": "DEBUG", "WARN": "WARN", "ERROR": "ERROR"}
        return lambda level, message: self.log(known.get(level, "INFO"), stage, message)

    def first_rows(self) -> None:
        """Rows are in the engine; told once."""
        if not self._has_rows:
            self._has_rows = True
            self._events.first_batch()

    def begun(self, stage: Stage) -> None:
        """A component is at work from now on."""
        self._started[stage.component_id] = datetime.now(UTC)
        self.report(stage, "running", 0, 0, 0)

    def arrived(self, stage: Stage, size: int) -> None:
        """Bytes of a source's files have been fetched."""
        total = self._arrived.get(stage.component_id, 0) + size
        self._arrived[stage.component_id] = total
        self.report(stage, "running", 0, 0, total)

    def read(self, stage: Stage, rows: int, size: int) -> None:
        """A source is done."""
        self.first_rows()
        self._totals[0] += rows
        self._totals[2] += size
        self.log("INFO", stage, f"Read {rows:,} rows.")
        self.report(stage, "completed", rows, rows, size)

    def transformed(self, stage: Stage, rows_in: int, rows_out: int) -> None:
        """A transformation is done."""
        self.log("INFO", stage, f"{rows_in:,} rows in, {rows_out:,} rows out.")
        self.report(stage, "completed", rows_in, rows_out, 0)

    def delivered(self, stage: Stage, rows: int, size: int, message: str) -> None:
        """A destination is done."""
        self._totals[1] += rows
        self._totals[3] += size
        self.log("INFO", stage, message)
        self.report(stage, "completed", rows, rows, size)

    def shown(self, stage: Stage, rows: int, shown: int) -> None:
        """A destination that only shows rows is done."""
        self.report(stage, "completed", rows, shown, 0)

    def failed(self, stage: Stage, failure: StageFailed) -> None:
        """A component is what ended the run."""
        self.log("ERROR", stage, failure.message)
        self.report(stage, "failed", 0, 0, 0)

    def report(self, stage: Stage, state: State, rows_in: int, rows_out: int, size: int) -> None:
        """The newest figures of a component."""
        now = datetime.now(UTC)
        started = self._started.setdefault(stage.component_id, now)
        self._events.component(
            ComponentProgress(
                stage.component_id,
                state,
                None if isinstance(stage.work, Source) else rows_in,
                rows_out,
                size,
                started,
                None if state == "running" else now,
            )
        )
