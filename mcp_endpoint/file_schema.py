"""What discover_file_schema answers: columns in the form that a source component takes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from connections.file_columns import FileColumn, FileOptions
from connections.inspection import FoundFile
from engine.catalog.base import FIELD_NAME
from engine.catalog.sources import CloudStorageSource, SourceField
from engine.compiling import compile_components
from engine.flow import parse_flow
from engine.variables import Variables
from mcp_endpoint.outside import Outside

MAX_FIELDS_BYTES = 40_000
"""Columns are left out of an answer that would become larger."""

_DEFAULTS = {"record_delimiter": "new_line", "char_encoding": "utf-8"}
"""Options that a source need not be told."""


class SourceOptions(BaseModel):
    record_type: str
    record_delimiter: str
    char_encoding: str | None
    delimiter: str | None
    quote: str | None
    escape: str | None
    header_row: bool | None


class FileSchema(BaseModel):
    connection_id: int
    matching_files: int
    field_count: int
    is_complete: bool
    records_read: int
    source_options: SourceOptions
    detected: list[str]
    file: Outside[str]
    column_names: Outside[list[str]]
    fields: Outside[list[dict[str, str]]]
    notes: Outside[list[str]]
    problems: Outside[list[str]]


def file_schema(connection_id: int, found: FoundFile, given: FileOptions) -> FileSchema:
    """The answer. `given` are the options as the caller sent them."""
    options = SourceOptions.model_validate(asdict(found.columns.options))
    columns = list(_within_limit(found.columns.columns))
    fields = list(_fields(columns))
    return FileSchema(
        connection_id=connection_id,
        file=found.path,
        matching_files=found.matches,
        field_count=found.columns.count,
        column_names=[column.name for column in columns],
        fields=fields,
        is_complete=len(columns) == found.columns.count,
        records_read=found.columns.records_read,
        source_options=options,
        detected=[
            name
            for name, value in options.model_dump(exclude_none=True).items()
            if getattr(given, name) is None
        ],
        notes=list(found.columns.notes),
        problems=_problems(connection_id, found.path, options, fields),
    )


def _within_limit(columns: Iterable[FileColumn]) -> Iterator[FileColumn]:
    size = 0
    for column in columns:
        name = json.dumps(column.name, ensure_ascii=False).encode()
        size += 3 * len(name) + len(column.type) + 6
        if size > MAX_FIELDS_BYTES:
            return
        yield column


def _fields(columns: Sequence[FileColumn]) -> Iterator[dict[str, str]]:
    """`{column: type}`; written out where the name needs an alias to be a field, and where its
    type would be taken for the name."""
    seen: set[str] = set()
    for place, column in enumerate(columns, 1):
        wanted = SourceField(name=column.name).field_name
        if wanted.casefold() in seen or not FIELD_NAME.fullmatch(wanted):
            wanted = f"{wanted[:100]}_{place}"
            while wanted.casefold() in seen:
                wanted += "_"
            yield {"name": column.name, "alias": wanted, "type": column.type}
        elif column.name == "name" and column.type != "string":
            yield {"name": column.name, "type": column.type}
        else:
            yield {column.name: column.type}
        seen.add(wanted.casefold())


def _problems(
    connection_id: int, path: str, options: SourceOptions, fields: list[dict[str, str]]
) -> list[str]:
    """What a source component of today says to these fields and options."""
    told = options.model_dump(exclude_none=True).items()
    body: dict[str, Any] = {
        "connection_id": connection_id,
        "path": path,
        **{name: value for name, value in told if _DEFAULTS.get(name) != value},
        "schema": {"fields": fields},
    }
    flow = parse_flow({"components": [{CloudStorageSource.wrapper_key(): body}], "edges": []})
    problems = compile_components(flow, Variables())[1]
    return [f"{problem.message} {problem.hint}".strip() for problem in problems]
