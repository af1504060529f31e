"""Rows that cannot be read or written as they are: found one by one, with the reason, as JSON."""

import datetime
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers.base import ColumnInfo, Rejected

_VARCHAR: Final = re.compile(r"(?:character varying|varchar)\((\d+)\)", re.IGNORECASE)
_LAST_NUMBERS: Final = {2**31 - 1: "infinity", 2**63 - 1: "infinity", -(2**31): "-infinity",
                        -(2**63): "-infinity", -(2**31) + 1: "-infinity",
                        -(2**63) + 1: "-infinity"}  # fmt: skip


class RowsRefused(UpstreamFailed):
    """The database refuses the values of a row; the others of its batch may be fine."""


def row_json(names: Sequence[str], values: Sequence[object]) -> str:
    """One row as JSON; what JSON cannot say exactly is a text."""
    return json.dumps(
        {name: _plain(value) for name, value in zip(names, values, strict=True)},
        ensure_ascii=False,
    )


def _plain(value: Any) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def batch_row_json(batch: pa.RecordBatch, index: int = 0) -> str:
    """One row of a batch as JSON."""
    values = [_value(array, index) for array in batch.columns]
    return row_json(batch.schema.names, values)


def _value(array: pa.Array, index: int) -> object:
    plain = array.storage if isinstance(array, pa.ExtensionArray) else array
    try:
        return plain[index].as_py()
    except (ValueError, OverflowError):
        kind = pa.int32() if plain.type.bit_width == 32 else pa.int64()
        number = plain.slice(index, 1).view(kind)[0].as_py()
        return _LAST_NUMBERS.get(number, "a date or time out of range")


def good_parts(
    batch: pa.RecordBatch,
    convert: Callable[[pa.RecordBatch], pa.RecordBatch],
    rejected: Rejected | None,
) -> Iterator[pa.RecordBatch]:
    """The batch converted; with `rejected`, without the rows that cannot be."""
    try:
        converted = convert(batch)
    except InvalidInput as refused:
        if rejected is None:
            raise
        if batch.num_rows == 1:
            rejected(refused.message, batch_row_json(batch))
            return
        middle = batch.num_rows // 2
        for part in (batch.slice(0, middle), batch.slice(middle)):
            yield from good_parts(part, convert, rejected)
        return
    yield converted


def without_misfits(
    batch: pa.RecordBatch, columns: Sequence[ColumnInfo], rejected: Rejected
) -> pa.RecordBatch:
    """The rows whose NULLs and text lengths their columns can take; a quick look at the whole."""
    wrong = pa.array([False] * batch.num_rows)
    reasons: dict[int, list[str]] = {}
    for array, column in zip(batch.columns, columns, strict=True):
        for mask, words in _misfits(array, column):
            for index in pc.indices_nonzero(mask).to_pylist():
                reasons.setdefault(index, []).append(f"{column.name}: {words}")
            wrong = pc.or_(wrong, mask)
    for index in sorted(reasons):
        rejected("; ".join(reasons[index]), batch_row_json(batch, index))
    return batch.filter(pc.invert(wrong)) if reasons else batch


def is_longer_text(native: str, than: str) -> bool:
    """Whether a text type of a set length takes longer texts than another one."""
    new, old = _VARCHAR.fullmatch(native), _VARCHAR.fullmatch(than)
    return new is not None and old is not None and int(new[1]) > int(old[1])


def _misfits(array: pa.Array, column: ColumnInfo) -> Iterator[tuple[pa.Array, str]]:
    if not column.nullable and array.null_count:
        yield pc.is_null(array), "is NULL, which the column does not take"
    size = _VARCHAR.fullmatch(column.native_type)
    if size and (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        too_long = pc.greater(pc.utf8_length(array), int(size[1]))
        if pc.any(too_long).as_py():
            yield pc.fill_null(too_long, False), f"is longer than {size[1]} characters"
