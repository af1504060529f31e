"""Record batches into one file: delimited text, plain or gzip, and Parquet."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pa_compute
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from common.errors import InvalidInput
from connections.drivers.base import FileWrite

_LOOKED_AT_ROWS = 4_096


class _BatchSink(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class _ParquetSink:
    """Parquet whose columns have a dictionary only where the first rows repeat their values: one
    that repeats nothing costs half of the writing and makes the file larger."""

    def __init__(self, stream: Any, schema: pa.Schema) -> None:
        self._stream = stream
        self._schema = schema
        self._writer: pa_parquet.ParquetWriter | None = None

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self._opened(batch).write_batch(batch)

    def close(self) -> None:
        empty = pa.RecordBatch.from_pylist([], schema=self._schema)
        self._opened(empty).close()

    def _opened(self, first: pa.RecordBatch) -> pa_parquet.ParquetWriter:
        if self._writer is None:
            self._writer = pa_parquet.ParquetWriter(
                self._stream, self._schema, use_dictionary=_repeating(first)
            )
        return self._writer


def _repeating(batch: pa.RecordBatch) -> list[str]:
    """Columns whose first values come more than twice on average."""
    rows = batch.slice(0, _LOOKED_AT_ROWS)
    return [
        field.name
        for field, column in zip(rows.schema, rows.columns, strict=True)
        if not pa.types.is_nested(field.type)
        and pa_compute.count_distinct(column, mode="all").as_py() * 2 < rows.num_rows
    ]


class BatchFile:
    """An open file that takes batches of one schema."""

    def __init__(self, path: Path, sink: _BatchSink, stream: Any) -> None:
        self.path = path
        self._sink = sink
        self._stream = stream
        self._is_open = True

    @property
    def size_bytes(self) -> int:
        """Its size on disk; final once closed."""
        return self.path.stat().st_size

    def write(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch."""
        self._sink.write_batch(batch)

    def close(self) -> None:
        """Finish the file."""
        self._is_open = False
        self._sink.close()
        self._stream.close()

    def abandon(self) -> None:
        """Let go of an unfinished file, whatever state it is in."""
        if self._is_open:
            with suppress(OSError, pa.ArrowException):
                self.close()


def open_batch_file(folder: Path, stem: str, schema: pa.Schema, target: FileWrite) -> BatchFile:
    """A new file `<stem>.<ending>` in `folder`. Raises InvalidInput for types text cannot hold."""
    if target.format == "parquet":
        path = folder / f"{stem}.parquet"
        stream = pa.OSFile(str(path), "wb")
        return BatchFile(path, _ParquetSink(stream, schema), stream)
    for field in schema:
        if pa.types.is_binary(field.type) or pa.types.is_nested(field.type):
            raise InvalidInput(
                f"The field {field.name} is {field.type}, which delimited text cannot hold."
                " Leave it out or write Parquet."
            )
    is_zipped = target.compression == "gzip"
    path = folder / f"{stem}.csv{'.gz' if is_zipped else ''}"
    stream = pa.OSFile(str(path), "wb")
    if is_zipped:
        stream = pa.CompressedOutputStream(stream, "gzip")
    options = pa_csv.WriteOptions(
        include_header=target.write_header,
        delimiter=target.delimiter,
        quoting_style="none" if target.string_qualifier == "none" else "needed",
    )
    return BatchFile(path, pa_csv.CSVWriter(stream, schema, write_options=options), stream)
