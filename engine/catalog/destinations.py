"""Destinations: components that deliver rows to a foreign system."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from sqlglot import exp

from connections.drivers.base import (
    Compression,
    DestinationAction,
    FileFormat,
    FileWrite,
    Operation,
    TableWrite,
)
from engine.catalog.base import Category, Component, ConnectionCategory, Part, Ports, TypeWord
from engine.catalog.rejecting import Rejecting
from engine.expressions import column
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.rejects import Check
from engine.scope import Scope, named, relation, select_from
from engine.stages import Drift, Outcome, WriteFiles, WriteTable

_VARIABLES: dict[str, Any] = {"variables": True}
_MEGABYTE = 1024 * 1024


class DestinationField(Part):
    """An incoming field, the column it goes to, and the column's nature."""

    name: str = Field(min_length=1, max_length=128)
    input: str | None = None
    type: TypeWord | None = None
    key: bool = False
    nullable: bool = True
    length: int | None = Field(default=None, ge=1, le=10_485_760)


class DestinationSchema(Part):
    """The mapping; without any, every incoming field goes to a column of its name."""

    fields: tuple[DestinationField, ...] = Field(default=(), max_length=MAX_FIELDS)


class Mapped(Component):
    """A destination whose columns are mapped from the incoming fields."""

    category: ClassVar[Category] = "destination"
    inputs: ClassVar[Ports] = Ports(min=1, max=1)
    outputs: ClassVar[Ports] = Ports(min=0, max=0)

    schema_: DestinationSchema = Field(
        alias="schema",
        default=DestinationSchema(),
        description="Incoming field to column; empty takes every incoming field by its name.",
    )

    def new_columns(self, incoming: Fields) -> tuple[DestinationField, ...]:
        """Columns for fields that a source has only since the flow was made."""
        return ()

    def fails_on_bad_rows(self) -> bool:
        """Whether a value that its column may not hold stops the delivery."""
        return True

    def mapping(self, scope: Scope) -> tuple[exp.Select, Fields] | None:
        """The query of the delivered rows and its columns; None after a finding."""
        incoming = scope.inputs[0]
        wanted = self.schema_.fields or tuple(
            DestinationField(name=field.name) for field in incoming.fields if not field.is_new
        )
        wanted += self.new_columns(incoming.fields)
        columns: list[FlowField] = []
        trees: list[exp.Expr] = []
        seen: set[str] = set()
        for index, part in enumerate(wanted):
            place = f"schema.fields[{index}]"
            field = scope.field(part.input or part.name, f"{place}.input")
            if field is None or not _is_new_column(scope, part.name, seen, place):
                continue
            tree: exp.Expr = column(field.name)
            word = field.type
            if part.type is not None:
                cast = scope.cast(tree, word, part.type, f"{place}.type")
                if cast is None:
                    continue
                tree, word = cast
            if self.fails_on_bad_rows():
                tree = guarded(tree, part)
            trees.append(named(tree, part.name))
            columns.append(FlowField(part.name, word))
        if len(columns) != len(wanted):
            return None
        return select_from(relation(incoming.relation), trees), Fields(tuple(columns))


class _Destination(Mapped):
    connection_id: int = Field(gt=0, description="The connection to write to.")


def guarded(tree: exp.Expr, part: DestinationField) -> exp.Expr:
    """The value, which stops the query where the mapping says that it may not be so."""
    stops: list[tuple[exp.Expr, str]] = []
    if not part.nullable:
        is_null = exp.Is(this=exp.paren(tree.copy()), expression=exp.null())
        stops.append((is_null, f"{part.name} is NULL, which it may not be"))
    if part.length is not None:
        length = exp.Length(this=exp.cast(tree.copy(), "VARCHAR", dialect="duckdb"))
        is_long = exp.GT(this=length, expression=exp.Literal.number(part.length))
        stops.append((is_long, f"{part.name} is longer than {part.length} characters"))
    if not stops:
        return tree
    ifs = [
        exp.If(
            this=condition,
            true=exp.Anonymous(this="error", expressions=[exp.Literal.string(words)]),
        )
        for condition, words in stops
    ]
    return exp.Case(ifs=ifs, default=tree)


def _is_new_column(scope: Scope, name: str, seen: set[str], place: str) -> bool:
    if not scope.no_variables(name, f"{place}.name"):
        return False
    if name.casefold() in seen:
        scope.report(
            "duplicate_field_alias", f"{place}.name", f"Two fields go to the column '{name}'."
        )
        return False
    seen.add(name.casefold())
    return True


class DatabaseDestination(_Destination, Rejecting):
    """Writes rows into one table, all or nothing. append adds them; the overwrites replace all
    rows; the merges find rows by the fields marked as key: merge_delete_insert replaces matching
    rows, merge_update_insert updates them, and both insert the others. In a merge, keys may be
    neither NULL nor doubled in the input. A run that is repeated never writes its rows twice.
    With on_error reject, rows that cannot be cast or that the table refuses for their values go
    out of the port rejects; doubled merge keys fail the run all the same.
    """

    type_name: ClassVar[str] = "database_destination"
    class_name: ClassVar[str] = "DatabaseDestination"
    connection_category: ClassVar[ConnectionCategory | None] = "database"
    example: ClassVar[dict[str, Any]] = {
        "name": "revenue",
        "connection_id": 2,
        "target_table": "customer_revenue",
        "operation_type": "merge_update_insert",
        "create_table": True,
        "schema": {
            "fields": [
                {"input": "customer_id", "name": "customer_id", "type": "long", "key": True},
                {"input": "revenue", "name": "revenue", "type": "double"},
            ]
        },
    }

    target_schema: str | None = Field(
        default=None,
        description="Schema of the table; the connection's default when empty.",
        json_schema_extra=_VARIABLES,
    )
    target_table: str = Field(
        min_length=1, max_length=128, description="The table.", json_schema_extra=_VARIABLES
    )
    operation_type: Operation = Field(
        default="append", description="What happens to the rows that are there."
    )
    create_table: bool = Field(default=True, description="Make the table when it is missing.")
    add_columns: bool = Field(
        default=False, description="Add missing columns, keys excepted, to the table."
    )
    pre_action_sql: str = Field(
        default="",
        max_length=100_000,
        description="Statements of the database's own SQL that run, in one transaction of their"
        " own, before rows are written; when one fails, so does the run.",
        json_schema_extra=_VARIABLES,
    )
    post_action_sql: str = Field(
        default="",
        max_length=100_000,
        description="The same after the rows are committed; when one fails, so does the run, and"
        " the rows stay.",
        json_schema_extra=_VARIABLES,
    )
    schema_drift: Drift = Field(
        default="ignore",
        description="When tables that the rows come from have other columns than schema.fields"
        " says: ignore new ones and wider types; fail; or add_columns, which adds new columns,"
        " nullable, and widens types (int, long, decimal; longer text). A removed column, or a"
        " type that the field cannot hold, always fails.",
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        le=65_536,
        description="Rows handed over at a time, all in one transaction; empty is fastest.",
    )

    def new_columns(self, incoming: Fields) -> tuple[DestinationField, ...]:
        if self.schema_drift != "add_columns":
            return ()
        taken = {part.name.casefold() for part in self.schema_.fields}
        new = [field.name for field in incoming if field.is_new]
        return tuple(DestinationField(name=name) for name in new if name.casefold() not in taken)

    def fails_on_bad_rows(self) -> bool:
        return self.on_error == "fail"

    def compile(self, scope: Scope) -> Outcome | None:
        mapping = self.mapping(scope)
        table = scope.text(self.target_table, "target_table")
        schema = scope.text(self.target_schema, "target_schema") if self.target_schema else None
        keys = tuple(field.name for field in self.schema_.fields if field.key)
        if self.operation_type.startswith("merge") and not keys:
            scope.report(
                "merge_without_key",
                "schema.fields",
                f"{self.operation_type} needs at least one field marked as key.",
                'Set "key": true on the fields that identify a row.',
            )
        before = scope.sql(self.pre_action_sql, "pre_action_sql")
        after = scope.sql(self.post_action_sql, "post_action_sql")
        if mapping is None or not table or before is None or after is None:
            return None
        query, columns = mapping
        target = TableWrite(
            table=table,
            schema=schema or None,
            operation=self.operation_type,
            keys=keys if self.operation_type.startswith("merge") else (),
            create_table=self.create_table,
            add_columns=self.add_columns or self.schema_drift == "add_columns",
            not_null=tuple(field.name for field in self.schema_.fields if not field.nullable),
            before=before.strip(),
            after=after.strip(),
            batch_rows=self.batch_size,
            lengths=tuple((f.name, f.length) for f in self.schema_.fields if f.length is not None),
            widens=self.schema_drift == "add_columns",
        )
        rule = self.reject_rule()
        checks = tuple(self._checks(columns)) if rule is not None else ()
        work = WriteTable(self.connection_id, query, target, checks, self.schema_drift)
        return Outcome(columns, work, rejects=rule)

    def _checks(self, columns: Fields) -> Iterator[Check]:
        parts = {part.name: part for part in self.schema_.fields}
        is_merge = self.operation_type.startswith("merge")
        for field in columns:
            part = parts.get(field.name, DestinationField(name=field.name))
            failing = f"cannot be cast to {field.type}" if field.type else "cannot be computed"
            required = not part.nullable or (is_merge and part.key)
            yield Check(field.name, failing, required, part.length)

    def location(self) -> str | None:
        return ".".join(part for part in (self.target_schema, self.target_table) if part)


class CloudStorageDestination(_Destination):
    """Writes rows to files in a folder of a file storage connection, as delimited text, JSON lines
    or Parquet. The files appear when they are complete. By default the run fails when the folder
    holds something already; replace exchanges its content, append adds files beside the others.
    In delimited text NULL is nothing at all; without a string qualifier an empty text, and a value
    that holds the delimiter or a line break, stop the run. What a format cannot hold is refused:
    bytes in text and JSON, NaN in JSON.
    """

    type_name: ClassVar[str] = "cloud_storage_destination"
    class_name: ClassVar[str] = "CloudStorageDestination"
    connection_category: ClassVar[ConnectionCategory | None] = "cloud_storage"
    example: ClassVar[dict[str, Any]] = {
        "name": "archive",
        "connection_id": 1,
        "directory": "lake/orders",
        "destination_format": "parquet",
        "destination_action": "replace",
    }

    bucket: str | None = Field(
        default=None,
        max_length=255,
        description="The bucket, in an object store; the connection's own when empty.",
        json_schema_extra=_VARIABLES,
    )
    directory: str = Field(
        min_length=1,
        max_length=1_024,
        description="Folder below the connection's folder, or in the bucket.",
        json_schema_extra=_VARIABLES,
    )
    destination_format: FileFormat = Field(default="delimited", description="What is written.")
    delimiter: str = Field(
        default="\t", min_length=1, max_length=1, description="Between values; default tab."
    )
    string_qualifier: Literal["none", '"', "'"] = Field(
        default="none", description="Around text; inside it is written twice, or escaped."
    )
    escape_character: str | None = Field(
        default=None,
        max_length=1,
        description="Before a qualifier inside a text, or, without qualifier, before a delimiter.",
    )
    write_header: bool = Field(default=False, description="Write the column names first.")
    destination_action: DestinationAction = Field(
        default="fail_if_exists", description="What to do when the folder holds files."
    )
    compression: Compression = Field(
        default="none",
        description="Of the files. Inside Parquet: none is Snappy, bzip2 is not possible.",
    )
    file_prefix: str = Field(
        default="part",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="How the files' names begin.",
    )
    single_file: bool = Field(default=True, description="All rows in one file.")
    max_file_mb: int = Field(
        default=256,
        ge=1,
        le=100_000,
        description="Without single_file: the next file begins when one has grown beyond.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        mapping = self.mapping(scope)
        directory = scope.text(self.directory, "directory")
        bucket = scope.text(self.bucket, "bucket") if self.bucket else None
        if not self._is_consistent(scope) or mapping is None or directory is None:
            return None
        query, columns = mapping
        target = FileWrite(
            directory=directory,
            format=self.destination_format,
            action=self.destination_action,
            bucket=bucket or None,
            file_prefix=self.file_prefix,
            delimiter=self.delimiter,
            string_qualifier=self.string_qualifier,
            escape_character=self.escape_character or "",
            write_header=self.write_header,
            compression=self.compression,
            max_file_bytes=None if self.single_file else self.max_file_mb * _MEGABYTE,
            json_fields=frozenset(
                field.name for field in columns if field.type in ("json", "json_array")
            ),
        )
        return Outcome(columns, WriteFiles(self.connection_id, query, target))

    def _is_consistent(self, scope: Scope) -> bool:
        """Whether the options fit each other; findings say which do not."""
        found = dict(self._contradictions())
        for name, message in found.items():
            scope.report("invalid_property_value", name, f"{name}: {message}.")
        return not found

    def _contradictions(self) -> Iterator[tuple[str, str]]:
        if self.destination_format == "parquet" and self.compression == "bzip2":
            yield "compression", "Parquet can be packed with gzip or zstd, not with bzip2"
        if self.destination_format != "delimited":
            return
        signs = (self.delimiter, self.string_qualifier, self.escape_character or "")
        if self.delimiter in "\r\n":
            yield "delimiter", "must not be a line break"
        if self.delimiter in signs[1:]:
            yield "delimiter", "must be another character than qualifier and escape"
        if signs[2] and signs[2] in "\r\n":
            yield "escape_character", "must not be a line break"

    def location(self) -> str | None:
        return f"{self.bucket}/{self.directory}" if self.bucket else self.directory
