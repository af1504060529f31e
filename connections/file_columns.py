"""What one wants to know of a file, and what is found out: its columns and how it is to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from common.errors import InvalidInput

MAX_COLUMNS = 2_000
"""Columns that are listed; a wider file is told by its count."""

MAX_NAME_CHARACTERS = 1_000
DEFAULT_LINES = 1_000
MAX_LINES = 10_000

RecordType = Literal["delimited", "json", "parquet"]
RecordDelimiter = Literal["new_line", "eof"]
Quote = Literal["none", '"', "'", "quoted_multi_line"]


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a file is to be read, in the words of the source component. None is found out.

    `lines` is how many records are looked at.
    """

    record_type: RecordType | Literal["excel"] | None = None
    record_delimiter: RecordDelimiter = "new_line"
    delimiter: str | None = None
    quote: Quote | None = None
    escape: str | None = None
    header_row: bool | None = None
    char_encoding: str | None = None
    lines: int = DEFAULT_LINES


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file, with the type word that its values allow."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The columns that a source can list, at most `MAX_COLUMNS` of the `count` there are.

    `options` are those given with the missing ones found out. `notes` say what a reader of the
    file should know; they name columns and records by their place only.
    """

    columns: Sequence[FileColumn]
    count: int
    options: FileOptions
    records_read: int
    notes: Sequence[str] = ()


def checked_names(names: Sequence[str]) -> Sequence[str]:
    """The names as they are. Raises InvalidInput for one that cannot be meant as a name."""
    for place, name in enumerate(names, 1):
        if len(name) > MAX_NAME_CHARACTERS:
            raise refused(
                f"The file has {len(name):,} characters where the name of column {place} is"
                " expected. Correct delimiter, quote or header_row."
            )
    return names


def places(positions: Sequence[int]) -> str:
    """`column 3`, `columns 3, 7 and 9`, or the first of many."""
    if len(positions) == 1:
        return f"column {positions[0]}"
    told = [str(position) for position in positions[:10]]
    if len(positions) > len(told):
        return f"columns {', '.join(told)} and {len(positions) - len(told):,} more"
    return f"columns {', '.join(told[:-1])} and {told[-1]}"


def refused(words: str) -> InvalidInput:
    """A file or an option that cannot be; the words hold nothing out of the file."""
    return InvalidInput(words, quotes_outside=False)
