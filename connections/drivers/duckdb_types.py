"""DuckDB's types in the product's words, and how each is carried without loss.

What the product has a word for travels as it is; nested values as JSON text, everything else as the
text that DuckDB writes. Whole numbers beyond 38 digits and times finer than a microsecond are
refused.
"""

import re
from typing import Final

from connections.drivers.types import normalised

_WORDS: Final = {
    "TINYINT": "int",
    "SMALLINT": "int",
    "UTINYINT": "int",
    "USMALLINT": "int",
    "INTEGER": "int",
    "UINTEGER": "long",
    "BIGINT": "long",
    "UBIGINT": "decimal(20,0)",
    "HUGEINT": "decimal(38,0)",
    "UHUGEINT": "decimal(38,0)",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIME_NS": "time",
    "BLOB": "binary",
    "JSON": "json",
}
_NESTED: Final = re.compile(r"(?:STRUCT|MAP|UNION)\(")
_PLAIN: Final = frozenset(_WORDS) - {"HUGEINT", "UHUGEINT", "TIME_NS"} | {
    "VARCHAR",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP_S",
    "TIMESTAMP_MS",
}

COARSE: Final = frozenset({"TIMESTAMP_S", "TIMESTAMP_MS"})
"""Columns that would cut off the microseconds of a time."""


def word_of_native(native: str) -> str:
    """The product's word of a type as DuckDB spells it."""
    if native.endswith("]"):
        return "json_array"
    if _NESTED.match(native):
        return "json"
    if native.startswith("TIMESTAMP"):
        return "datetime"
    return _WORDS.get(native) or normalised(native) or "string"


def carried(column: str, native: str) -> str:
    """The SQL that reads a quoted column so that Arrow takes every value as it is, or fails."""
    if native in _PLAIN or native == "" or native.startswith("DECIMAL"):
        return column
    if native in ("HUGEINT", "UHUGEINT"):
        return f"CAST({column} AS DECIMAL(38,0))"
    if native == "TIMESTAMP_NS":
        return _without_loss(column, f"epoch_ns({column})", "TIMESTAMP")
    if native == "TIME_NS":
        return _without_loss(column, f"date_part('epoch', {column}) * 1e9", "TIME")
    if native.endswith("]") or _NESTED.match(native):
        return f"CAST(to_json({column}) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"


def _without_loss(column: str, nanoseconds: str, wanted: str) -> str:
    words = f"{wanted.lower()} with parts of a microsecond cannot be carried exactly"
    stop = f"CAST(error('{words}') AS {wanted})"
    return f"CASE WHEN {nanoseconds} % 1000 <> 0 THEN {stop} ELSE CAST({column} AS {wanted}) END"
