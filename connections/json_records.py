"""The columns of JSON: the keys of its objects, in the order they first appear."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from common.errors import InvalidInput
from connections.file_columns import (
    MAX_COLUMNS,
    FileColumn,
    FileColumns,
    FileOptions,
    checked_names,
    shown,
)
from connections.value_types import word_of_json

_LINE_END = re.compile(r"\r\n|\n|\r")


def json_columns(file: str, content: str, options: FileOptions, *, is_whole: bool) -> FileColumns:
    """The columns of a text with one object on each line or, by record_delimiter eof, of one
    object or list of objects.

    Raises InvalidInput for anything else.
    """
    is_one_value = options.record_delimiter == "eof"
    found = _of_value(file, content, is_whole) if is_one_value else _lines(file, content, is_whole)
    records = list(islice(found, options.lines))
    if not records:
        raise InvalidInput(f"{shown(file)} holds no JSON object.")
    values: dict[str, list[Any]] = {}
    for record in records:
        for name, value in record.items():
            values.setdefault(name, []).append(value)
    names = [name for name in checked_names(file, list(values)) if name]
    return FileColumns(
        columns=[FileColumn(name, word_of_json(values[name])) for name in names[:MAX_COLUMNS]],
        count=len(names),
        options=replace(options, record_type="json"),
        records_read=len(records),
    )


def _lines(file: str, content: str, is_whole: bool) -> Iterator[dict[str, Any]]:
    lines = _LINE_END.split(content)
    complete = lines if is_whole else lines[:-1]
    if not complete:
        raise InvalidInput(
            f"{shown(file)} has no end of a line within its first {len(content):,} characters."
        )
    for number, line in enumerate(complete, 1):
        if not line.strip():
            continue
        record = _parsed(line)
        if not isinstance(record, dict):
            raise InvalidInput(
                f"{shown(file)} holds no JSON object on line {number:,}. When the file is one"
                " JSON value, say record_delimiter eof."
            )
        yield record


def _of_value(file: str, content: str, is_whole: bool) -> Iterator[dict[str, Any]]:
    if not is_whole:
        raise InvalidInput(
            f"record_delimiter: {shown(file)} is too large to be read as one JSON value; one"
            " object on each line (new_line) can be of any size"
        )
    value = _parsed(content)
    records = value if isinstance(value, list) else [value]
    for place, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise InvalidInput(f"{shown(file)} holds no JSON object in place {place:,}.")
        yield record


def _parsed(text: str) -> Any:
    """The value; None for what is no JSON, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
