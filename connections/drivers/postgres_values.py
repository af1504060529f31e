"""Values between Arrow and PostgreSQL: exactly the same on the other side, or refused by name."""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InvalidInput
from connections.drivers.base import ColumnInfo
from connections.drivers.postgres_types import Reading

_FIRST_DAY: Final = -2_440_588
_LAST_DAY: Final = 2_145_042_905
_FIRST_MICROSECOND: Final = _FIRST_DAY * 86_400_000_000
_LAST_MICROSECOND: Final = 9_223_371_331_199_999_999
_MAX_SHOWN = 80
_SIZE: Final = re.compile(r"\((\d+)\)")


def read_batch(
    batch: pa.RecordBatch, readings: Sequence[Reading], schema: pa.Schema
) -> pa.RecordBatch:
    """A batch as the server sent it, in the types of `schema`. Raises InvalidInput."""
    columns = [
        _read(array, reading) for array, reading in zip(batch.columns, readings, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _read(array: pa.Array, reading: Reading) -> pa.Array:
    plain = array.storage if isinstance(array, pa.ExtensionArray) else array
    _check_range(plain, reading.name, "Read the field as string.")
    if reading.type is None or plain.type == reading.type:
        return plain
    try:
        return pc.cast(plain, reading.type)
    except pa.ArrowInvalid:
        example = _first_misfit(plain, reading.type)
        raise InvalidInput(
            f"The column {reading.name} holds {example}, which {_told(reading.type)} cannot hold"
            " exactly. Declare the field as a decimal that can, or as string."
        ) from None


def write_batch(
    batch: pa.RecordBatch, columns: Sequence[ColumnInfo], types: Sequence[pa.DataType]
) -> pa.RecordBatch:
    """A batch in the types that its columns take by COPY. Raises InvalidInput."""
    arrays = [
        _fitted(array, column, wanted)
        for array, column, wanted in zip(batch.columns, columns, types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])


def _fitted(array: pa.Array, column: ColumnInfo, wanted: pa.DataType) -> pa.Array:
    try:
        fitted = array if array.type == wanted else pc.cast(array, wanted)
    except pa.ArrowInvalid:
        example = _first_misfit(array, wanted)
        raise InvalidInput(
            f"The column {column.name} is {column.native_type} and cannot hold {example} exactly."
            " Nothing was changed. Filter or round the value, or widen the column."
        ) from None
    _check_range(fitted, column.name, "Nothing was changed. Filter the value out before.")
    _check_size(fitted, column)
    return fitted


def _check_size(array: pa.Array, column: ColumnInfo) -> None:
    """What the server would silently round or cut: fine parts of a time, blanks at the end."""
    size = _SIZE.search(column.native_type)
    if size is None:
        return
    wrong = None
    if pa.types.is_timestamp(array.type) or pa.types.is_time64(array.type):
        unit = 10 ** (6 - int(size[1]))
        counted = array.view(pa.int64())
        wrong = pc.not_equal(pc.multiply(pc.divide(counted, unit), unit), counted)
    elif pa.types.is_string(array.type) and column.native_type.startswith("character varying"):
        is_long = pc.greater(pc.utf8_length(array), int(size[1]))
        is_cut = pc.less_equal(pc.utf8_length(pc.utf8_rtrim(array, " ")), int(size[1]))
        wrong = pc.and_(is_long, is_cut)
    if wrong is not None and pc.any(wrong).as_py():
        example = array.filter(wrong)[0].as_py()
        raise InvalidInput(
            f"The column {column.name} is {column.native_type} and would cut {str(example)[:80]!r}."
            " Nothing was changed. Round or trim the value in a select before."
        )


def _check_range(array: pa.Array, name: str, way_out: str) -> None:
    """Dates and times outside PostgreSQL's range are its infinities, or would wrap around."""
    if pa.types.is_date32(array.type):
        first, last, number = _FIRST_DAY, _LAST_DAY, pa.int32()
    elif pa.types.is_timestamp(array.type):
        first, last, number = _FIRST_MICROSECOND, _LAST_MICROSECOND, pa.int64()
    else:
        return
    bounds = pc.min_max(array.view(number)).as_py()
    if bounds["min"] is not None and (bounds["min"] < first or bounds["max"] > last):
        raise InvalidInput(
            f"The column {name} holds 'infinity' or a time beyond the range of dates, which cannot"
            f" be carried exactly. {way_out}"
        )


def _first_misfit(array: pa.Array, wanted: pa.DataType) -> str:
    """The value that caused a failed cast, looked for only after the failure."""
    for index in range(len(array)):
        try:
            pc.cast(array.slice(index, 1), wanted)
        except pa.ArrowInvalid:
            return str(array[index].as_py())[:_MAX_SHOWN]
    return "a value"


def _told(data_type: pa.DataType) -> str:
    return str(data_type).replace("decimal128", "decimal").replace(" ", "")
