"""Schedules."""

from pydantic import BaseModel, Field

from accounts.rights import Scope
from mcp_endpoint.fields import FilterId, ListArgs, Moment
from mcp_endpoint.mutations import Mutated, MutationArgs, change_items
from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, ToolArgs, tool
from mcp_endpoint.sizes import ListAnswer
from schedules import queries, services


class ListSchedules(ListArgs):
    package_id: FilterId = Field(None, description="Only schedules of this package.")
    enabled: bool | None = Field(None, description="Only enabled or only disabled schedules.")


class ScheduleItem(BaseModel):
    id: int
    name: str
    package_id: int
    cron: str
    timezone: str
    next_run_at: Moment | None
    enabled: bool


class Schedules(ListAnswer):
    schedules: Outside[list[ScheduleItem]]


class GetSchedule(ToolArgs):
    schedule_id: int = Field(gt=0, description="Id of the schedule, from list_schedules.")


class FiringItem(BaseModel):
    due_at: Moment
    fired_at: Moment
    outcome: str
    run_id: int | None
    reason: str


class ScheduleDetails(ScheduleItem):
    name: Outside[str]
    package_name: Outside[str]
    description: Outside[str]
    package_version: int | None
    variables: Outside[dict[str, str]]
    overlap: bool
    created_at: Moment
    updated_at: Moment
    recent_firings: Outside[list[FiringItem]]


@tool(title="List schedules")
def list_schedules(caller: Caller, arguments: ListSchedules) -> Schedules:
    """List schedules, newest first, with name, package_id, cron, next_run_at and enabled. Filter by
    package_id or enabled. Go on with get_schedule."""
    rows = queries.list_schedules(
        account=caller.account, package_id=arguments.package_id, enabled=arguments.enabled
    )
    page = arguments.page(rows)
    return Schedules(
        schedules=[ScheduleItem.model_validate(row, from_attributes=True) for row in page.items],
        next_cursor=page.next_cursor,
    )


@tool(title="Get a schedule")
def get_schedule(caller: Caller, arguments: GetSchedule) -> ScheduleDetails:
    """Show one schedule: its cron expression and time zone, the variables it passes, the version it
    is locked to (null follows the newest), and its last ten firings with their runs."""
    schedule = queries.get_schedule(account=caller.account, schedule_id=arguments.schedule_id)
    return ScheduleDetails(
        **ScheduleItem.model_validate(schedule, from_attributes=True).model_dump(),
        package_name=schedule.package.name,
        description=schedule.description,
        package_version=schedule.package_version,
        variables=schedule.variables,
        overlap=schedule.overlap,
        created_at=schedule.created_at,
        updated_at=schedule.updated_at,
        recent_firings=[
            FiringItem.model_validate(firing, from_attributes=True)
            for firing in queries.recent_firings(schedule)
        ],
    )


class ToggleSchedule(MutationArgs):
    schedule_id: int = Field(gt=0, description="Id of the schedule, from list_schedules.")
    enabled: bool = Field(description="true switches it on, false off.")


class ToggledSchedule(Mutated):
    schedule_id: int
    name: Outside[str]
    package_id: int
    enabled: bool
    next_run_at: Moment | None


@tool(title="Toggle a schedule", scope=Scope.WRITE, audits="toggle_schedule", idempotent=True)
def toggle_schedule(caller: Caller, arguments: ToggleSchedule) -> ToggledSchedule:
    """Enable or disable a schedule. Enabling counts from now and answers next_run_at; it is refused
    while the package is archived. Disabling stops no run that is under way; cancel_job does."""
    toggled = services.toggle_schedule(
        account=caller.account,
        schedule_id=arguments.schedule_id,
        enabled=arguments.enabled,
        actor=caller.actor,
    )
    schedule = toggled.schedule
    return ToggledSchedule(
        schedule_id=schedule.pk,
        name=schedule.name,
        package_id=schedule.package_id,
        enabled=schedule.enabled,
        next_run_at=schedule.next_run_at,
        changes=change_items(toggled.changes),
    )
