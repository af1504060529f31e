"""What is wrong with a flow, told so that a person or a program can act on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from common.errors import InvalidInput

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `component_id` and `component_name` are empty for the flow as a whole."""

    code: str
    severity: Severity
    component_id: str
    component_name: str
    property: str
    message: str
    hint: str = ""


class FlowInvalid(InvalidInput):
    """The flow has errors and cannot be compiled; `problems` holds them all, warnings too."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in problems if problem.severity == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0].message}{more}" if errors else "The flow is invalid.")


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether any finding is more than a warning."""
    return any(problem.severity == "error" for problem in problems)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known names; empty when nothing is near."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), by_lower, n=3, cutoff=0.6)
    return f"Did you mean {', '.join(by_lower[match] for match in near)}?" if near else ""
