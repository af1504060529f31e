"""Connections."""

from pydantic import BaseModel, Field

from common.paging import decode_cursor, take_page
from connections import queries
from mcp_endpoint.fields import ListArgs
from mcp_endpoint.registry import Caller, tool


class ListConnections(ListArgs):
    connection_type_filter: str | None = Field(
        None, max_length=64, description="Only this type, such as local_folder or duckdb."
    )


class ConnectionItem(BaseModel):
    id: int
    name: str
    type: str
    status: str


class Connections(BaseModel):
    connections: list[ConnectionItem]
    next_cursor: str | None


@tool(title="List connections")
def list_connections(caller: Caller, arguments: ListConnections) -> Connections:
    """List database and cloud-storage connections, newest first: id, name, type and status only.
    No credential is ever returned. Filter by type with connection_type_filter."""
    rows = queries.list_connections(account=caller.account, kind=arguments.connection_type_filter)
    if arguments.cursor is not None:
        rows = rows.filter(pk__lt=decode_cursor(arguments.cursor))
    page = take_page(rows[: arguments.limit + 1], limit=arguments.limit, key=lambda row: row.pk)
    return Connections(
        connections=[
            ConnectionItem(id=row.pk, name=row.name, type=row.kind, status=row.status)
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )
