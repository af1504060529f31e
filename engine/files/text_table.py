"""Rows of texts into a file that every backend reads."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from engine.backends.base import BackendFailed
from engine.files.ready import Workshop
from engine.files.records import Row

_BATCH_ROWS = 20_000


def write_texts(
    names: Sequence[str], rows: Iterator[Row], name: str, path: Path, workshop: Workshop
) -> Path:
    """A Parquet file with a text column for each name. `name` is the file the rows are from."""
    schema = pa.schema([(column, pa.large_string()) for column in names])
    with pa_parquet.ParquetWriter(path, schema, use_dictionary=False, compression="lz4") as out:
        while batch := list(islice(rows, _BATCH_ROWS)):
            workshop.go_on()
            table = _table(schema, batch, name)
            workshop.unpacked(name, table.nbytes)
            out.write_table(table)
    return path


def _table(schema: pa.Schema, rows: Sequence[Row], name: str) -> pa.Table:
    columns = zip(*rows, strict=True)
    try:
        return pa.table([pa.array(column, pa.large_string()) for column in columns], schema=schema)
    except UnicodeEncodeError:
        raise BackendFailed(
            f"The file {name} holds half of a character (a lone surrogate such as \\ud800), which"
            " no text can hold. Correct the file."
        ) from None


def write_bytes(column: str, data: bytes, path: Path) -> Path:
    """A Parquet file with one row of one value."""
    pa_parquet.write_table(pa.table({column: pa.array([data], pa.large_binary())}), path)
    return path
