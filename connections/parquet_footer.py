"""The columns of a Parquet file, from its footer alone."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from connections.drivers.types import word_of_parquet
from connections.file_columns import (
    MAX_COLUMNS,
    FileColumn,
    FileColumns,
    FileOptions,
    checked_names,
    places,
    refused,
)

MAGIC = b"PAR1"
MAX_FOOTER_BYTES = 4 * 1024 * 1024

ReadPart = Callable[[int, int], bytes]
"""Bytes of the file by start and length."""


def is_parquet(size_bytes: int, read: ReadPart) -> bool:
    """Whether the file begins and ends as Parquet files do."""
    return size_bytes >= 12 and read(0, 4) == MAGIC == read(size_bytes - 4, 4)


def parquet_columns(size_bytes: int, read: ReadPart, options: FileOptions) -> FileColumns:
    """The columns with the types they have. Raises InvalidInput for what is no Parquet file."""
    if not is_parquet(size_bytes, read):
        raise refused("record_type: the file is not Parquet")
    length = int.from_bytes(read(size_bytes - 8, 4), "little")
    if length > min(MAX_FOOTER_BYTES, size_bytes - 12):
        raise refused(
            f"The file has a footer of {length:,} bytes, which is damaged or more than the"
            f" {MAX_FOOTER_BYTES:,} that are read."
        )
    try:
        schema = pa_parquet.read_schema(pa.BufferReader(read(size_bytes - 8 - length, length + 8)))
    except (OSError, pa.ArrowException):
        raise refused("The file has a damaged footer.") from None
    checked_names(schema.names)
    words = [(field.name, word_of_parquet(field.type)) for field in schema]
    columns = [FileColumn(name, word) for name, word in words if name and word is not None]
    others = [place for place, (name, word) in enumerate(words, 1) if not name or word is None]
    notes = [f"Left out: {places(others)}, of a type that sources do not read."] if others else []
    return FileColumns(
        columns=columns[:MAX_COLUMNS],
        count=len(columns),
        options=replace(options, record_type="parquet"),
        records_read=0,
        notes=notes,
    )
