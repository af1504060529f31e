"""Why a run failed, from its error and the tail of its log. Pure functions on text.

Source: explain_job_failure in the product documentation, "Run inspection".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runs.models import Run, RunLog
from runs.next_steps import Suggestion, next_steps
from runs.patterns import RETRY_MAY_HELP, Pattern, find_pattern

MAX_EXCERPT = 300
LOUD = frozenset({RunLog.Level.ERROR, RunLog.Level.FATAL})

_CAUSED_BY = re.compile(r"^\s*(?:\.\.\. )?Caused by:\s*")
_SAYS_NOTHING = re.compile(
    r"^\s*(?:(?:run failed|package failed(?: to execute)?)\b[.:]?\s*|failed\.?\s*$)", re.IGNORECASE
)
_STACK_FRAME = re.compile(r'^\s*(?:at [\w.$<>/]+\(|\.\.\. \d+ more|File ".*", line \d+)')
_EXCEPTION = re.compile(r"\b[\w.$]*[A-Za-z](?:Exception|Error)\b(?=:|\s*$)")


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
class Diagnosis:
    """The last of `patterns` is the one that decided."""

    primary_error: str
    component: str
    retry_may_help: bool
    patterns: tuple[Finding, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """One line of text that says something; `line` counts as in Finding."""

    line: int
    text: str
    component: str
    is_cause: bool


_Match = tuple[Pattern, _Statement]


def diagnose(run: Run, lines: Sequence[RunLog]) -> Diagnosis:
    """Explain a failure by the last loud line with a known text.

    Without one the innermost exception is the primary error, else the run's own error. A text
    that only says that something failed is outdone by any other known text.
    """
    statements = list(_statements(run, lines))
    matches = _matches(statements)
    decisive = matches[-1] if matches else None
    component = run.failed_component
    if not component and decisive is not None:
        component = decisive[1].component
    return Diagnosis(
        primary_error=_primary_error(run, statements, decisive),
        component=component,
        retry_may_help=(
            run.retryable if decisive is None else decisive[0].category in RETRY_MAY_HELP
        ),
        patterns=tuple(_finding(*match) for match in matches),
        suggestions=next_steps(run, component, [pattern for pattern, _ in reversed(matches)]),
    )


def _statements(run: Run, lines: Sequence[RunLog]) -> Iterator[_Statement]:
    """The run's error, then what the loud lines say, without frames of stacks and empty words."""
    loud = [
        (number, line.message, line.component)
        for number, line in enumerate(lines, start=1)
        if line.level in LOUD
    ]
    for number, message, component in [(0, run.error, run.failed_component), *loud]:
        for part in message.splitlines():
            is_cause = _CAUSED_BY.match(part) is not None
            text = _SAYS_NOTHING.sub("", _CAUSED_BY.sub("", part)).strip()
            if text and not _STACK_FRAME.match(part):
                yield _Statement(number, text, component, is_cause)


def _matches(statements: Sequence[_Statement]) -> list[_Match]:
    """Each known text at its last place; wrappers first, then in order of the log."""
    found: dict[str, _Match] = {}
    for statement in statements:
        if pattern := find_pattern(statement.text):
            found.pop(pattern.id, None)
            found[pattern.id] = (pattern, statement)
    return sorted(found.values(), key=lambda match: not match[0].is_wrapper)


def _primary_error(run: Run, statements: Sequence[_Statement], decisive: _Match | None) -> str:
    if decisive is not None and not decisive[0].is_wrapper:
        return decisive[1].text
    exceptions = [part for part in statements if _EXCEPTION.search(part.text)]
    causes = [part for part in exceptions if part.is_cause]
    if exceptions:
        return (causes[-1] if causes else exceptions[0]).text
    if run.error:
        return run.error
    return statements[-1].text if statements else ""


def _finding(pattern: Pattern, statement: _Statement) -> Finding:
    return Finding(
        pattern_id=pattern.id,
        category=pattern.category,
        families=pattern.families,
        line=statement.line,
        excerpt=statement.text[:MAX_EXCERPT],
        confidence="low" if pattern.is_wrapper else "high",
    )
