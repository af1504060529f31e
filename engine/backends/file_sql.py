"""Files that were made ready as one DuckDB query, and what of them cannot be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from connections.drivers.types import TEXT_WORDS, duckdb_type
from engine.backends import source_sql as sql
from engine.backends.base import BackendFailed
from engine.backends.trying import FILE
from engine.files.making_ready import require_text
from engine.files.ready import ReadyFile
from engine.stages import ReadFiles, SourceColumn


@dataclass(frozen=True, slots=True)
class FileQuery:
    """The query over some files. `rows` is their exact number where the files tell it."""

    query: str
    files: tuple[ReadyFile, ...]
    rows: int | None


def read_files(work: ReadFiles, files: Sequence[ReadyFile]) -> FileQuery:
    """The rows of files in their declared types. Raises BackendFailed for files that do not fit."""
    delimited = [file for file in files if file.form == "delimited"]
    others = [file for file in files if file.form != "delimited"]
    parts, rows = _table_parts(work, others)
    parts += _delimited_parts(work, delimited)
    query = " UNION ALL ".join(parts or [empty_rows(work.columns)])
    return FileQuery(query, tuple(files), None if delimited else rows)


def find_bad_value(
    session: duckdb.DuckDBPyConnection, work: ReadFiles, files: Sequence[ReadyFile]
) -> BackendFailed | None:
    """A better error than the engine's, when one value or one byte of a text is the cause."""
    if (failed := find_bad_text(files)) is not None:
        return failed
    names = {str(file.path): file.name for file in files}
    for relation, columns in text_relations(work, files):
        for column in columns:
            if column.type in TEXT_WORDS or column.type is None:
                continue
            predicate = sql.unreadable(sql.name(column.name), column.type)
            query = (
                f"SELECT {sql.name(FILE)}, {sql.name(column.name)} FROM {relation}"  # noqa: S608
                f" WHERE {predicate} LIMIT 1"
            )
            try:
                rows = session.execute(query).fetchall()
            except duckdb.Error:
                return None
            if rows:
                return _bad_value(names[rows[0][0]], column, str(rows[0][1]))
    return None


def find_bad_text(files: Sequence[ReadyFile]) -> BackendFailed | None:
    """A better error than the engine's, when one byte of a text is the cause."""
    try:
        require_text(files)
    except BackendFailed as failed:
        return failed
    return None


def _delimited_parts(work: ReadFiles, files: Sequence[ReadyFile]) -> Iterator[str]:
    """One query over all files that have the same header and are packed alike."""
    for (_, header), members in _by_header(work, files).items():
        relation = sql.delimited_relation(work, members, header)
        yield sql.typed_text_rows(_with_text(work.columns), relation)


def _table_parts(work: ReadFiles, files: Sequence[ReadyFile]) -> tuple[list[str], int]:
    """One query per distinct set of types, over all files that have it; and their rows.

    Files of other types stay apart even where they are selected alike: the engine would read all
    in the types of the first.
    """
    groups: dict[tuple[str, tuple[pa.DataType, ...]], list[ReadyFile]] = {}
    total = 0
    for file in files:
        schema, rows = sql.parquet_content(file)
        total += rows
        if file.form == "texts":
            columns = [sql.typed_column(c, "string", file.name) for c in _by_alias(work.columns)]
            types: tuple[pa.DataType, ...] = ()
        else:
            types = _types_of(work, file, schema)
            columns = [
                sql.parquet_column(column, given, file.name)
                for column, given in zip(work.columns, types, strict=True)
            ]
        groups.setdefault((", ".join(columns), types), []).append(file)
    parts = []
    for (selected, _), members in groups.items():
        parts.append(f"SELECT {selected} FROM {parquet_relation(members, filename=False)}")  # noqa: S608
    return parts, total


def _types_of(work: ReadFiles, file: ReadyFile, schema: pa.Schema) -> tuple[pa.DataType, ...]:
    sql.require_columns(work, file.name, schema.names)
    types = {field.name.casefold(): field.type for field in schema}
    return tuple(types[column.name.casefold()] for column in work.columns)


def text_relations(
    work: ReadFiles, files: Sequence[ReadyFile]
) -> Iterator[tuple[str, Sequence[SourceColumn]]]:
    """Relations whose values are still texts, with a column for the file; and the columns under
    the names they have there."""
    delimited = [file for file in files if file.form == "delimited"]
    for (_, header), members in _by_header(work, delimited).items():
        relation = sql.delimited_relation(work, members, header, filename=sql.text(FILE))
        yield relation, _with_text(work.columns)
    if texts := [file for file in files if file.form == "texts"]:
        yield parquet_relation(texts, filename=True), _by_alias(work.columns)


def parquet_relation(files: Sequence[ReadyFile], *, filename: bool) -> str:
    """A read_parquet call, if wanted with a column for the file."""
    listed = ", ".join(sql.text(str(file.path)) for file in files)
    named = f", filename = {sql.text(FILE)}" if filename else ""
    return f"read_parquet([{listed}]{named})"


def _with_text(columns: Sequence[SourceColumn]) -> list[SourceColumn]:
    return [replace(column, type=column.type or "string") for column in columns]


def _by_alias(columns: Sequence[SourceColumn]) -> list[SourceColumn]:
    """The columns of a table of texts, which bear the names of the fields."""
    return [replace(column, name=column.alias) for column in _with_text(columns)]


def _by_header(
    work: ReadFiles, files: Sequence[ReadyFile]
) -> dict[tuple[str, tuple[str, ...]], list[ReadyFile]]:
    groups: dict[tuple[str, tuple[str, ...]], list[ReadyFile]] = {}
    for file, header in sql.delimited_headers(work, files):
        sql.require_columns(work, file.name, header)
        groups.setdefault((file.compression, tuple(header)), []).append(file)
    return groups


def empty_rows(columns: Sequence[SourceColumn]) -> str:
    selected = ", ".join(
        f"CAST(NULL AS {duckdb_type(column.type or 'string')}) AS {sql.name(column.alias)}"
        for column in columns
    )
    return f"SELECT {selected} LIMIT 0"


def _bad_value(file_name: str, column: SourceColumn, value: str) -> BackendFailed:
    return BackendFailed(
        f"The file {file_name} holds '{value[:80]}' in the column {column.name}, which is not"
        f" {column.type}. Correct the file, declare the column as string, or set null_string to"
        " the text that stands for a missing value."
    )
