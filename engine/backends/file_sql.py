"""Local files as one DuckDB query, and which value of them cannot be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from connections.drivers.types import TEXT_WORDS, duckdb_type
from engine.backends import source_sql as sql
from engine.backends.base import BackendFailed
from engine.stages import ReadFiles, SourceColumn


@dataclass(frozen=True, slots=True)
class FileQuery:
    """The query over some files. `rows` is their exact number where the files tell it."""

    query: str
    files: tuple[Path, ...]
    rows: int | None


def read_files(work: ReadFiles, files: Sequence[Path]) -> FileQuery:
    """The rows of files in their declared types. Raises BackendFailed for files that do not fit."""
    rows = None
    if work.format == "parquet":
        parts, rows = _parquet_parts(work, files)
    else:
        parts = list(_delimited_parts(work, files))
    query = " UNION ALL ".join(parts or [_empty_rows(work.columns)])
    return FileQuery(query, tuple(files), rows)


def find_bad_value(
    session: duckdb.DuckDBPyConnection, work: ReadFiles, files: Sequence[Path]
) -> BackendFailed | None:
    """A better error than the engine's, when one value of a delimited file is the cause."""
    for header, members in _by_header(work, files).items():
        relation = sql.delimited_relation(work, members, header, with_filename=True)
        for column in work.columns:
            if column.type in TEXT_WORDS or column.type is None:
                continue
            predicate = sql.unreadable(sql.name(column.name), column.type)
            query = (
                f"SELECT filename, {sql.name(column.name)} FROM {relation}"  # noqa: S608
                f" WHERE {predicate} LIMIT 1"
            )
            try:
                rows = session.execute(query).fetchall()
            except duckdb.Error:
                return None
            if rows:
                return _bad_value(Path(rows[0][0]).name, column, str(rows[0][1]))
    return None


def _delimited_parts(work: ReadFiles, files: Sequence[Path]) -> Iterator[str]:
    """One query per distinct header, over all files that have it."""
    for header, members in _by_header(work, files).items():
        relation = sql.delimited_relation(work, members, header)
        yield sql.typed_text_rows(_with_text(work.columns), relation)


def _parquet_parts(work: ReadFiles, files: Sequence[Path]) -> tuple[list[str], int]:
    """One query per distinct set of types, over all files that have it; and their rows."""
    groups: dict[str, list[Path]] = {}
    total = 0
    for path in files:
        words, rows = sql.parquet_content(path)
        total += rows
        sql.require_columns(work, path, list(words))
        by_name = {name.casefold(): word for name, word in words.items()}
        selected = ", ".join(
            sql.typed_column(column, by_name[column.name.casefold()], path.name)
            for column in work.columns
        )
        groups.setdefault(selected, []).append(path)
    parts = []
    for selected, members in groups.items():
        listed = ", ".join(sql.text(str(path)) for path in members)
        parts.append(f"SELECT {selected} FROM read_parquet([{listed}])")  # noqa: S608
    return parts, total


def _with_text(columns: Sequence[SourceColumn]) -> list[SourceColumn]:
    return [SourceColumn(column.name, column.alias, column.type or "string") for column in columns]


def _by_header(work: ReadFiles, files: Sequence[Path]) -> dict[tuple[str, ...], list[Path]]:
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path, header in sql.delimited_headers(work, files):
        sql.require_columns(work, path, header)
        groups.setdefault(tuple(header), []).append(path)
    return groups


def _empty_rows(columns: Sequence[SourceColumn]) -> str:
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
