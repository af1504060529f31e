"""Delimited text in which a sign takes the meaning from the sign after it."""

import re
from collections.abc import Iterator, Sequence

from engine.backends.base import BackendFailed
from engine.files.ready import MAX_RECORD_CHARACTERS
from engine.files.records import Row
from engine.stages import ReadFiles, SourceColumn

_Record = list[str | None]


def escaped_rows(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[Row]:
    """The rows of the source's columns. An unquoted empty value is NULL, a quoted one is not."""
    records = _records(pieces, name, work)
    header: Sequence[str] | None = None
    if work.header_row:
        header = [value or "" for value in next(records, (0, []))[1]]
    places = _places(header, name, work.columns)
    width = None if header is None else len(header)
    for number, record in records:
        width = len(record) if width is None else width
        if len(record) != width:
            raise BackendFailed(
                f"The file {name} has {len(record):,} values in record {number:,} where there are"
                f" {width:,} columns. Correct the file, or delimiter, quote and escape."
            )
        if width < len(places):
            raise BackendFailed(
                f"The file {name} has {width:,} columns, and schema.fields lists {len(places):,}."
            )
        yield [record[place] for place in places]


def _places(header: Sequence[str] | None, name: str, columns: Sequence[SourceColumn]) -> list[int]:
    if header is None:
        return list(range(len(columns)))
    known: dict[str, int] = {}
    for place, title in enumerate(header):
        known.setdefault(title.casefold(), place)
    missing = [column.name for column in columns if column.name.casefold() not in known]
    if missing:
        raise BackendFailed(
            f"The file {name} has no column {missing[0]}. It has"
            f" {', '.join(header[:20]) or 'no columns'}. Correct schema.fields or the file."
        )
    return [known[column.name.casefold()] for column in columns]


def _records(pieces: Iterator[str], name: str, work: ReadFiles) -> Iterator[tuple[int, _Record]]:
    """Records with their number from 1; blank lines are left aside."""
    field = _field(work)
    text = ""
    number = 0
    is_last = False
    while not is_last:
        piece = next(pieces, None)
        is_last = piece is None
        text += piece or ""
        place = 0
        while (found := _record(text, place, field, work, is_last)) is not None:
            record, place = found
            if record != [None]:
                number += 1
                yield number, record
        text = text[place:]
        if len(text) > MAX_RECORD_CHARACTERS:
            raise BackendFailed(
                f"The file {name} has a record of more than {MAX_RECORD_CHARACTERS:,} characters."
                " Check quote and escape."
            )
    if text:
        raise BackendFailed(
            f"The file {name} has a quote without its end in record {number + 1:,}. Check quote"
            " and escape."
        )


def _field(work: ReadFiles) -> re.Pattern[str]:
    """One value and what ends it: the delimiter, the end of a line, or nothing yet."""
    sign, escape = re.escape(work.delimiter), re.escape(work.escape)
    end = rf"(?P<end>{sign}|\r\n|\n|\r(?=.)|\r?\Z)"
    plain = rf"(?P<plain>(?:[^{_inside(work.delimiter + work.escape)}\r\n]|{escape}.)*+)"
    if not work.quote:
        return re.compile(plain + end, re.DOTALL)
    quote = re.escape(work.quote)
    inner = rf"(?:[^{_inside(work.quote + work.escape)}]|{escape}.|{quote}{quote})*+"
    return re.compile(rf"(?:{quote}(?P<quoted>{inner}){quote}|(?!{quote}){plain}){end}", re.DOTALL)


def _inside(signs: str) -> str:
    return "".join(re.escape(sign) for sign in signs)


def _record(
    text: str, place: int, field: re.Pattern[str], work: ReadFiles, is_last: bool
) -> tuple[_Record, int] | None:
    """The next record and the place behind it; None when more text is needed."""
    if place >= len(text):
        return None
    values: _Record = []
    while True:
        found = field.match(text, place)
        if found is None or (not is_last and found.end() == len(text)):
            return None
        values.append(_value(found, work))
        place = found.end()
        if found["end"] != work.delimiter:
            return values, place


def _value(found: re.Match[str], work: ReadFiles) -> str | None:
    groups = found.groupdict()
    quoted = groups.get("quoted")
    if quoted is None:
        plain = found["plain"]
        is_null = plain in ("", work.null_string)
        return None if is_null else _without_escapes(plain, work.escape)
    if work.escape != work.quote:
        quoted = _doubled(quoted, work)
    return _without_escapes(quoted, work.escape)


def _doubled(text: str, work: ReadFiles) -> str:
    """Doubled quotes as one, those after an escape left as they are."""
    escape, quote = re.escape(work.escape), re.escape(work.quote)
    return re.sub(
        rf"({escape}.)|{quote}{quote}",
        lambda found: found[1] or work.escape + work.quote,
        text,
        flags=re.DOTALL,
    )


def _without_escapes(text: str, escape: str) -> str:
    if escape not in text:
        return text
    return re.sub(rf"{re.escape(escape)}(.)", r"\1", text, flags=re.DOTALL)
