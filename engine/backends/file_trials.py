"""Files whose values are tried row by row, each told with its column and its file."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from connections.drivers.types import TEXT_WORDS, word_of_parquet
from engine.backends import source_sql as sql
from engine.backends.file_sql import empty_rows, parquet_relation, text_relations
from engine.backends.trying import FILE, Attempt, Trial, read_attempt
from engine.files.ready import ReadyFile
from engine.rejects import Check
from engine.stages import ReadFiles, SourceColumn


def file_trials(work: ReadFiles, files: Sequence[ReadyFile]) -> list[Trial]:
    """The rows of files, tried; files that do not fit are refused by `read_files`."""
    names = {str(file.path): file.name for file in files}
    trials = [
        Trial(tuple(_told(column, read_attempt(column, "string", "")) for column in columns),
              relation, names)
        for relation, columns in text_relations(work, files)
    ]  # fmt: skip
    trials += _parquet_trials(work, [file for file in files if file.form == "parquet"])
    return trials or [_no_rows(work.columns)]


def _parquet_trials(work: ReadFiles, files: Sequence[ReadyFile]) -> list[Trial]:
    """One over all files whose listed columns have the same types; only these are told of a row."""
    groups: dict[tuple[pa.DataType, ...], list[ReadyFile]] = {}
    for file in files:
        types = {field.name.casefold(): field.type for field in sql.parquet_content(file)[0]}
        key = tuple(types[column.name.casefold()] for column in work.columns)
        groups.setdefault(key, []).append(file)
    trials = []
    for types_of_group, members in groups.items():
        attempts = tuple(
            _told(column, _parquet_attempt(column, given, members[0].name))
            for column, given in zip(work.columns, types_of_group, strict=True)
        )
        listed = {column.name.casefold(): sql.name(column.name) for column in work.columns}
        relation = parquet_relation(members, filename=True)
        source = f"(SELECT {', '.join(listed.values())}, {sql.name(FILE)} FROM {relation})"  # noqa: S608
        trials.append(Trial(attempts, source, {str(file.path): file.name for file in members}))
    return trials


def _parquet_attempt(column: SourceColumn, given: pa.DataType, where: str) -> Attempt:
    word = word_of_parquet(given)
    wanted = column.type or word or "string"
    check = Check(column.alias, f"cannot be read as {wanted}")
    if pa.types.is_timestamp(given) and given.unit == "ns":
        kept, is_finer = sql.to_the_microsecond(column)
        return Attempt(f"CASE WHEN {is_finer} THEN NULL ELSE [{kept}] END", check)
    if pa.types.is_nested(given) and wanted in TEXT_WORDS:
        selected = sql.parquet_column(column, given, where)
        return Attempt(f"[{selected.removesuffix(f' AS {sql.name(column.alias)}')}]", check)
    return read_attempt(column, word, where)


def _told(column: SourceColumn, attempt: Attempt) -> Attempt:
    return replace(attempt, column=column.name)


def _no_rows(columns: Sequence[SourceColumn]) -> Trial:
    by_alias = [replace(column, name=column.alias) for column in columns]
    attempts = [read_attempt(column, column.type or "string", "") for column in by_alias]
    return Trial(tuple(attempts), f"({empty_rows(columns)})")
