"""PostgreSQL's types in the product's words, and how each is carried without loss.

What Arrow carries exactly travels natively. A numeric becomes a decimal of its own precision and
scale; one without a declared size, or beyond 38 digits, becomes what the field declares, else
decimal(38,9), and a value that does not fit stops the run: it is never rounded and never a float.
NaN and the infinities of numeric, date and timestamp have no place in these types and are refused,
too; declare the field as string to read them. Every other type travels as its text, arrays as a
JSON text.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from connections.drivers.types import FLOAT_WORDS, INTEGER_WORDS, TEXT_WORDS, decimal_parts

UNSIZED: Final = "decimal(38,9)"
"""The word of a numeric whose size is unknown or above 38 digits."""

_WORDS: Final = {
    "smallint": "int",
    "integer": "int",
    "bigint": "long",
    "oid": "long",
    "real": "float",
    "double precision": "double",
    "boolean": "boolean",
    "date": "date",
    "bytea": "binary",
    "json": "json",
    "jsonb": "json",
}
_NATIVE: Final = {
    "string": "text",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp without time zone",
    "time": "time without time zone",
    "binary": "bytea",
    "json": "json",
    "json_array": "json",
}
_CARRIED: Final = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "time without time zone": pa.time64("us"),
    "bytea": pa.binary(),
    "text": pa.string(),
    "json": pa.string(),
}
_PLAIN_TEXTS: Final = ("character varying", "character")
_DIRECT: Final = frozenset(
    {"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar", "bpchar", "date"}
    | {"timestamp", "timestamptz", "time", "bytea"}
)
_NUMERIC = re.compile(r"numeric(?:\((\d+),(-?\d+)\))?")
_SIZE = re.compile(r"\(\d+\)")


def word_of_native(native: str) -> str:
    """The product's word of a type as `format_type` spells it."""
    if native.endswith("[]"):
        return "json_array"
    if numeric := _NUMERIC.fullmatch(native):
        return _sized(int(numeric[1]), int(numeric[2])) if numeric[1] else UNSIZED
    plain = _SIZE.sub("", native)
    if plain.startswith("timestamp "):
        return "datetime"
    if plain == "time without time zone":
        return "time"
    return _WORDS.get(plain, "string")


def native_of_word(word: str) -> str:
    """The column type for a product word."""
    if parts := decimal_parts(word):
        return f"numeric({parts[0]},{parts[1]})"
    return _NATIVE[word]


def is_unsized_numeric(native: str) -> bool:
    """Whether a column takes decimals of every size."""
    return native == "numeric"


def carried_type(native: str, given: pa.DataType) -> pa.DataType | None:
    """The Arrow type in which values go into a column by COPY.

    None when the server must convert them itself, from what `landing_type` names.
    """
    plain = _SIZE.sub("", native)
    if numeric := _NUMERIC.fullmatch(native):
        return _carried_decimal(numeric, given)
    wanted = pa.string() if plain in _PLAIN_TEXTS else _CARRIED.get(plain)
    if wanted == pa.string() and not _is_text(given):
        return None
    return wanted


def _carried_decimal(numeric: re.Match[str], given: pa.DataType) -> pa.DataType:
    if numeric[1]:
        parts = decimal_parts(_sized(int(numeric[1]), int(numeric[2])))
        if parts is not None and int(numeric[1]) <= 38:
            return pa.decimal128(*parts)
    return given if pa.types.is_decimal(given) else pa.decimal128(38, 0)


def landing_type(word: str) -> str:
    """The type of a temporary column whose values the server then converts."""
    return "text" if word in TEXT_WORDS else native_of_word(word)


def converted(column: str, native: str) -> str:
    """SQL that makes a value of `native` of a landed one."""
    if native.endswith("[]"):
        items = f"ARRAY(SELECT jsonb_array_elements_text({column}::jsonb))"
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE {items}::{native} END"
    return f"{column}::text::{native}"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one column is asked for, and the type its values get here; None: as they come."""

    name: str
    expression: str
    type: pa.DataType | None


def reading_of(field: pa.Field, column: str, declared: str | None) -> Reading:
    """Decide by the type that the server announced; `column` is the quoted name."""
    metadata = field.metadata or {}
    native = metadata.get(b"POSTGRESQL:type", b"").decode()
    if native == "numeric":
        return _numeric(field.name, column, int(metadata[b"POSTGRESQL:typmod"]), declared)
    if native in _DIRECT:
        wanted = pa.timestamp("us") if native == "timestamptz" else None
        return Reading(field.name, column, wanted)
    if native == "oid":
        return Reading(field.name, f"{column}::int8", None)
    if native.startswith("_"):
        return Reading(field.name, f"to_json({column})::text", None)
    return Reading(field.name, f"{column}::text", None)


def shortened(reading: Reading, field: pa.Field, limit: int) -> Reading:
    """The same column, texts cut to `limit` characters and binary values to as many bytes."""
    native = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    is_text = reading.type is None and reading.expression.endswith("::text")
    if is_text or native in ("text", "varchar", "bpchar"):
        return replace(reading, expression=f"left({reading.expression}, {limit})")
    if native == "bytea":
        return replace(reading, expression=f"substring({reading.expression}, 1, {limit})")
    return reading


def _numeric(name: str, column: str, modifier: int, declared: str | None) -> Reading:
    """Digits travel as text, which is exact and, measured, twice as fast as their binary form."""
    if declared in TEXT_WORDS:
        return Reading(name, f"{column}::text", None)
    if declared in FLOAT_WORDS:
        return Reading(name, f"{column}::float8", None)
    word = UNSIZED
    if modifier >= 0:
        precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
        word = _sized(precision, scale - 2_048 if scale > 1_023 else scale)
    if word == UNSIZED and declared is not None:
        word = "decimal(38,0)" if declared in INTEGER_WORDS else declared
    parts = decimal_parts(word) or (38, 9)
    return Reading(name, f"{column}::text", pa.decimal128(*parts))


def _sized(precision: int, scale: int) -> str:
    """The word of a sized numeric; its scale may be negative or above its precision."""
    digits = max(precision, scale) if scale >= 0 else precision - scale
    return f"decimal({digits},{max(scale, 0)})" if digits <= 38 else UNSIZED


def _is_text(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(data_type)
        or pa.types.is_large_string(data_type)
        or pa.types.is_string_view(data_type)
    )
