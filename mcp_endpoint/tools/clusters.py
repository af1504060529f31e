"""Clusters."""

from typing import Literal

from pydantic import BaseModel, Field

from mcp_endpoint.fields import ListArgs, Moment
from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, tool
from mcp_endpoint.sizes import ListAnswer
from runs import queries

ClusterStatus = Literal[
    "pending",
    "creating",
    "available",
    "idle",
    "error",
    "pending_terminate",
    "terminating",
    "terminated",
]


class ListClusters(ListArgs):
    status: ClusterStatus | None = Field(None, description="Only clusters with this status.")


class ClusterItem(BaseModel):
    id: int
    name: str
    status: str
    type: str
    nodes: int
    region: str
    terminate_on_idle: bool
    time_to_idle: int
    created_at: Moment
    available_since: Moment | None
    idle_since: Moment | None
    terminated_at: Moment | None


class Clusters(ListAnswer):
    clusters: Outside[list[ClusterItem]]


@tool(title="List clusters")
def list_clusters(caller: Caller, arguments: ListClusters) -> Clusters:
    """List compute clusters, newest first, with status, type, nodes, region and lifecycle times;
    time_to_idle is in seconds. Filter by status. An id serves as cluster_id of run_package."""
    page = arguments.page(queries.list_clusters(account=caller.account, status=arguments.status))
    return Clusters(
        clusters=[ClusterItem.model_validate(row, from_attributes=True) for row in page.items],
        next_cursor=page.next_cursor,
    )
