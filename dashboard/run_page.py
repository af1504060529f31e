"""What the run page shows: the state of the run, its components on one time axis, its log."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from common.redact import redact
from dashboard.flow_sketch import WRAPPER_SUFFIX, category_of
from dashboard.run_words import first_sentence
from runs.diagnosis import Diagnosis, diagnose
from runs.models import Run, RunComponent, RunLog
from runs.queries import log_after, log_tail
from runs.states import FINISHED, runtime_seconds

LOG_LINES = 500
AXIS_UNITS = 200
LEAST_BAR_UNITS = 2
BAR_TONES = {"failed": "m-fail", "running": "m-run"}


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One component; its bar runs from `bar_start` over `bar_width` of 200 units of the axis."""

    component: RunComponent
    seconds: float | None
    bar_start: int
    bar_width: int
    tone: str


@dataclass(frozen=True, slots=True)
class RunState:
    """Everything above the log, as it was at `now`."""

    run: Run
    components: Sequence[RunComponent]
    now: datetime
    diagnosis: Diagnosis | None
    decisive: RunLog | None

    @property
    def is_finished(self) -> bool:
        return self.run.status in FINISHED

    @property
    def cause(self) -> tuple[str, str]:
        """The first sentence of the primary error, and the rest of it."""
        return first_sentence(self.diagnosis.primary_error if self.diagnosis else "")

    @property
    def seconds(self) -> float | None:
        return runtime_seconds(self.run, self.now)

    @property
    def waited_seconds(self) -> float | None:
        """From submission to the start, or to the end or now for a run that never started."""
        until = self.run.started_at or self.run.completed_at or self.now
        return max(0.0, (until - self.run.created_at).total_seconds())

    @property
    def percent(self) -> int:
        return min(100, int(self.run.progress * 100))

    @property
    def rows(self) -> list[ComponentRow]:
        return [_component_row(component, self) for component in self.components]

    @property
    def tally(self) -> str:
        """ "8 of 9 completed, 1 running" """
        counts = Counter(component.state for component in self.components)
        done = counts[RunComponent.State.COMPLETED]
        running = counts[RunComponent.State.RUNNING]
        words = f"{done} of {len(self.components)} completed"
        if skipped := counts[RunComponent.State.SKIPPED]:
            words = f"{words}, {skipped} skipped"
        return f"{words}, {running} running" if running else words

    @property
    def failed(self) -> RunComponent | None:
        failed = RunComponent.State.FAILED
        return next((row for row in self.components if row.state == failed), None)

    @property
    def outputs(self) -> list[RunComponent]:
        return [component for component in self.components if _is_destination(component)]

    @property
    def wrote_nothing(self) -> bool:
        """Whether the failed component is a destination that kept none of this run's rows."""
        row = self.failed
        return row is not None and _is_destination(row) and row.write_state != "committed"

    @property
    def variables(self) -> list[tuple[str, str]]:
        """Name and value as this run saw them, the run's own values over the package's."""
        run = self.run
        values: Mapping[str, object] = {
            **run.frozen_variables,
            **run.variables,
            **run.dynamic_variables,
        }
        return [(name, _redacted(name, str(value))) for name, value in sorted(values.items())]


@dataclass(frozen=True, slots=True)
class LogView:
    """Lines of the log in order; `is_live` while more may follow."""

    lines: Sequence[RunLog]
    last_number: int
    is_live: bool

    @property
    def is_cut(self) -> bool:
        return bool(self.lines) and self.lines[0].number > 1

    @property
    def level_counts(self) -> dict[str, int]:
        counts = Counter(level_class(line) for line in self.lines)
        return {level: counts[level] for level in ("debug", "info", "warn", "error")}


def read_state(run: Run, lines: Sequence[RunLog] | None = None) -> RunState:
    """The run's state; a failed run is explained from the end of its log."""
    diagnosis = decisive = None
    if run.status == Run.Status.FAILED:
        lines = log_tail(run, LOG_LINES) if lines is None else lines
        diagnosis = diagnose(run, lines)
        decisive = _decisive(diagnosis, lines)
    return RunState(run, list(run.components.all()), timezone.now(), diagnosis, decisive)


def read_log(run: Run) -> LogView:
    """The end of the log."""
    lines = log_tail(run, LOG_LINES)
    last = lines[-1].number if lines else 0
    return LogView(lines, last, run.status not in FINISHED)


def read_log_after(run: Run, number: int) -> LogView:
    """What followed line `number`. Read the run first: a finished run writes no more lines."""
    lines = log_after(run, number, LOG_LINES)
    last = lines[-1].number if lines else number
    return LogView(lines, last, run.status not in FINISHED or len(lines) == LOG_LINES)


def level_class(line: RunLog) -> str:
    """The level of the log filter; fatal lines count as errors."""
    return "error" if line.level == RunLog.Level.FATAL else line.level.lower()


def _component_row(component: RunComponent, state: RunState) -> ComponentRow:
    tone = BAR_TONES.get(component.state, "m-ok")
    begin, total = state.run.started_at, state.seconds
    if component.started_at is None or begin is None or not total:
        return ComponentRow(component, None, 0, 0, tone)
    end = component.finished_at or state.run.completed_at or state.now
    seconds = max(0.0, (end - component.started_at).total_seconds())
    offset = max(0.0, (component.started_at - begin).total_seconds())
    start = min(round(offset / total * AXIS_UNITS), AXIS_UNITS - LEAST_BAR_UNITS)
    width = max(LEAST_BAR_UNITS, round(seconds / total * AXIS_UNITS))
    return ComponentRow(component, seconds, start, min(width, AXIS_UNITS - start), tone)


def _decisive(diagnosis: Diagnosis, lines: Sequence[RunLog]) -> RunLog | None:
    """The line that the last finding stands in, else the last loud line."""
    numbers = [finding.line for finding in diagnosis.patterns if 0 < finding.line <= len(lines)]
    if numbers:
        return lines[numbers[-1] - 1]
    loud = [line for line in lines if level_class(line) == "error"]
    return loud[-1] if loud else None


def _is_destination(component: RunComponent) -> bool:
    return category_of(component.type.removesuffix(WRAPPER_SUFFIX)) == "destination"


def _redacted(name: str, value: str) -> str:
    return redact(f"{name}={value}").removeprefix(f"{name}=")
