"""JSON read and written without loss: numbers keep every digit they were written with."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any


def read_json(text: str) -> Any:
    """Raises ValueError, also for numbers that are none (NaN) and for nesting that is too deep."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except InvalidOperation:
        raise ValueError("the exponent of a number is too large") from None


def write_json(value: object) -> str:
    """Decimals are numbers, times texts, bytes hexadecimal digits; NaN and infinity are null."""
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else "null"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    if isinstance(value, datetime | date | time):
        return json.dumps(value.isoformat())
    if isinstance(value, bytes | bytearray | memoryview):
        return json.dumps(bytes(value).hex())
    if isinstance(value, Mapping):
        parts = (f"{json.dumps(str(key))}: {write_json(part)}" for key, part in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(write_json(part) for part in value) + "]"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(str(value), ensure_ascii=False)


def plain_text(value: object) -> str | None:
    """A value as the text of a cell: a text as it is, all else as JSON; None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time | bytes | bytearray | memoryview):
        text: str = json.loads(write_json(value))
        return text
    return write_json(value)


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")
