"""Files whose records are not lines of values: JSON, raw text, text with escapes, Excel."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import jsonpath
import python_calamine

from connections.excel_sheet import cell_text, open_book
from engine.backends.base import BackendFailed
from engine.files.decoding import lines, whole
from engine.files.ready import MAX_VALUE_CHARACTERS
from engine.stages import ReadFiles, SourceColumn

Row = list[str | None]
"""The values of the source's columns as texts; None is NULL."""

_BLANK = re.compile(r"\s*")
_GROWTH = 2
_PLAIN_DIGITS = 60
"""Numbers with more digits before or behind the point are written with an exponent."""


def json_rows(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[Row]:
    """One row for each object: of a line, or of the one value that the file is."""
    getters = [_getter(column.name) for column in work.columns]
    wants_json = [column.type in ("json", "json_array") for column in work.columns]
    for place, record in _json_records(pieces, name, work):
        if not isinstance(record, dict):
            raise BackendFailed(f"The file {name} holds no JSON object {place}. {_way_out(work)}")
        yield [
            _json_text(getter(record), is_json)
            for getter, is_json in zip(getters, wants_json, strict=True)
        ]


def _way_out(work: ReadFiles) -> str:
    if work.record_delimiter == "new_line":
        return "When the file is one JSON value, set record_delimiter to eof."
    return "Set base_record_jsonpath to where the objects are, such as $.data[*]."


def _json_records(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[tuple[str, Any]]:
    """Values with the words for their place."""
    base = jsonpath.compile(work.base_path) if work.base_path else None
    if work.record_delimiter == "new_line":
        for number, line in enumerate(lines(pieces, name), 1):
            if line.strip():
                value = parsed(line, f"The file {name} cannot be read on line {number:,}")
                for match in base.finditer(value) if base else ():
                    yield f"on line {number:,}", match.value
                if base is None:
                    yield f"on line {number:,}", value
    elif base is not None:
        value = parsed(whole(pieces, name), f"The file {name} cannot be read")
        for number, match in enumerate(base.finditer(value), 1):
            yield f"in place {number:,}", match.value
    else:
        for number, value in enumerate(_elements(pieces, name), 1):
            yield f"in place {number:,}", value


def parsed(text: str, words: str) -> Any:
    """A JSON value; numbers keep all their digits."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise BackendFailed(f"{words}: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1:,}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _whole_number(text: str) -> int | Decimal:
    return Decimal(text) if text == "-0" else int(text)


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_int=_whole_number, parse_constant=_no_constant
)


def _elements(pieces: Iterator[str], name: str) -> Iterator[Any]:
    """The elements of a list, one at a time; or the objects that a file holds one after another."""
    text = _Window(pieces, name)
    is_list = text.skip_blanks() == "["
    if is_list:
        text.place += 1
    while (sign := text.skip_blanks()) not in ("", "]"):
        if sign == ",":
            text.place += 1
            continue
        yield text.value()
    if is_list and sign == "":
        raise BackendFailed(f"The file {name} ends before its list does.")


class _Window:
    """A text that is looked through from front to back, never held whole."""

    def __init__(self, pieces: Iterator[str], name: str) -> None:
        self.place = 0
        self._pieces = pieces
        self._name = name
        self._text = ""
        self._before = 0

    def skip_blanks(self) -> str:
        """Go to the next sign and tell it; empty at the end."""
        while True:
            found = _BLANK.match(self._text, self.place)
            self.place = found.end() if found else self.place
            if self.place < len(self._text):
                return self._text[self.place]
            if not self._more(1):
                return ""

    def value(self) -> Any:
        """The value that begins here. More is read until it is complete."""
        wanted = 1
        while True:
            try:
                value, self.place = _DECODER.raw_decode(self._text, self.place)
            except (ValueError, RecursionError) as error:
                place = self._before + getattr(error, "pos", self.place)
                if isinstance(error, RecursionError) or not self._more(wanted):
                    raise BackendFailed(
                        f"The file {self._name} cannot be read at character {place + 1:,}:"
                        f" {getattr(error, 'msg', str(error))[:200]}."
                    ) from None
                wanted *= _GROWTH
            else:
                return value

    def _more(self, count: int) -> bool:
        """Let go of what is done and read further pieces; False at the end."""
        fresh = list(islice(self._pieces, count))
        self._before += self.place
        self._text = self._text[self.place :] + "".join(fresh)
        self.place = 0
        if len(self._text) > MAX_VALUE_CHARACTERS:
            raise BackendFailed(
                f"The file {self._name} has a value of more than {MAX_VALUE_CHARACTERS:,}"
                " characters. Correct the file, or set base_record_jsonpath."
            )
        return bool(fresh)


def _getter(name: str) -> Callable[[dict[str, Any]], Any]:
    if not name.startswith("$"):
        return lambda record: record.get(name)
    path = jsonpath.compile(name)

    def get(record: dict[str, Any]) -> Any:
        match = path.match(record)
        return None if match is None else match.value

    return get


def _json_text(value: Any, is_json: bool) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and not is_json:
        return value
    return written(value)


def written(value: Any) -> str:
    """A value as JSON text, numbers with all their digits."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < _PLAIN_DIGITS else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        inside = ",".join(f"{json.dumps(key)}:{written(part)}" for key, part in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def raw_rows(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[Row]:
    """Each line, or the whole file, as the one value of a row."""
    if work.record_delimiter == "eof":
        yield [whole(pieces, name)]
    else:
        for line in lines(pieces, name):
            yield [line]


def excel_rows(path: Path, name: str, work: ReadFiles) -> Iterator[Row]:
    """The rows of one sheet; blank rows are left aside."""
    try:
        with open_book(path) as book:
            if work.sheet and work.sheet not in book.sheet_names:
                known = ", ".join(book.sheet_names[:20])
                raise BackendFailed(f"The file {name} has no sheet {work.sheet}. It has {known}.")
            sheet = work.sheet or book.sheet_names[0]
            rows = iter(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise BackendFailed(
            f"The file {name} cannot be read as an Excel workbook: {str(error)[:200]}. Check"
            " record_type, and whether the file is protected by a password."
        ) from None
    header = [cell_text(cell) or "" for cell in next(rows, [])] if work.header_row else None
    places = _places(header, name, work.columns)
    for row in rows:
        if any(cell not in ("", None) for cell in row):
            yield [cell_text(row[place]) if place < len(row) else None for place in places]


def _places(header: Sequence[str] | None, name: str, columns: Sequence[SourceColumn]) -> list[int]:
    """Where each column stands: by its name, or in the order of the list."""
    if header is None:
        return list(range(len(columns)))
    known: dict[str, int] = {}
    for place, title in enumerate(header):
        known.setdefault(title.strip().casefold(), place)
    for column in columns:
        if column.name.strip().casefold() not in known:
            raise BackendFailed(
                f"The file {name} has no column {column.name}. It has"
                f" {', '.join(filter(None, header[:20])) or 'no columns'}. Correct schema.fields or"
                " the file."
            )
    return [known[column.name.strip().casefold()] for column in columns]
