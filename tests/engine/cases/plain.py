"""What the components mean, in plain Python, written from their documentation alone."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any

NAN = float("nan")


def moment(*parts: int) -> datetime:
    """A point in time as the product carries it: in UTC, without saying so."""
    return datetime(*parts)  # noqa: DTZ001


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def weight(value: Any) -> tuple:
    """NULL is the smallest value, NaN the largest number."""
    if value is None:
        return (0,)
    return (2,) if is_nan(value) else (1, value)


def same(value: Any) -> Hashable:
    """A value that equals another's exactly when both make one group: NULL and NaN equal
    themselves, 0 equals 0.0 and -0.0."""
    return "NaN" if is_nan(value) else value


def by(*keys: tuple[int, str]) -> Callable[[list[tuple]], list[tuple]]:
    """Sorts rows by (position, asc or desc) pairs, the first pair weighing most."""

    def ordered(rows: Iterable[tuple]) -> list[tuple]:
        result = list(rows)
        for position, direction in reversed(keys):
            result.sort(key=lambda row: weight(row[position]), reverse=direction == "desc")
        return result

    return ordered


def groups(rows: Iterable[tuple], positions: Sequence[int]) -> dict[tuple, list[tuple]]:
    """Rows by the values at the positions, in order of first appearance."""
    found: dict[tuple, list[tuple]] = {}
    for row in rows:
        found.setdefault(tuple(same(row[position]) for position in positions), []).append(row)
    return found


def present(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]
