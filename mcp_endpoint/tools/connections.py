"""Connections: which there are, whether they work, and what lies behind them."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from connections import inspection, queries
from connections.file_columns import (
    DEFAULT_LINES,
    MAX_LINES,
    FileOptions,
    Quote,
    RecordDelimiter,
    RecordType,
)
from engine.catalog import COMPONENTS
from mcp_endpoint.fields import ListArgs, Moment
from mcp_endpoint.file_schema import FileSchema, file_schema
from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, ToolArgs, tool
from mcp_endpoint.sizes import ListAnswer, Shortenable, cut

MAX_TABLES = 500
ASKING = "asking the system behind the connection"
Cell = str | int | float | bool | None

ConnectionId = Annotated[
    int, Field(gt=0, description="Id of the connection, from list_connections.")
]
SchemaName = Annotated[
    str | None,
    Field(max_length=128, description="Schema (namespace); the connection's default when absent."),
]


class ListConnections(ListArgs):
    connection_type_filter: str | None = Field(
        None, max_length=64, description="Only this type, such as local_folder or duckdb."
    )


class ConnectionItem(BaseModel):
    id: int
    name: str
    type: str
    status: str


class Connections(ListAnswer):
    connections: Outside[list[ConnectionItem]]


@tool(title="List connections")
def list_connections(caller: Caller, arguments: ListConnections) -> Connections:
    """List database and cloud-storage connections, newest first: id, name, type and status only.
    No credential is ever returned. Filter by type with connection_type_filter."""
    rows = queries.list_connections(account=caller.account, kind=arguments.connection_type_filter)
    page = arguments.page(rows)
    return Connections(
        connections=[
            ConnectionItem(id=row.pk, name=row.name, type=row.kind, status=row.status)
            for row in page.items
        ],
        next_cursor=page.next_cursor,
    )


class GetConnection(ToolArgs):
    connection_id: ConnectionId


class ConnectionDetails(BaseModel):
    id: int
    type: str
    status: str
    category: str
    secrets_set: list[str]
    suggested_components: list[str]
    last_tested_at: Moment | None
    created_at: Moment
    updated_at: Moment
    name: Outside[str]
    host: Outside[str | None]
    port: int | None
    database: Outside[str | None]
    tunnel_type: str
    settings: Outside[dict[str, Any]]
    last_test_error: Outside[str | None]


@tool(title="Get a connection")
def get_connection(caller: Caller, arguments: GetConnection) -> ConnectionDetails:
    """Show one connection without its credentials: host, port, database, tunnel_type and further
    settings, the outcome of its last test, and suggested_components, the component types that
    read and write through it. secrets_set names the secrets it has; their values stay here."""
    row = queries.get_connection(account=caller.account, connection_id=arguments.connection_id)
    return ConnectionDetails(
        id=row.pk,
        name=row.name,
        type=row.kind,
        status=row.status,
        category=row.category,
        host=row.settings.get("host"),
        port=row.settings.get("port"),
        database=row.settings.get("database"),
        tunnel_type=row.settings.get("tunnel_type", "direct"),
        settings=row.settings,
        secrets_set=queries.secret_names(row),
        last_tested_at=row.last_tested_at,
        last_test_error=row.last_test_error or None,
        suggested_components=[
            key
            for key, component in COMPONENTS.items()
            if component.connection_category == row.category and component.category != "task"
        ],
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


class DiscoverSchema(ToolArgs):
    connection_id: ConnectionId
    schema_name: str | None = Field(
        None, max_length=128, description="Only tables of this schema; all when absent."
    )
    limit: int = Field(
        100, ge=1, le=MAX_TABLES, description=f"Most tables to return, up to {MAX_TABLES}."
    )
    offset: int = Field(0, ge=0, le=1_000_000, description="Tables to pass over.")
    search: str | None = Field(
        None, max_length=128, description="Only tables whose name contains this, in any case."
    )


class TableItem(BaseModel):
    schema_name: str
    name: str
    type: str


class Tables(Shortenable):
    connection_id: int
    offset: int
    next_offset: int | None
    tables: Outside[list[TableItem]]

    def shortened(self, share: float) -> Self | None:
        kept = cut(self.tables, share)
        if not kept:
            return None
        following = self.offset + len(kept)
        return self.model_copy(update={"tables": kept, "next_offset": following})


@tool(title="Discover schema", open_world=True)
def discover_schema(caller: Caller, arguments: DiscoverSchema) -> Tables:
    """List tables and views available through a database connection, by schema and name. Narrow
    with schema_name and search, go on with limit and offset. Only works for database connection
    types."""
    caller.progress(0, 1, ASKING)
    found = inspection.list_tables(
        account=caller.account,
        connection_id=arguments.connection_id,
        schema_name=arguments.schema_name,
        search=arguments.search,
        limit=arguments.limit + 1,
        offset=arguments.offset,
    )
    has_more = len(found) > arguments.limit
    return Tables(
        connection_id=arguments.connection_id,
        offset=arguments.offset,
        tables=[
            TableItem(schema_name=table.schema, name=table.name, type=table.kind)
            for table in found[: arguments.limit]
        ],
        next_offset=arguments.offset + arguments.limit if has_more else None,
    )


class DiscoverFileSchema(ToolArgs):
    connection_id: ConnectionId
    path: str = Field(
        min_length=1,
        max_length=1_024,
        description="File, folder or pattern, as in a source; of several the first by name.",
    )
    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        description="Between values; found out when left out.",
    )
    header_row: bool | None = Field(
        None,
        description="Whether the first line holds the names; found out when left out.",
    )
    record_type: RecordType | None = Field(
        None,
        description="Found out by content and ending when left out.",
    )
    record_delimiter: RecordDelimiter = Field(
        "new_line", description="new_line: a record a line. eof: the file is one JSON value."
    )
    char_encoding: str | None = Field(
        None, max_length=40, description="Such as windows-1252; else UTF-8."
    )
    bucket: str | None = Field(
        None, max_length=255, description="Only for connections that have buckets."
    )
    lines: int = Field(
        DEFAULT_LINES,
        ge=1,
        le=MAX_LINES,
        description="Records to judge types by.",
    )
    quote: Quote | None = Field(None, description="Around values; found out when left out.")
    escape: str | None = Field(
        None, min_length=1, max_length=1, description="Makes the next character literal."
    )


@tool(title="Discover file schema", open_world=True)
def discover_file_schema(caller: Caller, arguments: DiscoverFileSchema) -> FileSchema:
    """Detect the columns of a delimited (CSV, TSV, gzip too), JSON or Parquet file on a
    cloud-storage or SFTP connection, before wiring a select component or destination. Returns
    field_count, column_names, and fields for direct use in a source component's schema.fields,
    which takes source_options too. Reads at most 1 MiB."""
    caller.progress(0, 1, ASKING)
    options = FileOptions(**arguments.model_dump(exclude={"connection_id", "path", "bucket"}))
    found = inspection.detect_file_columns(
        account=caller.account,
        connection_id=arguments.connection_id,
        path=arguments.path,
        bucket=arguments.bucket,
        options=options,
    )
    return file_schema(arguments.connection_id, found, given=options)


class PreviewData(ToolArgs):
    connection_id: ConnectionId
    table: str = Field(min_length=1, max_length=128, description="Table or view to look into.")
    schema_name: SchemaName = None
    row_count: int = Field(
        20,
        ge=1,
        le=inspection.MAX_PREVIEW_ROWS,
        description=f"Most rows to return, up to {inspection.MAX_PREVIEW_ROWS}.",
    )
    where_clause: str | None = Field(
        None,
        description="One condition without WHERE, such as amount > 1000; no semicolons, comments"
        " or subqueries.",
    )


class ColumnItem(BaseModel):
    name: str
    type: str | None
    native_type: str
    nullable: bool


class PreviewedTable(Shortenable):
    connection_id: int
    row_count: int
    truncated: bool
    table: Outside[str]
    columns: Outside[list[ColumnItem]]
    rows: Outside[list[dict[str, Cell]]]

    def shortened(self, share: float) -> Self | None:
        kept = cut(self.rows, share)
        if not self.rows:
            return None
        return self.model_copy(update={"rows": kept, "row_count": len(kept), "truncated": True})


@tool(title="Preview data", open_world=True)
def preview_data(caller: Caller, arguments: PreviewData) -> PreviewedTable:
    """Return column metadata plus a small sample of rows from a database table: 20 rows unless
    row_count says otherwise, 200 at most. Reads only, for at most 10 seconds; long values are
    shortened."""
    caller.progress(0, 1, ASKING)
    preview = inspection.preview_rows(
        account=caller.account,
        connection_id=arguments.connection_id,
        table=arguments.table,
        schema_name=arguments.schema_name,
        row_count=arguments.row_count,
        where_clause=arguments.where_clause,
    )
    return PreviewedTable(
        connection_id=arguments.connection_id,
        table=arguments.table,
        columns=[
            ColumnItem(
                name=column.name,
                type=column.type,
                native_type=column.native_type,
                nullable=column.nullable,
            )
            for column in preview.columns
        ],
        rows=preview.rows,
        row_count=len(preview.rows),
        truncated=preview.is_cut,
    )


class TestConnection(ToolArgs):
    connection_id: ConnectionId
    connection_type: str | None = Field(
        None, max_length=64, description="Refuse the call unless the connection is of this type."
    )


class TestedConnection(BaseModel):
    connection_id: int
    success: bool
    error_message: Outside[str | None]


@tool(title="Test connection", open_world=True)
def test_connection(caller: Caller, arguments: TestConnection) -> TestedConnection:
    """Ping a connection's upstream system. Returns success true or false, with an error_message on
    failure; an unreachable system is a normal answer. The outcome becomes the connection's
    status."""
    caller.progress(0, 1, ASKING)
    outcome = inspection.check_connection(
        account=caller.account,
        connection_id=arguments.connection_id,
        kind=arguments.connection_type,
    )
    return TestedConnection(
        connection_id=arguments.connection_id,
        success=outcome.success,
        error_message=outcome.error_message,
    )
