"""Workspaces."""

from pydantic import BaseModel

from mcp_endpoint.registry import Caller, ToolArgs, tool
from packages_app.models import Package
from runs import queries


class ListWorkspaces(ToolArgs):
    pass


class WorkspaceItem(BaseModel):
    id: int
    name: str
    description: str
    package_count: int
    last_failed_jobs_count: int
    last_completed_jobs_count: int


class Workspaces(BaseModel):
    workspaces: list[WorkspaceItem]
    unassigned_package_count: int


@tool(title="List workspaces")
def list_workspaces(caller: Caller, arguments: ListWorkspaces) -> Workspaces:
    """List the account's workspaces with the health of their packages: package_count,
    last_failed_jobs_count and last_completed_jobs_count count active packages and those whose
    newest run failed or completed. The best place to start; go on with list_packages."""
    unassigned = Package.objects.for_account(caller.account).active().filter(workspace=None)
    return Workspaces(
        workspaces=[
            WorkspaceItem(
                id=health.workspace.pk,
                name=health.workspace.name,
                description=health.workspace.description,
                package_count=health.package_count,
                last_failed_jobs_count=health.last_failed_jobs_count,
                last_completed_jobs_count=health.last_completed_jobs_count,
            )
            for health in queries.list_workspaces(caller.account)
        ],
        unassigned_package_count=unassigned.count(),
    )
