"""The values of a column divided into ranges that can be read side by side.

Every row belongs to exactly one range whatever the boundaries are: the first range has no lower
end and takes the NULLs, the last has no upper end, and each begins where the one before ends.
"""

import datetime
import math
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from typing import Final

from connections.drivers.types import decimal_parts

_MICROSECOND: Final = datetime.timedelta(microseconds=1)


def boundaries(word: str | None, low: str, high: str, parts: int) -> list[str]:
    """At most `parts - 1` ascending values between two, as texts; empty where they cannot be told.

    `low` and `high` are the smallest and the largest value as the database writes them.
    """
    try:
        return _BETWEEN[_kind(word)](low, high, parts)
    except (KeyError, ValueError, OverflowError, InvalidOperation):
        return []


def is_splittable(word: str | None) -> bool:
    """Whether the values of a column have a place between two others."""
    return _kind(word) in _BETWEEN


def _kind(word: str | None) -> str:
    return "decimal" if word and decimal_parts(word) else word or ""


def predicates(column: str, bounds: Sequence[str]) -> list[str]:
    """One predicate per range over a quoted column; a single one is TRUE for every row."""
    if not bounds:
        return ["1 = 1"]
    first = f"({column} < '{bounds[0]}' OR {column} IS NULL)"
    middle = [
        f"({column} >= '{low}' AND {column} < '{high}')"
        for low, high in zip(bounds, bounds[1:], strict=False)
    ]
    return [first, *middle, f"{column} >= '{bounds[-1]}'"]


def _whole(low: str, high: str, parts: int) -> list[str]:
    first, last = int(low), int(high)
    steps = {first + (last - first) * part // parts for part in range(1, parts)}
    return [str(step) for step in sorted(steps - {first})]


def _decimal(low: str, high: str, parts: int) -> list[str]:
    with localcontext(prec=80):
        first, last = Decimal(low), Decimal(high)
        if not (first.is_finite() and last.is_finite()):
            return []
        steps = {first + (last - first) * part / parts for part in range(1, parts)}
        return [f"{step:f}" for step in sorted(steps - {first})]


def _real(low: str, high: str, parts: int) -> list[str]:
    first, last = float(low), float(high)
    if not (math.isfinite(first) and math.isfinite(last)):
        return []
    steps = {first * (1 - part / parts) + last * (part / parts) for part in range(1, parts)}
    return [repr(step) for step in sorted(steps) if first < step <= last]


def _date(low: str, high: str, parts: int) -> list[str]:
    first, last = (datetime.date.fromisoformat(value).toordinal() for value in (low, high))
    days = _whole(str(first), str(last), parts)
    return [datetime.date.fromordinal(int(day)).isoformat() for day in days]


def _moment(low: str, high: str, parts: int) -> list[str]:
    first, last = (datetime.datetime.fromisoformat(value) for value in (low, high))
    span = (last - first) // _MICROSECOND
    steps = {first + _MICROSECOND * (span * part // parts) for part in range(1, parts)}
    return [step.isoformat(sep=" ") for step in sorted(steps - {first})]


_BETWEEN: Final[dict[str, Callable[[str, str, int], list[str]]]] = {
    "int": _whole,
    "long": _whole,
    "decimal": _decimal,
    "float": _real,
    "double": _real,
    "date": _date,
    "datetime": _moment,
}
