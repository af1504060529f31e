"""The columns of delimited text: which signs divide it, what they are called, what they hold.

Options that are not given are found out by reading the sample in every likely way and keeping the
one in which most records are as wide as the first. Text is read as the engine's sources read it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any, Final

from common.errors import InvalidInput
from connections.file_columns import (
    MAX_COLUMNS,
    FileColumn,
    FileColumns,
    FileOptions,
    Quote,
    checked_names,
    places,
    refused,
)
from connections.value_types import word_of_texts

DELIMITERS: Final = ("\t", ",", ";", "|")
"""What is tried, the default of the source component first."""

_QUOTE_SIGNS: Final[dict[Quote, str]] = {
    "none": "",
    '"': '"',
    "'": "'",
    "quoted_multi_line": '"',
}
_ENDS_EARLY = "unexpected end of data"
_LEAST_SHARE = 0.5
"""Of the records, how many must be as wide as the first for a delimiter to be believed."""

Record = list[str]


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a file's beginning; unless it is whole, its last record is not trusted."""

    content: str
    is_whole: bool
    most_records: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to divide a text."""

    delimiter: str
    quote: Quote
    escape: str | None

    def format(self) -> dict[str, Any]:
        sign = _QUOTE_SIGNS[self.quote]
        quoting = {"quotechar": sign} if sign else {"quoting": csv.QUOTE_NONE}
        return {"delimiter": self.delimiter, "escapechar": self.escape, "strict": True, **quoting}


def delimited_columns(content: str, options: FileOptions, *, is_whole: bool) -> FileColumns:
    """The columns of a delimited text, or of one that begins so.

    Raises InvalidInput for options that cannot be, and for a text that they do not fit.
    """
    _check(options)
    reading, records = _read(_Text(content, is_whole, options.lines + 1), options)
    given = replace(
        options, record_type="delimited", delimiter=reading.delimiter, quote=reading.quote
    )
    return columns_of_records(records, given)


def columns_of_records(records: Sequence[Record], options: FileOptions) -> FileColumns:
    """The columns of records of texts; the first may be a header, blank ones are empty."""
    has_header = _has_header(records) if options.header_row is None else options.header_row
    if has_header and not records[0]:
        raise refused("The file begins with a blank line, where its header should be.")
    filled = [record for record in records if record]
    if not filled:
        raise refused("The file holds blank lines only.")
    header = checked_names(filled[0]) if has_header else _made_up_names(len(filled[0]))
    body = filled[1:] if has_header else filled[: options.lines]
    usable, notes = _usable(header)
    columns = [
        FileColumn(name, word_of_texts(record[place] for record in body if place < len(record)))
        for place, name in islice(usable, MAX_COLUMNS)
    ]
    return FileColumns(
        columns=columns,
        count=len(usable),
        options=replace(options, header_row=has_header),
        records_read=len(body),
        notes=[*notes, *_ragged(len(header), body)],
    )


def _check(options: FileOptions) -> None:
    if options.record_delimiter != "new_line":
        raise refused("record_delimiter: delimited text has a record on each line (new_line)")
    signs = {"delimiter": options.delimiter, "escape": options.escape}
    for name, sign in signs.items():
        if sign is not None and (len(sign) != 1 or sign in "\r\n"):
            raise refused(f"{name}: must be one character, not a line break")
    if options.delimiter and options.delimiter in (
        _QUOTE_SIGNS[options.quote or '"'],
        options.escape,
    ):
        raise refused("delimiter: must be another character than quote and escape")


def _read(text: _Text, options: FileOptions) -> tuple[_Reading, list[Record]]:
    """The best way to read the text, among those the options leave, and what it gives."""
    quotes: Sequence[Quote] = (options.quote,) if options.quote else ('"', "none")
    delimiters = (options.delimiter,) if options.delimiter else DELIMITERS
    best: tuple[tuple[float, int], _Reading, list[Record]] | None = None
    refusal: InvalidInput | None = None
    for quote, delimiter in product(quotes, delimiters):
        reading = _Reading(delimiter, quote, options.escape)
        try:
            records = _records(text, reading)
        except InvalidInput as error:
            refusal = refusal or error
            continue
        regularity = _regularity(records)
        if best is None or regularity > best[0]:
            best = regularity, reading, records
    if best is None:
        raise refusal or refused("The file cannot be read.")
    return best[1], best[2]


def _regularity(records: Sequence[Record]) -> tuple[float, int]:
    """How far all records are as wide as the first, and that width; zero for one column."""
    widths = [len(record) for record in records if record]
    if not widths or widths[0] < 2:
        return 0.0, 0
    share = widths.count(widths[0]) / len(widths)
    return (share, widths[0]) if share >= _LEAST_SHARE else (0.0, 0)


def _records(text: _Text, reading: _Reading) -> list[Record]:
    """The records, blank lines as empty ones. Raises InvalidInput where the reading fails."""
    reader = csv.reader(io.StringIO(text.content, newline=""), **reading.format())
    records: list[Record] = []
    is_cut = not text.is_whole
    try:
        for record in reader:
            records.append(record)
            if len(records) > text.most_records:
                is_cut = True
                break
    except csv.Error as error:
        if text.is_whole or str(error) != _ENDS_EARLY:
            raise refused(_unreadable(reader.line_num, reading, error)) from None
        is_cut = False
    if is_cut:
        records.pop()
    if not records:
        raise refused(
            "The file has no end of a record within its first"
            f" {len(text.content):,} characters. Correct quote, record_type or char_encoding."
        )
    return records


def _unreadable(line: int, reading: _Reading, error: csv.Error) -> str:
    quote = "without quotes" if reading.quote == "none" else f"with the quote {reading.quote}"
    return (
        f"The file cannot be read {quote} at line {line:,}: {str(error)[:200]}."
        " Correct quote or escape."
    )


def _has_header(records: Sequence[Record]) -> bool:
    """Whether the first record looks like names: it holds no number, date or the like and either
    stands above some, or has nothing twice. So words above words are taken for names."""
    first, body = records[0][:MAX_COLUMNS], records[1:]
    names = [name.casefold() for name in first if name]
    if not names or any(word_of_texts([name]) != "string" for name in names):
        return False
    is_above_others = any(
        name and word_of_texts(record[place] for record in body if place < len(record)) != "string"
        for place, name in enumerate(first)
    )
    return is_above_others or len(set(names)) == len(names)


def _made_up_names(count: int) -> list[str]:
    return [f"column_{place}" for place in range(1, count + 1)]


def _usable(header: Sequence[str]) -> tuple[list[tuple[int, str]], list[str]]:
    """The columns that can be told by a name, with their index, and notes on the others."""
    seen: set[str] = set()
    usable: list[tuple[int, str]] = []
    blank: list[int] = []
    repeated: list[int] = []
    for index, name in enumerate(header):
        if not name:
            blank.append(index + 1)
        elif name.casefold() in seen:
            repeated.append(index + 1)
        else:
            seen.add(name.casefold())
            usable.append((index, name))
    notes = []
    if blank:
        notes.append(f"Left out: {places(blank)}, without a name.")
    if repeated:
        notes.append(f"Left out: {places(repeated)}, whose name an earlier column has.")
    return usable, notes


def _ragged(width: int, body: Sequence[Record]) -> Iterator[str]:
    for place, record in enumerate(body, 1):
        if len(record) != width:
            yield (
                f"Row {place:,} has {len(record):,} values where there are {width:,} columns; a"
                " run stops at such a row."
            )
            return
