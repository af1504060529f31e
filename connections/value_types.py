"""The type word that fits the values of a column.

A word is chosen only when every value of the sample can be read as it, by the engine and without
a change: leading zeros, unusual forms of a date and more digits than a type holds stay text.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?((0|[1-9][0-9]{0,14})(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_LONG: Final = range(-(2**63), 2**63)


def word_of_texts(values: Iterable[str]) -> str:
    """The word for texts, empty ones left aside: boolean, long, double, date, datetime or
    string."""
    held = [value for value in values if value]
    for word, fits in _WORDS:
        if held and all(map(fits, held)):
            return word
    return "string"


def word_of_json(values: Sequence[Any]) -> str:
    """The word for values out of JSON, null left aside; string where they are of several kinds."""
    kinds = {_json_word(value) for value in values if value is not None}
    if kinds == {"long", "double"}:
        return "double"
    return kinds.pop() if len(kinds) == 1 else "string"


def _is_boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _is_long(value: str) -> bool:
    return bool(_INTEGER.fullmatch(value)) and int(value) in _LONG


def _is_double(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value)) and math.isfinite(float(value))


def _is_date(value: str) -> bool:
    return bool(_DATE.fullmatch(value)) and _exists(value)


def _is_moment(value: str) -> bool:
    return bool(_MOMENT.fullmatch(value)) and _exists(value)


def _exists(moment: str) -> bool:
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


_WORDS: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    ("boolean", _is_boolean),
    ("long", _is_long),
    ("double", _is_double),
    ("date", _is_date),
    ("datetime", _is_moment),
)


def _json_word(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long" if value in _LONG else "string"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return "json"
    return "json_array" if isinstance(value, list) else "string"
