"""SQLite's few kinds of values and the product's types, both ways, without silent loss.

Dates and times are ISO text, booleans 0 and 1. Decimals of up to 15 digits are numbers, which
SQLite keeps exactly enough; longer ones are refused, except in text columns.
"""

import datetime
import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InvalidInput
from connections.drivers.base import ColumnInfo, Rejected
from connections.drivers.rejects import row_json
from connections.drivers.types import TEXT_WORDS, decimal_parts, normalised, word_of_arrow

_EXACT_DIGITS = 15
_MIDNIGHT_AFTER: Final = 86_400_000_000

_NOT_NUMERIC: Final = (
    "INT", "CHAR", "CLOB", "TEXT", "BLOB", "REAL", "FLOA", "DOUB", "JSON",
)  # fmt: skip

_NATIVE: Final = {
    "string": "TEXT",
    "json": "TEXT",
    "json_array": "TEXT",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "DOUBLE",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
    "binary": "BLOB",
}


def native_type(word: str) -> str:
    """The column declaration for a product type. Raises InvalidInput for long decimals."""
    if parts := decimal_parts(word):
        if parts[0] > _EXACT_DIGITS:
            raise InvalidInput(
                f"SQLite cannot keep a decimal of {parts[0]} digits exactly; {_EXACT_DIGITS} is the"
                " most. Cast the field to a smaller decimal, to double or to string."
            )
        return f"DECIMAL({parts[0]},{parts[1]})"
    return _NATIVE[word]


def word_of_declaration(native: str) -> str | None:
    """The product type a declared type stands for; None when it promises nothing."""
    text = native.upper()
    if word := normalised(text.replace("NUMERIC", "DECIMAL")) if "(" in text else None:
        return word
    for sign, word in (
        ("INT", "long"),
        ("BOOL", "boolean"),
        ("TIMESTAMP", "datetime"),
        ("DATETIME", "datetime"),
        ("DATE", "date"),
        ("TIME", "time"),
        ("JSON", "json"),
        ("CHAR", "string"),
        ("CLOB", "string"),
        ("TEXT", "string"),
        ("BLOB", "binary"),
        ("REAL", "double"),
        ("FLOA", "double"),
        ("DOUB", "double"),
    ):
        if sign in text:
            return word
    return None


def changes_text(native: str) -> bool:
    """Whether a column turns texts that look like numbers into numbers ('007' into 7).

    That is SQLite's numeric affinity. Columns declared as JSON have it, too, and are left aside: a
    number stays the same JSON value.
    """
    text = native.upper()
    return bool(text) and not any(sign in text for sign in _NOT_NUMERIC)


def guessed_word(values: Sequence[object]) -> str:
    """A type for a column that has none, from its first values."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return "long"
    if kinds and kinds <= {int, float}:
        return "double"
    return "binary" if kinds == {bytes} else "string"


def record_batch(
    rows: list[tuple[object, ...]], schema: pa.Schema, words: list[str]
) -> pa.RecordBatch:
    """Rows as a batch. Raises InvalidInput naming a column and the value that does not fit."""
    columns = list(zip(*rows, strict=True))
    arrays = [
        _array(field, word, list(column))
        for field, word, column in zip(schema, words, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def record_batches(
    rows: list[tuple[object, ...]], schema: pa.Schema, words: list[str], rejected: Rejected | None
) -> Iterator[pa.RecordBatch]:
    """The same; with `rejected`, without the rows that do not fit."""
    try:
        batch = record_batch(rows, schema, words)
    except InvalidInput as refused:
        if rejected is None:
            raise
        if len(rows) == 1:
            rejected(refused.message, row_json(schema.names, rows[0]))
            return
        middle = len(rows) // 2
        for part in (rows[:middle], rows[middle:]):
            yield from record_batches(part, schema, words, rejected)
        return
    yield batch


def _array(field: pa.Field, word: str, values: list[Any]) -> pa.Array:
    convert = _FROM_SQLITE.get("decimal" if decimal_parts(word) else word)
    if convert is not None:
        values = [
            None if value is None else _converted(convert, value, field.name, word)
            for value in values
        ]
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowException, TypeError, OverflowError):
        raise _misfit(field, word, values) from None


def _converted(convert: Callable[[Any], Any], value: Any, name: str, word: str) -> Any:
    try:
        return convert(value)
    except (ValueError, TypeError, InvalidOperation):
        raise InvalidInput(
            f"The column {name} holds {str(value)[:80]!r}, which is not {word}."
        ) from None


def _misfit(field: pa.Field, word: str, values: list[Any]) -> InvalidInput:
    for value in values:
        try:
            pa.array([value], type=field.type)
        except (pa.ArrowException, TypeError, OverflowError):
            return InvalidInput(
                f"The column {field.name} holds {str(value)[:80]!r}, which is not {word}."
            )
    return InvalidInput(f"The column {field.name} does not hold {word} throughout.")


def _datetime(value: Any) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(value)
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return moment


def _boolean(value: Any) -> bool:
    if value in (0, 1):
        return bool(value)
    raise ValueError


def _whole(value: Any) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        raise TypeError
    return str(value)


_FROM_SQLITE: Final[dict[str, Callable[[Any], Any]]] = {
    "datetime": _datetime,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "boolean": _boolean,
    "int": _whole,
    "long": _whole,
    "decimal": lambda value: Decimal(str(value)),
    "string": _text,
    "json": _text,
    "json_array": _text,
}


def column_values(array: pa.Array, column: ColumnInfo) -> list[Any]:
    """One column of a batch as SQLite takes it. Raises InvalidInput for what it cannot keep."""
    word = word_of_arrow(array.type) or "string"
    try:
        values: list[Any] = array.to_pylist()
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"The field {column.name} holds a date or time outside of the years 1 to 9999, which"
            " cannot be written as SQLite's text. Filter it out before."
        ) from None
    if word == "time" and pc.max(array.view(pa.int64())).as_py() == _MIDNIGHT_AFTER:
        raise InvalidInput(
            f"The field {column.name} holds 24:00:00, which SQLite's text would make 00:00:00."
        )
    if word in ("float", "double"):
        _refuse_not_a_number(values, column.name)
    elif word == "boolean":
        return [None if value is None else int(value) for value in values]
    elif word == "datetime":
        return [None if value is None else value.isoformat(sep=" ") for value in values]
    elif word in ("date", "time"):
        return [None if value is None else value.isoformat() for value in values]
    elif decimal_parts(word):
        if column.type not in TEXT_WORDS:
            native_type(word)
        return [None if value is None else str(value) for value in values]
    return values


def _refuse_not_a_number(values: list[Any], name: str) -> None:
    if any(value is not None and math.isnan(value) for value in values):
        raise InvalidInput(
            f"The field {name} holds NaN (not a number), which SQLite would turn into NULL."
            " Replace it in a select before."
        )
