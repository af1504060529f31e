"""Record batches into files: delimited text, JSON lines and Parquet, one file or several."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pa_parquet

from common.errors import ProductError
from connections.drivers.base import Compression, FileWrite
from connections.drivers.text_lines import (
    check_schema,
    delimited_lines,
    header_line,
    json_lines,
)

OpenStream = Callable[[str], pa.NativeFile]
"""Makes a new file of that name and opens it for writing."""

_ENDINGS: Final[dict[Compression, str]] = {
    "none": "",
    "gzip": ".gz",
    "bzip2": ".bz2",
    "zstd": ".zst",
}
_CODECS: Final[dict[Compression, str]] = {"gzip": "gzip", "bzip2": "bz2", "zstd": "zstd"}
_PARQUET_CODECS: Final[dict[Compression, str]] = {"none": "snappy", "gzip": "gzip", "zstd": "zstd"}
_GROUP_ROWS = 1_000_000
_GROUP_BYTES = 4 * 1024 * 1024
"""A Parquet file's rows are gathered until one of both is reached; such a group and what it is
packed into are held at a time, in whatever little memory a run has."""

_LOOKED_AT_ROWS = 4_096


class _Sink(Protocol):
    def write(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class OutputFiles:
    """Takes batches of one schema. The next file begins where the last one has grown too large."""

    def __init__(
        self, open_stream: OpenStream, stem: str, schema: pa.Schema, target: FileWrite
    ) -> None:
        """Nothing is made yet. Raises InvalidInput for types that the format cannot hold."""
        if target.format != "parquet":
            check_schema(schema, target)
        self.names: list[str] = []
        self._open_stream = open_stream
        self._stem = stem
        self._schema = schema
        self._target = target
        self._stream: pa.NativeFile | None = None
        self._sink: _Sink | None = None

    def write_all(self, batches: Iterator[pa.RecordBatch]) -> int:
        """Every row of the batches, and how many there were; at least one file is made."""
        count = 0
        self._begin()
        for batch in batches:
            if self._is_full():
                self._finish()
            if self._sink is None:
                self._begin()
            if self._sink is not None:
                self._sink.write(batch)
            count += batch.num_rows
        self._finish()
        return count

    def abandon(self) -> None:
        """Let go of an unfinished file, whatever state it is in."""
        sink, stream = self._sink, self._stream
        self._sink = self._stream = None
        for part in (sink, stream):
            if part is not None:
                with suppress(OSError, ValueError, pa.ArrowException, ProductError):
                    part.close()

    def _begin(self) -> None:
        name = file_name(self._stem, self._target, len(self.names) + 1)
        self._stream = self._open_stream(name)
        self.names.append(name)
        self._sink = _sink(self._stream, self._schema, self._target)

    def _finish(self) -> None:
        if self._sink is None or self._stream is None:
            return
        self._sink.close()
        if not self._stream.closed:
            self._stream.close()
        self._sink = self._stream = None

    def _is_full(self) -> bool:
        most = self._target.max_file_bytes
        return most is not None and self._stream is not None and self._stream.tell() >= most


def file_name(stem: str, target: FileWrite, number: int) -> str:
    """The name of a delivery's file; several are numbered from 1."""
    numbered = stem if target.max_file_bytes is None else f"{stem}-{number:05}"
    if target.format == "parquet":
        return f"{numbered}.parquet"
    ending = "csv" if target.format == "delimited" else "jsonl"
    return f"{numbered}.{ending}{_ENDINGS[target.compression]}"


def _sink(stream: pa.NativeFile, schema: pa.Schema, target: FileWrite) -> _Sink:
    if target.format == "parquet":
        return _ParquetSink(stream, schema, _PARQUET_CODECS[target.compression])
    return _TextSink(stream, schema, target)


class _TextSink:
    def __init__(self, stream: pa.NativeFile, schema: pa.Schema, target: FileWrite) -> None:
        codec = _CODECS.get(target.compression)
        self._out = pa.CompressedOutputStream(stream, codec) if codec else stream
        self._target = target
        if target.format == "delimited" and target.write_header:
            self._out.write(header_line(schema.names, target))

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        lines = json_lines if self._target.format == "json_lines" else delimited_lines
        self._out.write(lines(batch, self._target))

    def close(self) -> None:
        """Ends the packing, and with it the stream."""
        self._out.close()


class _ParquetSink:
    """Parquet whose columns have a dictionary only where the first rows repeat their values: one
    that repeats nothing costs half of the writing and makes the file larger.

    A thread sees to it that what is packed reaches the disk, else all would wait for it at the end.
    What goes wrong there is raised by the next call.
    """

    def __init__(self, stream: pa.NativeFile, schema: pa.Schema, codec: str) -> None:
        self._stream = stream
        self._schema = schema
        self._codec = codec
        self._writer: pa_parquet.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._helper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parquet")
        self._settling: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._pack()

    def close(self) -> None:
        try:
            self._pack()
            self._settled()
        finally:
            self._helper.shutdown()
            empty = pa.RecordBatch.from_pylist([], schema=self._schema)
            self._opened(empty).close()

    def _pack(self) -> None:
        group, self._waiting = self._waiting, []
        rows, self._rows, self._bytes = self._rows, 0, 0
        if not rows:
            return
        self._opened(group[0]).write_table(pa.Table.from_batches(group, self._schema))
        is_free = self._settling is None or self._settling.done()
        if isinstance(self._stream, pa.OSFile) and is_free:
            self._settled()
            self._settling = self._helper.submit(os.fdatasync, self._stream.fileno())

    def _settled(self) -> None:
        settling, self._settling = self._settling, None
        if settling is not None:
            settling.result()

    def _opened(self, first: pa.RecordBatch) -> pa_parquet.ParquetWriter:
        if self._writer is None:
            self._writer = pa_parquet.ParquetWriter(
                self._stream,
                self._schema,
                compression=self._codec,
                use_dictionary=_repeating(first),
            )
        return self._writer


def _repeating(batch: pa.RecordBatch) -> list[str]:
    """Columns whose first values come more than twice on average."""
    rows = batch.slice(0, _LOOKED_AT_ROWS)
    return [
        field.name
        for field, column in zip(rows.schema, rows.columns, strict=True)
        if not pa.types.is_nested(field.type)
        and pc.count_distinct(column, mode="all").as_py() * 2 < rows.num_rows
    ]
