"""Facts about a run in words."""

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
