"""What a sample of the reference is, and the values that every function has to bear."""

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAN = math.nan
INF = math.inf


@dataclass(frozen=True)
class Sample:
    """An expression over columns, and the same calculation in plain Python."""

    expression: str
    columns: dict[str, tuple[str, list[Any]]]
    python: Callable[..., Any]


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """None when an argument is None."""

    def call(*arguments: Any) -> Any:
        return None if None in arguments else function(*arguments)

    return call


WORDS = [
    None, "", " ", "a", "Ab cD", "O'Brien", '"q"', "straße", "éÉ", "e\u0301", "👍🏽x", "a.b.c",
    "%_\\", "line\nbreak", "\t tab  x ", "aaa", "-1.5", "null", "ab" * 20, "日本語",
]  # fmt: skip
PARTS = [None, "", "a", "b.", "'", "👍", "e", "aa", " ", "\\"]
DOUBLES = [None, 0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.1, -3.7, 1e20, -1e20, 1e-9, NAN, INF, -INF]
SMALL = [None, 0.0, 1.0, -1.0, 2.5, -2.5, 3.0, NAN]
LONGS = [None, 0, 1, -1, 2, -2, 3, -7, 10, 97, 2**31, -(2**40)]
COUNTS = [None, 0, 1, 2, -1, -2, 5, 30, -30]
BOOLEANS = [None, True, False]
DAYS = [
    None if text is None else datetime.date.fromisoformat(text)
    for text in (
        None, "1970-01-01", "1969-12-31", "2024-01-31", "2024-02-29", "2023-02-28", "1900-03-01",
        "2021-01-01", "2020-12-31", "2024-12-30", "2024-06-30", "2000-02-29", "2013-10-27",
    )
]  # fmt: skip
MOMENTS = [
    None if text is None else datetime.datetime.fromisoformat(text)
    for text in (
        None, "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2024-01-31 23:59:59.5",
        "2024-02-29 12:00:00", "2024-02-29 00:00:00.000001", "2023-03-31 00:00:00",
        "2024-12-30 01:02:03.004005", "1900-01-01 10:30:00", "2024-07-15 06:07:08",
    )
]  # fmt: skip

TEXT = ("string", WORDS)
PART = ("string", PARTS)
DOUBLE = ("double", DOUBLES)
LONG = ("long", LONGS)
COUNT = ("long", COUNTS)
BOOLEAN = ("boolean", BOOLEANS)
DAY = ("date", DAYS)
MOMENT = ("datetime", MOMENTS)


def one(name: str, column: tuple[str, list[Any]], function: Callable[..., Any]) -> Sample:
    """A function of one argument that gives None for None."""
    return Sample(f"{name}(a)", {"a": column}, strict(function))


def two(
    name: str,
    first: tuple[str, list[Any]],
    second: tuple[str, list[Any]],
    function: Callable[..., Any],
) -> Sample:
    """A function of two arguments that gives None when one is None."""
    return Sample(f"{name}(a, b)", {"a": first, "b": second}, strict(function))
