"""Rows that stand in a flow on their way in, and rows for a log on their way out."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Final

import pyarrow as pa

from connections.drivers.types import arrow_type
from engine.reporting import RunStopped
from engine.stages import ReadRows

MAX_LINE_CHARACTERS: Final = 2_000
"""Longest line that one row makes in a log."""


def as_batch(work: ReadRows) -> pa.RecordBatch:
    """The rows as one batch, its columns under their source names."""
    columns = list(zip(*work.rows, strict=True)) or [()] * len(work.columns)
    kinds = [arrow_type(column.type or "string") for column in work.columns]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in work.columns])


def show(
    reader: pa.RecordBatchReader,
    row_count: int,
    log: Callable[[str], None],
    stopped: Callable[[], bool],
) -> tuple[int, int]:
    """Log the first rows and read on to the end; rows that came and rows that were shown.

    Raises RunStopped.
    """
    rows = shown = 0
    for batch in reader:
        if stopped():
            raise RunStopped
        for line in as_lines(batch.slice(0, row_count - shown)):
            log(line)
            shown += 1
        rows += batch.num_rows
    log(f"{rows:,} rows arrived; {shown:,} of them are shown.")
    return rows, shown


def as_lines(batch: pa.RecordBatch) -> Iterator[str]:
    """One line of JSON per row; what JSON does not know becomes text, a long line is cut."""
    for row in batch.to_pylist():
        line = json.dumps(row, ensure_ascii=False, default=_as_text)
        yield line if len(line) <= MAX_LINE_CHARACTERS else f"{line[: MAX_LINE_CHARACTERS - 1]}…"


def _as_text(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
