"""DuckDB queries over the files of a source that were made ready."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connections.drivers.types import duckdb_type
from engine.backends import source_sql as sql
from engine.backends.base import BackendFailed
from engine.files.ready import ReadyFile
from engine.stages import ReadFiles, SourceColumn


def queries(work: ReadFiles, files: Sequence[ReadyFile]) -> list[str]:
    """Queries whose rows together are those of the source, in the declared types."""
    delimited = [file for file in files if file.form == "delimited"]
    others = [file for file in files if file.form != "delimited"]
    parts = [_table_query(work, file) for file in others]
    parts += _delimited(work, delimited)
    return parts or [_no_rows(work.columns)]


def _table_query(work: ReadFiles, file: ReadyFile) -> str:
    columns = _typed_texts(work, file) if file.form == "texts" else _typed_parquet(work, file)
    return f"SELECT {columns} FROM read_parquet({sql.text(str(file.path))})"  # noqa: S608


def _typed_parquet(work: ReadFiles, file: ReadyFile) -> str:
    schema = sql.parquet_schema(file)
    sql.require_columns(work, file.name, schema.names)
    types = {field.name.casefold(): field.type for field in schema}
    return ", ".join(
        sql.parquet_column(column, types[column.name.casefold()], file.name)
        for column in work.columns
    )


def _typed_texts(work: ReadFiles, file: ReadyFile) -> str:
    return ", ".join(
        sql.typed_column(column, "string", file.name) for column in _by_alias(work.columns)
    )


def _by_alias(columns: Sequence[SourceColumn]) -> list[SourceColumn]:
    """The columns of a table of texts, which bear the names of the fields."""
    return [replace(column, name=column.alias, type=column.type or "string") for column in columns]


def _delimited(work: ReadFiles, files: Sequence[ReadyFile]) -> Iterator[str]:
    """One query over all files that have the same header and are packed alike."""
    columns = [replace(column, type=column.type or "string") for column in work.columns]
    selected = ", ".join(sql.typed_column(column, "string", "the file") for column in columns)
    for (_, header), members in _by_header(work, files).items():
        relation = sql.delimited_relation(work, members, header)
        yield f"SELECT {selected} FROM {relation}"  # noqa: S608


def _by_header(
    work: ReadFiles, files: Sequence[ReadyFile]
) -> dict[tuple[str, tuple[str, ...]], list[ReadyFile]]:
    groups: dict[tuple[str, tuple[str, ...]], list[ReadyFile]] = {}
    for file, header in sql.delimited_headers(work, files):
        sql.require_columns(work, file.name, header)
        groups.setdefault((file.compression, tuple(header)), []).append(file)
    return groups


def _no_rows(columns: Sequence[SourceColumn]) -> str:
    selected = ", ".join(
        f"CAST(NULL AS {duckdb_type(column.type or 'string')}) AS {sql.name(column.alias)}"
        for column in columns
    )
    return f"SELECT {selected} LIMIT 0"


def text_relations(
    work: ReadFiles, files: Sequence[ReadyFile]
) -> Iterator[tuple[str, Sequence[SourceColumn]]]:
    """Relations whose values are still texts, with a column `filename`; and the columns under the
    names they have there."""
    delimited = [file for file in files if file.form == "delimited"]
    for (_, header), members in _by_header(work, delimited).items():
        yield sql.delimited_relation(work, members, header, with_filename=True), work.columns
    for file in files:
        if file.form == "texts":
            relation = f"read_parquet({sql.text(str(file.path))}, filename = true)"
            yield relation, _by_alias(work.columns)


def bad_value(file_name: str, column: SourceColumn, value: str) -> BackendFailed:
    """One value is not of the declared type."""
    return BackendFailed(
        f"The file {file_name} holds '{value[:80]}' in the column {column.name}, which is not"
        f" {column.type}. Correct the file, declare the column as string, or set null_string to"
        " the text that stands for a missing value."
    )
