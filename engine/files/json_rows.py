"""JSON into rows of texts, numbers with every digit they were written with."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from operator import methodcaller
from typing import Any, Final

import jsonpath

from engine.backends.base import BackendFailed
from engine.files.decoding import lines, whole
from engine.files.ready import MAX_VALUE_CHARACTERS
from engine.files.records import Row
from engine.stages import ReadFiles

_BLANK: Final = re.compile(r"\s*")
_GROWTH: Final = 2
_PLAIN_DIGITS: Final = 60
"""Numbers with more digits before or behind the point are written with an exponent."""

_UNREADABLE: Final = (ValueError, RecursionError, InvalidOperation)

Getter = Callable[[dict[str, Any]], Any]


def json_rows(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[Row]:
    """One row for each object: of a line, or of the one value that the file is."""
    getters = [_getter(column.name) for column in work.columns]
    wants_json = [column.type in ("json", "json_array") for column in work.columns]
    columns = list(zip(getters, wants_json, strict=True))
    for place, record in _records(pieces, name, work):
        if not isinstance(record, dict):
            raise _no_object(name, work, place)
        yield [_text(getter(record), is_json) for getter, is_json in columns]


def _no_object(name: str, work: ReadFiles, place: int) -> BackendFailed:
    if work.record_delimiter == "new_line":
        where = f"on line {place:,}. When the file is one JSON value, set record_delimiter to eof."
    else:
        where = f"in place {place:,}. Set base_record_jsonpath to where the objects are, such as"
        where += " $.data[*]."
    return BackendFailed(f"The file {name} holds no JSON object {where}")


def _records(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[tuple[int, Any]]:
    """Values with the number of their line, or of themselves."""
    base = jsonpath.compile(work.base_path) if work.base_path else None
    if work.record_delimiter == "new_line":
        for number, line in enumerate(lines(pieces, name), 1):
            if line and not line.isspace():
                value = _parsed(line, f"{name} cannot be read on line {number:,}")
                if base is None:
                    yield number, value
                else:
                    yield from ((number, match.value) for match in base.finditer(value))
    elif base is not None:
        value = _parsed(whole(pieces, name), f"{name} cannot be read")
        yield from enumerate((match.value for match in base.finditer(value)), 1)
    else:
        yield from enumerate(_elements(_Window(pieces, name), name), 1)


def _parsed(text: str, words: str) -> Any:
    """Blanks around the value are looked for only where it is not alone."""
    try:
        value, end = _DECODER.raw_decode(text)
    except _UNREADABLE:
        value, end = None, -1
    if end == len(text):
        return value
    try:
        return _DECODER.decode(text)
    except _UNREADABLE as error:
        raise BackendFailed(f"The file {words}: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1:,}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, InvalidOperation):
        return "the exponent of a number is too large"
    return str(error)[:200]


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _whole_number(text: str) -> int | Decimal:
    return Decimal(text) if text == "-0" else int(text)


_DECODER: Final = json.JSONDecoder(
    parse_float=Decimal, parse_int=_whole_number, parse_constant=_no_constant
)


def _elements(text: "_Window", name: str) -> Iterator[Any]:
    """The elements of a list, one at a time; or the objects that a file holds one after another."""
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
            except _UNREADABLE as error:
                place = self._before + getattr(error, "pos", self.place)
                if isinstance(error, RecursionError) or not self._more(wanted):
                    raise BackendFailed(
                        f"The file {self._name} cannot be read at character {place + 1:,}:"
                        f" {getattr(error, 'msg', None) or _reason(error)}."
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


def _getter(name: str) -> Getter:
    if not name.startswith("$"):
        return methodcaller("get", name)
    path = jsonpath.compile(name)

    def get(record: dict[str, Any]) -> Any:
        match = path.match(record)
        return None if match is None else match.value

    return get


def _text(value: Any, is_json: bool) -> str | None:
    if value is None or (type(value) is str and not is_json):
        return value
    return _written(value)


def _written(value: Any) -> str:
    """A value as JSON text, numbers with all their digits."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        inside = ",".join(f"{_quoted(key)}:{_written(part)}" for key, part in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    return _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(value: Decimal) -> str:
    return f"{value:f}" if abs(value.adjusted()) < _PLAIN_DIGITS else str(value)
