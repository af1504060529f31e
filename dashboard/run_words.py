"""Facts about a run in words."""

import re

from dashboard.figures import duration
from runs.models import Run
from runs.states import FINISHED, runtime_seconds

_DOORS = {
    "page": "the dashboard",
    "mcp": "an assistant",
    "api": "the API",
    "schedule": "a schedule",
    "command": "the command line",
}

SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z])")


def started_by(run: Run) -> str:
    """The schedule, the connected application, the person or the door that started the run."""
    if run.schedule_label:
        return run.schedule_label
    person = run.owner.display_name if run.owner else ""
    if run.application_label:
        return f"{run.application_label}, for {person}" if person else run.application_label
    return person or _DOORS.get(run.started_through, "the platform")


def run_time(run: Run) -> str:
    """How long the run took, or has been at work so far; empty before it starts."""
    seconds = runtime_seconds(run)
    return "" if seconds is None else duration(seconds, ended=run.status in FINISHED)


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence, and what follows it. A dot inside a name or a number ends nothing."""
    first, *rest = SENTENCE_END.split(text, maxsplit=1)
    return first, "".join(rest)
