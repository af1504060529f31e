"""The product's type words, and what each is in Arrow and in DuckDB.

Words: string, int (32 bit), long (64 bit), float, double, boolean, date, datetime (no zone, UTC),
time, binary, json, json_array (both text), decimal(precision,scale). Plain `decimal` means
decimal(38,9); `chararray` is an older word for string.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from common.errors import InvalidInput

_SIMPLE: Final[dict[str, tuple[str, pa.DataType]]] = {
    "string": ("VARCHAR", pa.string()),
    "int": ("INTEGER", pa.int32()),
    "long": ("BIGINT", pa.int64()),
    "float": ("FLOAT", pa.float32()),
    "double": ("DOUBLE", pa.float64()),
    "boolean": ("BOOLEAN", pa.bool_()),
    "date": ("DATE", pa.date32()),
    "datetime": ("TIMESTAMP", pa.timestamp("us")),
    "time": ("TIME", pa.time64("us")),
    "binary": ("BLOB", pa.binary()),
    "json": ("VARCHAR", pa.string()),
    "json_array": ("VARCHAR", pa.string()),
}
_ALIASES: Final = {"chararray": "string", "decimal": "decimal(38,9)", "integer": "int"}
_DECIMAL = re.compile(r"decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)")

TYPE_WORDS: Final = (*_SIMPLE, "decimal")
"""The words to show to people; decimal may also carry its precision and scale."""

INTEGER_WORDS: Final = frozenset({"int", "long"})
FLOAT_WORDS: Final = frozenset({"float", "double"})
TEXT_WORDS: Final = frozenset({"string", "json", "json_array"})


def normalised(word: str) -> str | None:
    """The canonical form of a type word, None when there is no such type."""
    word = word.strip().lower()
    word = _ALIASES.get(word, word)
    if word in _SIMPLE:
        return word
    parts = decimal_parts(word)
    return None if parts is None else f"decimal({parts[0]},{parts[1]})"


def decimal_parts(word: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal word, None for other words and impossible sizes."""
    found = _DECIMAL.fullmatch(word)
    if found is None:
        return None
    precision, scale = int(found[1]), int(found[2])
    return (precision, scale) if 1 <= precision <= 38 and scale <= precision else None


def arrow_type(word: str) -> pa.DataType:
    """The Arrow type of a canonical word."""
    if parts := decimal_parts(word):
        return pa.decimal128(*parts)
    return _SIMPLE[word][1]


def duckdb_type(word: str) -> str:
    """The DuckDB type of a canonical word."""
    if parts := decimal_parts(word):
        return f"DECIMAL({parts[0]},{parts[1]})"
    return _SIMPLE[word][0]


def word_of_arrow(data_type: pa.DataType) -> str | None:
    """The word of an Arrow type, None for types the product does not carry (lists, maps ...)."""
    checks = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_time, "time"),
        (pa.types.is_float64, "double"),
        (pa.types.is_floating, "float"),
        (pa.types.is_uint64, "decimal(20,0)"),
        (_is_long, "long"),
        (pa.types.is_integer, "int"),
        (_is_text, "string"),
        (_is_binary, "binary"),
    )
    for matches, word in checks:
        if matches(data_type):
            return word
    if pa.types.is_decimal(data_type) and data_type.precision <= 38:
        return f"decimal({data_type.precision},{data_type.scale})"
    return None


def word_of_parquet(data_type: pa.DataType) -> str | None:
    """The word of a type in a Parquet file; lists, maps and structs are read as JSON."""
    if pa.types.is_dictionary(data_type):
        return word_of_parquet(data_type.value_type)
    if not pa.types.is_nested(data_type):
        return word_of_arrow(data_type)
    if not all(map(_has_json, _leaves(data_type))):
        return None
    is_object = pa.types.is_struct(data_type) or pa.types.is_map(data_type)
    return "json" if is_object else "json_array"


def _leaves(data_type: pa.DataType) -> Iterator[pa.DataType]:
    """The types that are not made of others."""
    if not pa.types.is_nested(data_type):
        yield data_type
        return
    for place in range(data_type.num_fields):
        yield from _leaves(data_type.field(place).type)


def _has_json(data_type: pa.DataType) -> bool:
    """Bytes have no form in JSON."""
    return word_of_arrow(data_type) not in (None, "binary")


def _is_long(data_type: pa.DataType) -> bool:
    return bool(pa.types.is_int64(data_type) or pa.types.is_uint32(data_type))


def _is_text(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(data_type)
        or pa.types.is_large_string(data_type)
        or pa.types.is_string_view(data_type)
    )


def _is_binary(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(data_type)
        or pa.types.is_large_binary(data_type)
        or pa.types.is_binary_view(data_type)
        or pa.types.is_fixed_size_binary(data_type)
    )


_WIDER: Final[dict[str, frozenset[str]]] = {
    "int": frozenset({"int", "long", "double"}),
    "long": frozenset({"int", "long"}),
    "float": frozenset({"float", "double"}),
    "double": frozenset({"double"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date", "datetime"}),
    "datetime": frozenset({"datetime"}),
    "time": frozenset({"time"}),
    "binary": frozenset({"binary"}),
    "string": TEXT_WORDS,
    "json": TEXT_WORDS,
    "json_array": TEXT_WORDS,
}


def can_store(value: str, column: str) -> bool:
    """Whether values of one type go into a column of another without silent loss.

    A long into an int column is allowed: a value out of range is an error there, never a cut.
    """
    if column in TEXT_WORDS:
        return value != "binary"
    held, given = decimal_parts(column), decimal_parts(value)
    if held is not None:
        if given is not None:
            return held[1] >= given[1]
        return value in INTEGER_WORDS
    if given is not None:
        return (column in INTEGER_WORDS and given[1] == 0) or column == "double"
    return column in _WIDER[value]


_INTEGER_DIGITS: Final = {"int": 10, "long": 19}


def widens(old: str, new: str) -> bool:
    """Whether every value of one type is one of a wider other of the same kind: int, long and
    decimals that have the digits, float and double."""
    if (old, new) in (("int", "long"), ("float", "double")):
        return True
    wider, given = decimal_parts(new), decimal_parts(old)
    if wider is None or old == new:
        return False
    if given is not None:
        return wider[1] >= given[1] and wider[0] - wider[1] >= given[0] - given[1]
    return wider[0] - wider[1] >= _INTEGER_DIGITS.get(old, 99)


def refuse_doubled(names: Sequence[str]) -> None:
    """Refuse a query's columns when two have one name, whatever its case."""
    counted = Counter(name.casefold() for name in names)
    doubled = next((name for name in names if counted[name.casefold()] > 1), None)
    if doubled is not None:
        raise InvalidInput(
            f"The query has more than one column called {doubled[:80]}. Give each a name of its"
            " own with AS."
        )
