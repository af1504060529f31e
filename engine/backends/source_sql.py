"""DuckDB queries that read sources: every name and text is quoted here, in one place."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pa_parquet
from sqlglot import exp

from connections.drivers.types import (
    FLOAT_WORDS,
    INTEGER_WORDS,
    TEXT_WORDS,
    can_store,
    decimal_parts,
    duckdb_type,
    word_of_arrow,
    word_of_parquet,
)
from engine.backends.base import BackendFailed
from engine.files.making_ready import require_text
from engine.files.ready import ReadyFile
from engine.stages import ReadFiles, SourceColumn

MAX_LINE_CHARACTERS = 1_000_000
"""Longest header line that is looked at."""

_SHAPES: Final = {"date": "____-__-__", "datetime": "____-__-_____:__:__", "time": "__:__:__"}
"""Patterns of texts that leave no place for an offset or for parts of a second."""

_FINER = "\\.[0-9]{6}[0-9]*[1-9]"
"""Parts of a second, in which a digit behind the microsecond is not 0."""

_CLOCK = "^ *[0-9]+:[0-9]+(:[0-9]+([.][0-9]{1,6}0*)?)? *$"
"""A time of day alone, without a date and an offset, to the microsecond."""


def name(value: str) -> str:
    """A quoted identifier."""
    return exp.to_identifier(value, quoted=True).sql(dialect="duckdb")


def text(value: str) -> str:
    """A text constant."""
    return exp.Literal.string(value).sql(dialect="duckdb")


def typed_column(column: SourceColumn, given: str | None, where: str) -> str:
    """One selected column in its declared type, under its alias.

    Raises BackendFailed when the declared type could not hold what is there.
    """
    wanted = column.type or given
    if given is None or wanted is None:
        raise BackendFailed(
            f"The column {column.name} of {where} has a type that is not supported here."
            " Take it out of schema.fields, or convert it at the source."
        )
    if given in TEXT_WORDS and wanted not in TEXT_WORDS:
        value = value_from_text(name(column.name), wanted)
    elif can_store(given, wanted):
        value = f"CAST({name(column.name)} AS {duckdb_type(wanted)})"
    else:
        raise BackendFailed(
            f"The column {column.name} of {where} is {given}, and schema.fields declares it as"
            f" {wanted}, which cannot hold it without loss. Declare it as {given} and cast it in a"
            " select."
        )
    return f"{value} AS {name(column.alias)}"


def typed_rows(columns: Sequence[SourceColumn], given: pa.Schema, relation: str, where: str) -> str:
    """A query for the columns of a relation of Arrow rows in their declared types."""
    words = {field.name: word_of_arrow(field.type) for field in given}
    selected = ", ".join(typed_column(column, words.get(column.name), where) for column in columns)
    return f"SELECT {selected} FROM {name(relation)}"  # noqa: S608


def typed_text_rows(columns: Sequence[SourceColumn], relation: str) -> str:
    """A query for columns of text in their declared types."""
    selected = ", ".join(typed_column(column, "string", "the file") for column in columns)
    return f"SELECT {selected} FROM {relation}"  # noqa: S608


def value_from_text(column: str, word: str) -> str:
    """Text read as a typed value; the empty text is NULL, a time with an offset is put in UTC.

    What the type would round, cut or make infinite stops the query.
    """
    cast = _cast_text(column, word, "CAST")
    lossy = _loses(column, word)
    if lossy is not None:
        loud = f"CAST(error('not {word}: ' || {column}) AS {duckdb_type(word)})"
        cast = f"CASE WHEN {lossy} THEN {loud} ELSE {cast} END"
    usual = "".join(f" WHEN {plain} THEN {value}" for plain, value in _usual(column, word))
    return f"CASE{usual} ELSE {cast} END" if usual else cast


def _usual(column: str, word: str) -> Sequence[tuple[str, str]]:
    """Cheap predicates, the most likely first, for texts in a usual form that can lose nothing and
    hold no offset; each with their value."""
    tried = f"TRY_CAST({column} AS {duckdb_type(word)})"
    plain = f"CAST({column} AS {duckdb_type(word)})"
    if word in INTEGER_WORDS:
        marks = " OR ".join(f"contains({column}, '{mark}')" for mark in (".", "e", "E"))
        return (
            (f"CAST({tried} AS VARCHAR) = {column}", tried),
            (f"NOT ({column} = '' OR {marks})", plain),
        )
    if word in FLOAT_WORDS:
        return ((f"isfinite({tried})", tried),)
    if shape := _SHAPES.get(word):
        return ((f"{column} LIKE '{shape}'", plain),)
    return ()


def unreadable(column: str, word: str) -> str:
    """A predicate for texts that `value_from_text` would stop at."""
    cast = _cast_text(column, word, "TRY_CAST")
    wrong = f"(NULLIF({column}, '') IS NOT NULL AND {cast} IS NULL)"
    lossy = _loses(column, word)
    return wrong if lossy is None else f"{wrong} OR {lossy}"


def cast_text(column: str, word: str) -> str:
    """A text that is not `unreadable` as a typed value."""
    return _cast_text(column, word, "TRY_CAST")


def _cast_text(column: str, word: str, cast: str) -> str:
    given = f"NULLIF({column}, '')"
    if word == "datetime":
        return f"{cast}({cast}({given} AS TIMESTAMPTZ) AS TIMESTAMP)"
    return f"{cast}({given} AS {duckdb_type(word)})"


def _loses(column: str, word: str) -> str | None:
    """A predicate for texts that the type takes only by changing their value."""
    if word in INTEGER_WORDS:
        return _has_more_digits(column, 19, 0)
    if sizes := decimal_parts(word):
        return _has_more_digits(column, *sizes)
    if word in FLOAT_WORDS:
        number = f"TRY_CAST({column} AS {duckdb_type(word)})"
        return f"(isinf({number}) AND NOT regexp_matches({column}, 'inf', 'i'))"
    if word == "date":
        moment = f"TRY_CAST(TRY_CAST({column} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return f"({moment} <> TRY_CAST({column} AS DATE))"
    if word == "datetime":
        return f"regexp_matches({column}, '{_FINER}')"
    if word == "time":
        return f"({column} <> '' AND NOT regexp_matches({column}, '{_CLOCK}'))"
    return None


def _has_more_digits(column: str, precision: int, scale: int) -> str:
    """Digits other than 0 after the last one that is kept."""
    written = f"regexp_matches({column}, '^[^eE]*\\.[0-9]{{{scale}}}[0-9]*[1-9][^eE]*$')"
    finer = scale + 38 - precision
    kept = f"TRY_CAST({column} AS DECIMAL(38,{scale}))"
    exact = f"TRY_CAST({column} AS DECIMAL(38,{finer}))"
    return f"({written} OR (regexp_matches({column}, '[eE]') AND {kept} <> {exact}))"


def delimited_headers(
    work: ReadFiles, files: Sequence[ReadyFile]
) -> Iterator[tuple[ReadyFile, list[str]]]:
    """Each file with the names of its columns; made-up ones where it has no header row."""
    for file in files:
        first = _first_record(work, file)
        if work.header_row:
            yield file, _told_apart(first)
        elif first:
            named = [column.name for column in work.columns]
            yield file, _told_apart(named + [""] * (len(first) - len(named)))


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names, but for empty ones and those that repeat an earlier one, whatever its case: such
    a column is called by its place, so that the others can be read."""
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    told = []
    for place, name in enumerate(names, 1):
        if not name or name.casefold() in seen:
            name = f"column {place}"
            while name.casefold() in taken:
                name += "_"
        seen.add(name.casefold())
        told.append(name)
    return told


def _first_record(work: ReadFiles, file: ReadyFile) -> list[str]:
    options: dict[str, object] = {"delimiter": work.delimiter, "doublequote": True}
    if work.quote:
        options["quotechar"] = work.quote
    else:
        options["quoting"] = csv.QUOTE_NONE
    try:
        with _text_of(file) as stream:
            csv.field_size_limit(MAX_LINE_CHARACTERS)
            records = csv.reader(stream, **options)  # type: ignore[arg-type]
            return next((record for record in records if record or work.header_row), [])
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        if isinstance(error, UnicodeDecodeError):
            require_text([file])
        raise BackendFailed(f"The file {file.name} cannot be read: {error}") from None


def _text_of(file: ReadyFile) -> Any:
    """The file as a stream of text."""
    if file.compression == "gzip":
        return gzip.open(file.path, "rt", encoding="utf-8-sig", newline="")
    if file.compression == "zstd":
        packed = pa.input_stream(str(file.path), compression="zstd")
        return io.TextIOWrapper(packed, encoding="utf-8-sig", newline="")
    return file.path.open("rt", encoding="utf-8-sig", newline="")


def delimited_relation(
    work: ReadFiles,
    files: Sequence[ReadyFile],
    columns: Sequence[str],
    *,
    filename: str = "false",
) -> str:
    """A read_csv call that takes every column as text, without guessing anything. The files are
    packed alike; `filename` is the name of a column for their paths, as a text of SQL."""
    listed = ", ".join(text(str(file.path)) for file in files)
    kinds = ", ".join(f"{text(column)}: 'VARCHAR'" for column in columns)
    nulls = ["", work.null_string] if work.null_string else [""]
    options: Mapping[str, str] = {
        "columns": f"{{{kinds}}}",
        "header": str(work.header_row).lower(),
        "delim": text(work.delimiter),
        "quote": text(work.quote),
        "escape": text(work.quote),
        "nullstr": f"[{', '.join(text(value) for value in nulls)}]",
        "allow_quoted_nulls": "false",
        "auto_detect": "false",
        "strict_mode": "true",
        "compression": text(files[0].compression),
        "filename": filename,
    }
    return (
        f"read_csv([{listed}], {', '.join(f'{key} = {value}' for key, value in options.items())})"
    )


def parquet_column(column: SourceColumn, given: pa.DataType, where: str) -> str:
    """One selected column of a Parquet file. Lists, maps and structs become JSON; a time finer than
    a microsecond stops the query."""
    word = word_of_parquet(given)
    if word in ("json", "json_array") and (column.type or word) in TEXT_WORDS:
        return f"CAST(to_json({name(column.name)}) AS VARCHAR) AS {name(column.alias)}"
    selected = typed_column(column, word, where)
    if not pa.types.is_timestamp(given) or given.unit != "ns":
        return selected
    kept, is_finer = to_the_microsecond(column)
    loud = f"CAST(error('finer than a microsecond: ' || {name(column.name)}) AS TIMESTAMP)"
    return f"CASE WHEN {is_finer} THEN {loud} ELSE {kept} END AS {name(column.alias)}"


def to_the_microsecond(column: SourceColumn) -> tuple[str, str]:
    """The value of a column of nanoseconds, and a predicate for those that it would cut."""
    kept = f"CAST({name(column.name)} AS TIMESTAMP)"
    is_finer = f"CAST({kept} AS TIMESTAMP_NS) <> CAST({name(column.name)} AS TIMESTAMP_NS)"
    return kept, is_finer


def parquet_content(file: ReadyFile) -> tuple[pa.Schema, int]:
    """The schema of a Parquet file, and the number of its rows."""
    try:
        with pa_parquet.ParquetFile(file.path) as content:
            return content.schema_arrow, content.metadata.num_rows
    except (OSError, pa.ArrowException) as error:
        raise BackendFailed(f"The file {file.name} cannot be read: {error}") from None


def require_columns(work: ReadFiles, file_name: str, present: Sequence[str]) -> None:
    """Refuse a file that lacks a listed column, naming both."""
    known = {column.casefold() for column in present}
    for column in work.columns:
        if column.name.casefold() not in known:
            raise BackendFailed(
                f"The file {file_name} has no column {column.name}. It has"
                f" {', '.join(present[:20]) or 'no columns'}. Correct schema.fields or the file."
            )
