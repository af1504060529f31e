"""Why a run failed, from its error and the tail of its log. Pure functions on text.

Source: explain_job_failure in the product documentation, "Run inspection".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from runs.models import Run, RunLog
from runs.patterns import PATTERNS, RETRY_MAY_HELP, Pattern

MAX_EXCERPT = 300
LOUD = frozenset({RunLog.Level.ERROR, RunLog.Level.FATAL})
GENERIC = ("run failed", "package failed", "job aborted")


@dataclass(frozen=True, slots=True)
class Finding:
    """A known text in one line. `line` counts from 1 in the tail, 0 is the run's own error."""

    pattern_id: str
    category: str
    families: tuple[str, ...]
    line: int
    excerpt: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A next step; with `tool`, the call that takes it."""

    text: str
    tool: str | None = None
    arguments: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    primary_error: str
    component: str
    retry_may_help: bool
    patterns: tuple[Finding, ...]
    suggestions: tuple[Suggestion, ...]


def diagnose(run: Run, lines: Sequence[RunLog]) -> Diagnosis:
    """Find the primary error: the last loud line with a known text, else the run's own error."""
    findings = _findings(run, lines)
    decisive = findings[-1] if findings else None
    return Diagnosis(
        primary_error=run.error or _last_loud(lines),
        component=run.failed_component,
        retry_may_help=(run.retryable if decisive is None else decisive.category in RETRY_MAY_HELP),
        patterns=tuple(findings),
        suggestions=_suggestions(run, findings),
    )


def _findings(run: Run, lines: Sequence[RunLog]) -> list[Finding]:
    loud = [
        (number, line.message)
        for number, line in enumerate(lines, start=1)
        if line.level in LOUD and not line.message.lower().startswith(GENERIC)
    ]
    found: dict[str, Finding] = {}
    for number, text in [(0, run.error), *loud]:
        for pattern in PATTERNS:
            if text and pattern.expression.search(text):
                found.pop(pattern.id, None)
                found[pattern.id] = _finding(pattern, number, text)
                break
    return list(found.values())


def _finding(pattern: Pattern, number: int, text: str) -> Finding:
    return Finding(
        pattern_id=pattern.id,
        category=pattern.category,
        families=pattern.families,
        line=number,
        excerpt=text[:MAX_EXCERPT],
        confidence="high",
    )


def _last_loud(lines: Sequence[RunLog]) -> str:
    loud = [line.message for line in lines if line.level in LOUD]
    return loud[-1] if loud else ""


def _suggestions(run: Run, findings: Sequence[Finding]) -> tuple[Suggestion, ...]:
    by_id = {pattern.id: pattern for pattern in PATTERNS}
    steps = [
        Suggestion(pattern.advice, pattern.tool, _arguments(pattern.tool, run))
        for finding in reversed(findings)
        for pattern in [by_id[finding.pattern_id]]
    ]
    if not steps and run.status == Run.Status.FAILED:
        steps.append(
            Suggestion("Read the log around the last error.", "get_run", {"run_id": run.pk})
        )
    return tuple(steps)


def _arguments(tool: str | None, run: Run) -> dict[str, object]:
    if tool in {"get_package", "run_package"}:
        return {"package_id": run.package_id}
    if tool in {"get_run", "retry_job"}:
        return {"run_id": run.pk}
    return {}
