"""Which types an operation gives; None stands for a type that is known only at run time."""

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from connections.drivers.types import (
    FLOAT_WORDS,
    INTEGER_WORDS,
    TEXT_WORDS,
    decimal_parts,
    normalised,
)

_FAMILIES: Final = {"boolean": "boolean", "binary": "binary", "time": "time of day"}

_CAST_WORDS: Final = {
    exp.DataType.Type.TINYINT: "int",
    exp.DataType.Type.SMALLINT: "int",
    exp.DataType.Type.INT: "int",
    exp.DataType.Type.BIGINT: "long",
    exp.DataType.Type.FLOAT: "float",
    exp.DataType.Type.DOUBLE: "double",
    exp.DataType.Type.TEXT: "string",
    exp.DataType.Type.VARCHAR: "string",
    exp.DataType.Type.BOOLEAN: "boolean",
    exp.DataType.Type.DATE: "date",
    exp.DataType.Type.TIMESTAMP: "datetime",
    exp.DataType.Type.DATETIME: "datetime",
    exp.DataType.Type.TIMESTAMPNTZ: "datetime",
    exp.DataType.Type.TIME: "time",
    exp.DataType.Type.VARBINARY: "binary",
}

CAST_NAMES: Final = (
    "int, long, float, double, decimal(p,s), string, boolean, date, datetime, time, binary"
)


def family(word: str | None) -> str | None:
    """number, text, date or time, boolean ...: values of one family compare with each other."""
    if word is None:
        return None
    if word in INTEGER_WORDS or word in FLOAT_WORDS or decimal_parts(word):
        return "number"
    if word in TEXT_WORDS:
        return "text"
    return _FAMILIES.get(word, "date or time")


def common_type(words: Iterable[str | None]) -> str | None:
    """The type that holds values of all the given types, where that is certain."""
    distinct = set(words)
    if len(distinct) == 1:
        return distinct.pop()
    if None in distinct:
        return None
    if distinct <= INTEGER_WORDS:
        return "long"
    if distinct <= INTEGER_WORDS | FLOAT_WORDS:
        return "double"
    if distinct <= TEXT_WORDS:
        return "string"
    if distinct == {"date", "datetime"}:
        return "datetime"
    return None


def needs_widening(words: Iterable[str | None]) -> bool:
    """Whether an engine would compute in float what `common_type` promises as double."""
    distinct = set(words)
    return "float" in distinct and bool(distinct & INTEGER_WORDS)


def literal_type(literal: exp.Literal) -> str | None:
    """The type of a constant as it is written."""
    if literal.is_string:
        return "string"
    text = literal.this
    if text.isdigit():
        return "int" if int(text) < 2**31 else "long" if int(text) < 2**63 else None
    whole, _, fraction = text.partition(".")
    if not (whole + fraction).isdigit():
        return "double"
    return normalised(f"decimal({max(len(whole) + len(fraction), 1)},{len(fraction)})")


def cast_word(data_type: exp.DataType) -> str | None:
    """The product's word for a cast target; None when it may not be cast to."""
    kind = data_type.this
    if kind == exp.DataType.Type.DECIMAL:
        sizes = [part.name for part in data_type.expressions]
        if not sizes:
            return normalised("decimal")
        return normalised(f"decimal({sizes[0]},{sizes[1] if len(sizes) > 1 else 0})")
    if data_type.args.get("nested") or kind not in _CAST_WORDS:
        return None
    return _CAST_WORDS[kind]
