"""Sources: components that bring rows into a flow."""

import re
from typing import Any, ClassVar, Literal

from pydantic import AliasChoices, Field, field_validator

from connections.file_sample import known_encoding
from engine.catalog.base import (
    FIELD_NAME,
    Category,
    Component,
    ConnectionCategory,
    Part,
    Ports,
    TypeWord,
)
from engine.catalog.file_options import FileOptionsCheck
from engine.catalog.rejecting import Rejecting
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.scope import Scope
from engine.stages import FileRecords, Outcome, ReadFiles, SourceColumn

NEW_COLUMN = "#new"
"""Marks the fields that are added to a flow because its table has more columns than it knows."""

_VARIABLES: dict[str, Any] = {"variables": True}
_SUBSTITUTED = ("path", "bucket", "sheet", "zip_password", "manifest_path")
_QUOTES = {"none": "", '"': '"', "'": "'", "quoted_multi_line": '"'}


class SourceField(Part):
    """A column to read, the field it becomes, and its type."""

    name: str = Field(min_length=1)
    alias: str | None = None
    type: TypeWord | None = None

    @property
    def is_new(self) -> bool:
        """Whether the field is not the user's but follows a change of the table."""
        return bool((self.model_extra or {}).get(NEW_COLUMN))

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
        return [full_form(item) for item in value]


def full_form(item: Any) -> Any:
    """A field of the schema with its name and type apart."""
    if isinstance(item, dict) and len(item) == 1 and item.get("name", "string") == "string":
        name, word = next(iter(item.items()))
        return {"name": name, "type": word}
    return item


class Listed(Component):
    """A source whose columns are listed in the flow."""

    category: ClassVar[Category] = "source"
    inputs: ClassVar[Ports] = Ports(min=0, max=0)
    outputs: ClassVar[Ports] = Ports(min=1, max=None)

    schema_: SourceSchema = Field(
        alias="schema", description="The columns to read; only these are read."
    )

    def columns(
        self, scope: Scope, default: tuple[str, ...] = ()
    ) -> tuple[SourceColumn, ...] | None:
        """The checked columns, those of `default` when none are listed; None after a finding."""
        columns = []
        seen: set[str] = set()
        listed = self.schema_.fields or tuple(SourceField(name=name) for name in default if name)
        for field in listed:
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
            columns.append(SourceColumn(field.name, name, field.type, field.is_new))
        if not columns:
            scope.report(
                "empty_schema",
                "schema.fields",
                "The source has no fields.",
                "List the columns to read in schema.fields.",
            )
            return None
        return tuple(columns)


class Source(Listed):
    """A source that reads through a connection."""

    connection_id: int = Field(gt=0, description="The connection to read from.")


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


def outgoing(columns: tuple[SourceColumn, ...], default: str | None) -> Fields:
    """The fields that the columns become; `default` is the type of those that declare none."""
    return Fields(
        tuple(FlowField(column.alias, column.type or default, column.is_new) for column in columns)
    )


class CloudStorageSource(Source, Rejecting):
    """Reads files of a file storage connection: one file, every file of a folder, or all that match
    a pattern (`?`, `*`, `[abc]`, `[a-b]`, `[^a]`, `{ab,cd}`, `\\c`). Delimited text, JSON, raw
    text or bytes, Excel and Parquet, plain or packed. Files and folders beginning with `_` or `.`
    are ignored. In delimited text an empty unquoted value is NULL and a quoted empty value is the
    empty text. Nested JSON values come as fields of type json. With manifest_path each file is
    read once, by the first run that succeeds with it. With on_error reject, rows with a value that
    is not of its declared type go out of the port rejects; the reason tells column, value and file.
    """

    type_name: ClassVar[str] = "cloud_storage_source"
    class_name: ClassVar[str] = "CloudStorageSource"
    connection_category: ClassVar[ConnectionCategory | None] = "cloud_storage"
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
        fields = outgoing(columns, None if self.record_type == "parquet" else "string")
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
        return Outcome(fields, work, rejects=self.reject_rule())

    def _text(self, scope: Scope, name: str) -> str | None:
        return scope.text(getattr(self, name) or "", name)

    def location(self) -> str | None:
        return f"{self.bucket}/{self.path}" if self.bucket else self.path
