"""Values that stand in a flow as JSON, read as values of a declared type: exactly, or not."""

import base64
import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final

from connections.drivers.types import decimal_parts

_LIMITS: Final = {"int": 2**31, "long": 2**63}
_TEXT_OF_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def constant(value: object, word: str) -> Any:
    """The value in Python's kind for a type word; None stays None. Raises ValueError."""
    if value is None:
        return None
    if sizes := decimal_parts(word):
        return _decimal(value, *sizes)
    return _READERS[word](value)


def inferred_word(values: Iterable[object]) -> str:
    """The type word of a column whose type is not declared; string when nothing else fits."""
    kinds = {_kind(value) for value in values if value is not None}
    if len(kinds) == 1:
        return kinds.pop()
    return "double" if kinds == {"long", "double"} else "string"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long" if -(2**63) <= value < 2**63 else "string"
    if isinstance(value, float):
        return "double"
    if isinstance(value, list):
        return "json_array"
    return "json" if isinstance(value, dict) else "string"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _json(value: object) -> str:
    if isinstance(value, str):
        json.loads(value)
        return value
    return json.dumps(value, ensure_ascii=False)


def _json_array(value: object) -> str:
    text = _json(value)
    if not isinstance(json.loads(text), list):
        raise ValueError("not an array")
    return text


def _whole(word: str) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = _number(value)
        whole = int(number)
        if whole != number or not -_LIMITS[word] <= whole < _LIMITS[word]:
            raise ValueError("not a whole number in range")
        return whole

    return read


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a number")
    text = str(value).strip()
    if not _TEXT_OF_NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _decimal(value: object, precision: int, scale: int) -> Decimal:
    exact = Context(prec=precision, traps=[Inexact, InvalidOperation])
    try:
        return _number(value).quantize(Decimal(1).scaleb(-scale), context=exact)
    except (Inexact, InvalidOperation):
        raise ValueError("has too many digits") from None


def _double(value: object) -> float:
    if isinstance(value, str) and value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(value)
    number = float(_number(value))
    if math.isinf(number):
        raise ValueError("out of range")
    return number


def _boolean(value: object) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_required_text(value))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _required_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "string": _text,
    "json": _json,
    "json_array": _json_array,
    "int": _whole("int"),
    "long": _whole("long"),
    "float": _double,
    "double": _double,
    "boolean": _boolean,
    "date": lambda value: date.fromisoformat(_required_text(value)),
    "datetime": _moment,
    "time": lambda value: time.fromisoformat(_required_text(value)),
    "binary": lambda value: base64.b64decode(_required_text(value), validate=True),
}
