"""Workspaces."""

from pydantic import BaseModel

from accounts.models import Workspace
from mcp_endpoint.fields import ListArgs
from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, tool
from mcp_endpoint.sizes import ListAnswer
from packages_app.models import Package
from runs import queries


class ListWorkspaces(ListArgs):
    pass


class WorkspaceItem(BaseModel):
    id: int
    name: str
    description: str
    package_count: int
    last_failed_jobs_count: int
    last_completed_jobs_count: int


class Workspaces(ListAnswer):
    unassigned_package_count: int
    workspaces: Outside[list[WorkspaceItem]]


@tool(title="List workspaces")
def list_workspaces(caller: Caller, arguments: ListWorkspaces) -> Workspaces:
    """List workspaces, newest first, with the health of their packages: package_count counts active
    packages, last_failed_jobs_count and last_completed_jobs_count those whose newest run failed or
    completed. The best place to start; go on with list_packages."""
    unassigned = Package.objects.for_account(caller.account).active().filter(workspace=None)
    page = arguments.page(Workspace.objects.for_account(caller.account).order_by("-pk"))
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
            for health in queries.with_health(caller.account, page.items)
        ],
        unassigned_package_count=unassigned.count(),
        next_cursor=page.next_cursor,
    )
