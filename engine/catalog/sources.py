"""Sources: components that bring rows into a flow."""

import re
from typing import Any, ClassVar, Literal

from pydantic import AliasChoices, Field, field_validator

from connections.drivers.base import ReadColumn, TableRead
from connections.file_sample import known_encoding
from engine.catalog.base import FIELD_NAME, Category, Component, Part, Ports, TypeWord
from engine.catalog.file_options import FileOptionsCheck
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.scope import Scope
from engine.stages import FileRecords, Outcome, ReadFiles, ReadTable, SourceColumn

_VARIABLES: dict[str, Any] = {"variables": True}
_UNSAFE_SQL = re.compile(r";|--|/\*")
_SUBSTITUTED = ("path", "bucket", "sheet", "zip_password", "manifest_path")
_QUOTES = {"none": "", '"': '"', "'": "'", "quoted_multi_line": '"'}


class SourceField(Part):
    """A column to read, the field it becomes, and its type."""

    name: str = Field(min_length=1)
    alias: str | None = None
    type: TypeWord | None = None

    @property
    def field_name(self) -> str:
        """The alias, or the column's name made fit for a field."""
        if self.alias:
            return self.alias
        name = re.sub(r"[^A-Za-z0-9_]", "_", self.name)
        return name if name[0].isalpha() else f"f{name}"


class SourceSchema(Part):
    """The columns to read, in order. `{"column": "type"}` is accepted for a field too, and so
    `{"name": "string"}` is a column called name."""

    fields: tuple[SourceField, ...] = Field(default=(), max_length=MAX_FIELDS)

    @field_validator("fields", mode="before")
    @classmethod
    def _importer_form(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [_full_form(item) for item in value]


def _full_form(item: object) -> object:
    if isinstance(item, dict) and len(item) == 1 and item.get("name", "string") == "string":
        name, word = next(iter(item.items()))
        return {"name": name, "type": word}
    return item


class _Source(Component):
    category: ClassVar[Category] = "source"
    inputs: ClassVar[Ports] = Ports(min=0, max=0)
    outputs: ClassVar[Ports] = Ports(min=1, max=None)

    connection_id: int = Field(gt=0, description="The connection to read from.")
    schema_: SourceSchema = Field(
        alias="schema", description="The columns to read; only these are read."
    )

    def columns(self, scope: Scope) -> tuple[SourceColumn, ...] | None:
        """The checked columns; None after a finding."""
        columns = []
        seen: set[str] = set()
        for field in self.schema_.fields:
            name = field.field_name
            if not _is_good_name(scope, name) or name.casefold() in seen:
                if name.casefold() in seen:
                    scope.report(
                        "duplicate_field_alias",
                        "schema.fields",
                        f"Two fields are called '{name}'.",
                        "Give one of them another alias.",
                    )
                return None
            seen.add(name.casefold())
            columns.append(SourceColumn(field.name, name, field.type))
        if not columns:
            scope.report(
                "empty_schema",
                "schema.fields",
                "The source has no fields.",
                "List the columns to read in schema.fields.",
            )
            return None
        return tuple(columns)


def _is_good_name(scope: Scope, name: str) -> bool:
    if not scope.no_variables(name, "schema.fields"):
        return False
    if FIELD_NAME.fullmatch(name):
        return True
    scope.report(
        "invalid_field_name",
        "schema.fields",
        f"'{name[:140]}' cannot name a field.",
        "Letters, digits and underscores, at most 128, starting with a letter.",
    )
    return False


def _outgoing(columns: tuple[SourceColumn, ...], default: str | None) -> Fields:
    return Fields(tuple(FlowField(column.alias, column.type or default) for column in columns))


class CloudStorageSource(_Source):
    """Reads files of a file storage connection: one file, every file of a folder, or all that match
    a pattern (`?`, `*`, `[abc]`, `[a-b]`, `[^a]`, `{ab,cd}`, `\\c`). Delimited text, JSON, raw
    text or bytes, Excel and Parquet, plain or packed. Files and folders beginning with `_` or `.`
    are ignored. In delimited text an empty unquoted value is NULL and a quoted empty value is the
    empty text. Nested JSON values come as fields of type json. With manifest_path each file is
    read once, by the first run that succeeds with it.
    """

    type_name: ClassVar[str] = "cloud_storage_source"
    class_name: ClassVar[str] = "CloudStorageSource"
    example: ClassVar[dict[str, Any]] = {
        "name": "orders",
        "connection_id": 1,
        "path": "orders/2024-*.csv.gz",
        "record_type": "delimited",
        "delimiter": ",",
        "quote": '"',
        "header_row": True,
        "schema": {
            "fields": [
                {"name": "id", "alias": "id", "type": "long"},
                {"name": "amount", "alias": "amount", "type": "double"},
            ]
        },
    }

    bucket: str | None = Field(
        default=None,
        max_length=255,
        description="The bucket, in an object store; the connection's own when empty.",
        json_schema_extra=_VARIABLES,
    )
    path: str = Field(
        min_length=1,
        max_length=1_024,
        description="File, folder or pattern below the connection's folder, or in the bucket.",
        json_schema_extra=_VARIABLES,
    )
    record_delimiter: Literal["new_line", "eof"] = Field(
        default="new_line",
        description="A record ends with its line, or (json, raw) a file is one value.",
    )
    record_type: FileRecords = Field(default="delimited", description="What the files hold.")
    base_record_jsonpath: str | None = Field(
        default=None,
        max_length=1_024,
        description="In json: where the objects are, such as $.data[*]. A field's name may be a"
        " JSONPath too.",
    )
    sheet: str | None = Field(
        default=None,
        max_length=255,
        description="In excel: the sheet; the first when empty.",
        json_schema_extra=_VARIABLES,
    )
    delimiter: str = Field(
        default="\t", min_length=1, max_length=1, description="Between values; default tab."
    )
    quote: Literal["none", '"', "'", "quoted_multi_line"] = Field(
        default="none",
        description="Around values; inside it is written twice. quoted_multi_line is the double"
        " quote around values with line breaks.",
    )
    escape: str | None = Field(
        default=None,
        max_length=1,
        description="Takes the meaning from the sign after it, such as a backslash.",
    )
    header_row: bool = Field(
        default=False,
        validation_alias=AliasChoices("header_row", "skip_header"),
        description="The first line holds the column names; without it, columns go by position.",
    )
    char_encoding: str = Field(
        default="UTF-8",
        max_length=40,
        description="Of text: UTF-8, UTF-16, windows-1252, ISO-8859-1, Shift_JIS and others.",
    )
    compression: Literal["auto", "none", "gzip", "bzip2", "zip", "zstd"] = Field(
        default="auto", description="auto goes by the ending: .gz, .bz2, .zip, .zst."
    )
    zip_password: str | None = Field(
        default=None,
        max_length=255,
        description="Of encrypted zip archives; a variable, such as $zip_password.",
        json_schema_extra=_VARIABLES,
    )
    null_string: str = Field(
        default="", max_length=64, description="The text that stands for NULL, such as NA."
    )
    source_action: Literal["none", "copy"] = Field(
        default="none",
        description="Files are always gathered before they are read, so copy changes nothing.",
    )
    manifest_path: str | None = Field(
        default=None,
        max_length=1_024,
        description="A file of the same connection that remembers which files were read, so that"
        " each run reads new ones only.",
        json_schema_extra=_VARIABLES,
    )

    def compile(self, scope: Scope) -> Outcome | None:
        columns = self.columns(scope)
        texts = {name: self._text(scope, name) for name in _SUBSTITUTED}
        is_consistent = FileOptionsCheck(self, scope).passed(columns or ())
        if columns is None or not is_consistent or None in texts.values():
            return None
        fields = _outgoing(columns, None if self.record_type == "parquet" else "string")
        work = ReadFiles(
            connection_id=self.connection_id,
            path=texts["path"] or "",
            format=self.record_type,
            columns=columns,
            bucket=texts["bucket"] or None,
            record_delimiter=self.record_delimiter,
            delimiter=self.delimiter,
            quote=_QUOTES[self.quote],
            escape=self.escape or "",
            header_row=self.header_row,
            char_encoding=known_encoding(self.char_encoding),
            compression=self.compression,
            zip_password=texts["zip_password"] or "",
            null_string=self.null_string,
            base_path=self.base_record_jsonpath or "",
            sheet=texts["sheet"] or "",
            manifest_path=texts["manifest_path"] or "",
        )
        return Outcome(fields, work)

    def _text(self, scope: Scope, name: str) -> str | None:
        return scope.text(getattr(self, name) or "", name)

    def location(self) -> str | None:
        return f"{self.bucket}/{self.path}" if self.bucket else self.path


class DatabaseSource(_Source):
    """Reads the rows of one table or view of a database, optionally those that a where clause
    lets through, or the result of one query. Only the listed columns are read.
    """

    type_name: ClassVar[str] = "database_source"
    class_name: ClassVar[str] = "DatabaseSource"
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

    def compile(self, scope: Scope) -> Outcome | None:
        columns = self.columns(scope)
        request = self._request(scope, columns or ())
        if columns is None:
            return None
        fields = _outgoing(columns, None)
        if request is None:
            return Outcome(fields, None)
        return Outcome(fields, ReadTable(self.connection_id, request, columns))

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
            query = scope.sql((self.query or "").strip().rstrip(";"), "query")
            return None if query is None else TableRead(columns=read, query=query)
        return TableRead(
            columns=read,
            schema=scope.text(self.source_schema, "source_schema") if self.source_schema else None,
            table=scope.text(self.source_table or "", "source_table"),
            where=self._where(scope),
        )

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
        if _UNSAFE_SQL.search(clause):
            scope.report(
                "unsafe_sql_fragment",
                "where_clause",
                "The where clause holds a semicolon or a comment mark.",
                "Write predicates only.",
            )
            return None
        return scope.sql(clause, "where_clause") if clause else None

    def location(self) -> str | None:
        if self.access_mode == "query":
            return "query"
        return ".".join(part for part in (self.source_schema, self.source_table) if part) or None
