"""Sheets of Excel workbooks: their cells as texts, and the columns of one of them."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine

from connections.delimited import columns_of_records
from connections.file_columns import FileColumns, FileOptions, refused

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MAX_BYTES = 32 * 1024 * 1024
"""Largest workbook whose columns are looked for; it must be read whole."""

_MAX_UNPACKED_BYTES = 256 * 1024 * 1024


def open_book(source: Path | bytes) -> Any:
    """A workbook; its cells are values of Python. Raises CalamineError."""
    if isinstance(source, bytes):
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(source))
    return python_calamine.CalamineWorkbook.from_path(str(source))


def cell_text(cell: object) -> str | None:
    """A cell as text; a number without a fraction has none, an empty cell is NULL."""
    if cell in ("", None):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def excel_columns(data: bytes, options: FileOptions) -> FileColumns:
    """The columns of the first sheet. Raises InvalidInput for what is no workbook."""
    _check_size(data)
    try:
        with open_book(data) as book:
            sheet = book.get_sheet_by_index(0)
            rows = list(islice(sheet.to_python(skip_empty_area=False), options.lines + 1))
    except (python_calamine.CalamineError, OSError, IndexError):
        raise refused("The file is no Excel workbook, or protected by a password.") from None
    records = [[cell_text(cell) or "" for cell in row] for row in rows if _is_filled(row)]
    if not records:
        raise refused("The first sheet is empty.")
    found = columns_of_records(records, options)
    return replace(found, options=replace(found.options, record_type="excel"))


def _is_filled(row: Sequence[object]) -> bool:
    return any(cell not in ("", None) for cell in row)


def _check_size(data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise refused("The file is no Excel workbook, or damaged.") from None
    if size > _MAX_UNPACKED_BYTES:
        raise refused(f"The workbook unpacks to {size:,} bytes, which is too large to look into.")
