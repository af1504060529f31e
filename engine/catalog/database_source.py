"""The source that reads databases."""

import re
from collections import Counter
from typing import Any, ClassVar, Literal

import sqlglot
from pydantic import Field
from sqlglot import exp
from sqlglot.errors import SqlglotError

from common.errors import InvalidInput
from connections.drivers.base import ReadColumn, TableRead
from connections.where import refuse_open_fragment
from engine.catalog.base import ConnectionCategory
from engine.catalog.rejecting import Rejecting
from engine.catalog.sources import Source, outgoing
from engine.scope import Scope
from engine.stages import Outcome, ReadTable, SourceColumn

_VARIABLES: dict[str, Any] = {"variables": True}


class DatabaseSource(Source, Rejecting):
    """Reads the rows of one table or view of a database, optionally those that a where clause
    lets through, or the result of one query. Only the listed columns are read. A PostgreSQL table
    can be read over several connections at once: the range of split_by_column, NULLs included, is
    divided between them, and all see the same moment. A database in a file is read by one. With
    on_error reject, rows with a value that cannot be read go out of the port rejects.
    """

    type_name: ClassVar[str] = "database_source"
    class_name: ClassVar[str] = "DatabaseSource"
    connection_category: ClassVar[ConnectionCategory | None] = "database"
    example: ClassVar[dict[str, Any]] = {
        "name": "orders",
        "connection_id": 2,
        "access_mode": "table",
        "source_table": "orders",
        "where_clause": "updated_at > '$last_updated_at'",
        "schema": {"fields": [{"name": "id", "alias": "id", "type": "long"}]},
    }

    access_mode: Literal["table", "query"] = Field(
        default="table", description="Read a table, or the result of a query."
    )
    source_schema: str | None = Field(
        default=None,
        description="Schema of the table; the connection's default when empty.",
        json_schema_extra=_VARIABLES,
    )
    source_table: str | None = Field(
        default=None, description="Table or view, in table mode.", json_schema_extra=_VARIABLES
    )
    where_clause: str | None = Field(
        default=None,
        max_length=10_000,
        description="Predicates without the word WHERE, in the database's own SQL.",
        json_schema_extra=_VARIABLES,
    )
    query: str | None = Field(
        default=None,
        max_length=100_000,
        description="One SELECT in query mode, all columns uniquely named.",
        json_schema_extra=_VARIABLES,
    )

    split_by_column: str | None = Field(
        default=None,
        description="Number, date or datetime column, best an indexed one, by whose ranges"
        " a table is read over max_parallel_connections; any other is read over one.",
    )
    max_parallel_connections: int = Field(
        default=1, ge=1, le=32, description="Connections that read at once, with split_by_column."
    )
    source_action: Literal["none", "copy"] = Field(
        default="none",
        description="copy stores all rows in the engine first, which frees the database early.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        columns = self.columns(scope)
        request = self._request(scope, columns or ())
        if columns is None:
            return None
        fields = outgoing(columns, None)
        if request is None:
            return Outcome(fields, None)
        keeps = self.source_action == "copy"
        work = ReadTable(self.connection_id, request, columns, keeps)
        return Outcome(fields, work, rejects=self.reject_rule())

    def _request(self, scope: Scope, columns: tuple[SourceColumn, ...]) -> TableRead | None:
        wanted = "query" if self.access_mode == "query" else "source_table"
        if not (getattr(self, wanted) or "").strip():
            scope.report(
                "missing_required_property",
                wanted,
                f"{wanted} is required when access_mode is {self.access_mode}.",
            )
            return None
        read = tuple(ReadColumn(column.name, column.type) for column in columns)
        if self.access_mode == "query":
            query = self._query(scope)
            return None if query is None else TableRead(columns=read, query=query)
        return TableRead(
            columns=read,
            schema=scope.text(self.source_schema, "source_schema") if self.source_schema else None,
            table=scope.text(self.source_table or "", "source_table"),
            where=self._where(scope),
            split_by=self.split_by_column or None,
            connections=self.max_parallel_connections,
        )

    def _query(self, scope: Scope) -> str | None:
        if self.split_by_column:
            scope.report(
                "invalid_property_value",
                "split_by_column",
                "split_by_column divides a table; a query cannot be divided.",
                "Take it out, or read a table or view in access_mode table.",
            )
            return None
        query = scope.sql((self.query or "").strip().rstrip(";"), "query")
        doubled = None if query is None else doubled_column(query)
        if doubled is None:
            return query
        scope.report(
            "query_columns_not_unique",
            "query",
            f"The query has more than one column called {doubled[:80]}.",
            "Give each a name of its own with AS.",
        )
        return None

    def _where(self, scope: Scope) -> str | None:
        clause = (self.where_clause or "").strip()
        if re.match(r"where\b", clause, re.IGNORECASE):
            scope.report(
                "where_keyword",
                "where_clause",
                "The where clause begins with the word WHERE.",
                "Leave the word out.",
            )
            return None
        try:
            refuse_open_fragment(clause)
        except InvalidInput as refused:
            scope.report(
                "unsafe_sql_fragment", "where_clause", refused.message, "Write predicates only."
            )
            return None
        return scope.sql(clause, "where_clause") if clause else None

    def location(self) -> str | None:
        if self.access_mode == "query":
            return "query"
        return ".".join(part for part in (self.source_schema, self.source_table) if part) or None


def doubled_column(query: str) -> str | None:
    """A name that two columns of a query have, where it can be told without the database."""
    try:
        tree = sqlglot.parse_one(query)
    except (SqlglotError, RecursionError):
        return None
    names = [part.alias_or_name for part in tree.selects] if isinstance(tree, exp.Query) else []
    counted = Counter(name.casefold() for name in names if name and name != "*")
    return next((name for name in names if counted[name.casefold()] > 1), None)
