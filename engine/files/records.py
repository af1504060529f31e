"""Files whose records are not lines of values: raw text and Excel."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import python_calamine

from connections.excel_sheet import cell_text, open_book
from engine.backends.base import BackendFailed
from engine.files.decoding import lines, whole
from engine.stages import ReadFiles, SourceColumn

Row = list[str | None]
"""The values of the source's columns as texts; None is NULL."""


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
