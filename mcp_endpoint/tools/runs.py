"""Runs: starting, watching, explaining."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from accounts.rights import Scope
from mcp_endpoint.fields import FilterId, ListArgs, Moment, VariableValue, variable_texts
from mcp_endpoint.mutations import ChangeItem, Mutated, MutationArgs, NewId, RepeatableArgs
from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import TOOLS, Caller, ToolArgs, tool
from mcp_endpoint.sizes import ListAnswer, Shortenable
from runs import queries, services
from runs.diagnosis import diagnose
from runs.models import Run, RunLog
from runs.next_steps import Suggestion
from runs.states import runtime_seconds

MAX_LOG_LINES = 200
MAX_LINE_CHARACTERS = 1_000
PLAIN_NAME = re.compile(r"[\w.$/*-]{1,128}")

RunId = Annotated[int, Field(gt=0, description="Id of the run, from run_package or list_runs.")]
ClusterId = Annotated[
    int | None,
    Field(gt=0, description="Cluster to run on; an available one is chosen when left out."),
]
RunStatus = Literal[
    "idle",
    "pending",
    "queued",
    "running",
    "completed",
    "failed",
    "pending_stoppage",
    "stopping",
    "stopped",
]


class ListRuns(ListArgs):
    package_id: FilterId = Field(None, description="Only runs of this package.")
    status: RunStatus | None = Field(None, description="Only runs with this status.")
    include_child_retries: bool = Field(
        False, description="Also list automatic retries and tasks of workflows."
    )


class RunItem(BaseModel):
    id: int
    package_id: int
    package_name: str
    cluster_id: int | None
    status: str
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    runtime_in_seconds: float | None
    last_error: str | None


class Runs(ListAnswer):
    runs: Outside[list[RunItem]]


class GetRun(ToolArgs):
    run_id: RunId
    log_tail_lines: int = Field(
        20, ge=1, le=MAX_LOG_LINES, description="How many of the last log lines to return."
    )


class ComponentItem(BaseModel):
    name: str
    type: str
    state: str
    rows_in: int | None
    rows_out: int | None
    bytes: int | None
    seconds: float | None


class RunDetails(RunItem, Shortenable):
    shortens = (
        ("log_tail", "log_lines_left_out", "last"),
        ("components", "components_left_out", "first"),
    )

    package_version: int
    progress: float
    attempt: int
    log_lines_left_out: int = 0
    components_left_out: int = 0
    package_name: Outside[str]
    last_error: Outside[str | None]
    variables: Outside[dict[str, str]]
    dynamic_variables: Outside[dict[str, str]]
    failed_component: Outside[str | None]
    components: Outside[list[ComponentItem]]
    log_tail: Outside[list[str]]


class ExplainJobFailure(ToolArgs):
    run_id: RunId
    log_tail_lines: int = Field(
        50, ge=1, le=MAX_LOG_LINES, description="How many of the last log lines to look at."
    )


class DetectedPattern(BaseModel):
    pattern_id: str
    category: str
    families: list[str]
    line: int
    excerpt: str
    confidence: str


class NextStep(BaseModel):
    text: str
    tool: str | None
    arguments: dict[str, object]


class FailureExplanation(Shortenable):
    shortens = (("log_tail", "log_lines_left_out", "last"),)

    run_id: int
    status: str
    retry_may_help: bool
    suggestions: list[NextStep]
    log_lines_left_out: int = 0
    primary_error: Outside[str | None]
    component: Outside[str | None]
    detected_patterns: Outside[list[DetectedPattern]]
    log_tail: Outside[list[str]]


class RunPackage(RepeatableArgs):
    package_id: int = Field(gt=0, description="Id of the package to run.")
    cluster_id: ClusterId = None
    variables: dict[str, VariableValue] | None = Field(
        None, description="Values that override the package's variables, by name."
    )
    dynamic_variables: dict[str, str] | None = Field(
        None, description="Expressions, by name, evaluated when the run starts."
    )


class SubmittedRun(Mutated):
    run_id: NewId
    status: str
    package_id: int
    package_version: int
    cluster_id: int | None


class CancelJob(MutationArgs):
    run_id: RunId


class CancelledRun(Mutated):
    run_id: int
    status: str


class RetryJob(RepeatableArgs):
    run_id: RunId
    cluster_id: ClusterId = None


class RetriedRun(SubmittedRun):
    retry_of: int


@tool(title="List runs")
def list_runs(caller: Caller, arguments: ListRuns) -> Runs:
    """List runs, newest first, with status, times and, for failed ones, last_error. Filter by
    package_id or status. Go on with get_run, or explain_job_failure for a failed run."""
    rows = queries.list_runs(
        account=caller.account,
        package_id=arguments.package_id,
        status=arguments.status,
        include_children=arguments.include_child_retries,
    )
    page = arguments.page(rows)
    return Runs(runs=[RunItem(**_summary(row)) for row in page.items], next_cursor=page.next_cursor)


@tool(title="Get a run")
def get_run(caller: Caller, arguments: GetRun) -> RunDetails:
    """Show one run: status, progress, rows in and out per component, and the redacted tail of its
    log. Poll it after run_package until the status is completed, failed or stopped."""
    run = queries.get_run(account=caller.account, run_id=arguments.run_id)
    return RunDetails(
        **_summary(run),
        package_version=run.package_version,
        progress=run.progress,
        attempt=run.attempt,
        variables=run.variables,
        dynamic_variables=run.dynamic_variables,
        failed_component=run.failed_component or None,
        components=[
            ComponentItem(
                name=row.name,
                type=row.type,
                state=row.state,
                rows_in=row.rows_in,
                rows_out=row.rows_out,
                bytes=row.size_bytes,
                seconds=row.seconds,
            )
            for row in run.components.all()
        ],
        log_tail=_texts(queries.log_tail(run, arguments.log_tail_lines)),
    )


@tool(title="Explain a failed run")
def explain_job_failure(caller: Caller, arguments: ExplainJobFailure) -> FailureExplanation:
    """Explain why a run failed: the primary error, the component, known error patterns found in
    the redacted log, and what to do next, with the tool call that does it where there is one."""
    run = queries.get_run(account=caller.account, run_id=arguments.run_id)
    lines = queries.log_tail(run, arguments.log_tail_lines)
    diagnosis = diagnose(run, lines)
    return FailureExplanation(
        run_id=run.pk,
        status=run.status,
        primary_error=diagnosis.primary_error or None,
        component=diagnosis.component or None,
        retry_may_help=diagnosis.retry_may_help,
        detected_patterns=[
            DetectedPattern.model_validate(finding, from_attributes=True)
            for finding in diagnosis.patterns
        ],
        suggestions=[_next_step(step) for step in diagnosis.suggestions],
        log_tail=_texts(lines),
    )


@tool(title="Run a package", scope=Scope.RUN, audits="run_package", open_world=True, is_task=True)
def run_package(caller: Caller, arguments: RunPackage) -> SubmittedRun:
    """Start a package and answer with its run_id at once, without waiting for the end. Poll
    get_run with that id. Each call starts a new run and writes to the package's destinations."""
    run = services.submit_run(
        account=caller.account,
        package_id=arguments.package_id,
        actor=caller.actor,
        cluster_id=arguments.cluster_id,
        variables=variable_texts(arguments.variables),
        dynamic_variables=arguments.dynamic_variables,
    )
    return submitted(run)


@tool(title="Cancel a run", scope=Scope.RUN, audits="cancel_job", destructive=True, idempotent=True)
def cancel_job(caller: Caller, arguments: CancelJob) -> CancelledRun:
    """Stop a queued or running run. Idempotent: a finished run is answered with its status,
    unchanged. A running one ends within seconds; poll get_run until its status is stopped. Rows
    that were not committed are not written."""
    before = queries.get_run(account=caller.account, run_id=arguments.run_id).status
    run = services.cancel_run(account=caller.account, run_id=arguments.run_id, actor=caller.actor)
    changed = [ChangeItem(path="status", before=before, after=run.status)]
    return CancelledRun(
        run_id=run.pk, status=run.status, changes=changed if run.status != before else []
    )


@tool(title="Retry a failed run", scope=Scope.RUN, audits="retry_job", open_world=True)
def retry_job(caller: Caller, arguments: RetryJob) -> RetriedRun:
    """Run again what a failed run ran: the same package version and variables, on the same cluster
    unless cluster_id names another. Makes a new run and keeps the failed one. Call
    explain_job_failure first: it says whether a retry may help. Poll get_run then."""
    run = services.retry_run(
        account=caller.account,
        run_id=arguments.run_id,
        actor=caller.actor,
        cluster_id=arguments.cluster_id,
    )
    return RetriedRun(**submitted(run).model_dump(), retry_of=arguments.run_id)


def submitted(run: Run) -> SubmittedRun:
    return SubmittedRun(
        run_id=run.pk,
        status=run.status,
        package_id=run.package_id,
        package_version=run.package_version,
        cluster_id=run.cluster_id,
        changes=[ChangeItem(path="run", before=None, after=_submission(run))],
    )


def _submission(run: Run) -> dict[str, object]:
    """What a new run will do, as far as it is settled at its submission."""
    return {
        "package_id": run.package_id,
        "package_version": run.package_version,
        "cluster_id": run.cluster_id,
        "status": run.status,
        "variables": run.variables,
        "dynamic_variables": run.dynamic_variables,
    }


def _summary(run: Run) -> dict[str, object]:
    return {
        "id": run.pk,
        "package_id": run.package_id,
        "package_name": run.package.name,
        "cluster_id": run.cluster_id,
        "status": run.status,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "runtime_in_seconds": runtime_seconds(run),
        "last_error": run.error or None,
    }


def _next_step(step: Suggestion) -> NextStep:
    """Names a tool only where this server has it, and no argument that could carry sentences."""
    if step.tool not in TOOLS:
        return NextStep(text=step.text, tool=None, arguments={})
    plain = {
        name: value
        for name, value in step.arguments.items()
        if isinstance(value, int) or PLAIN_NAME.fullmatch(str(value))
    }
    return NextStep(text=step.text, tool=step.tool, arguments=plain)


def _texts(lines: list[RunLog]) -> list[str]:
    texts = (line.as_text() for line in lines)
    return [
        text if len(text) <= MAX_LINE_CHARACTERS else f"{text[:MAX_LINE_CHARACTERS]}…"
        for text in texts
    ]
