"""Formats and durations of dates as existing packages write them."""

import re
from collections.abc import Iterator
from typing import Final

from sqlglot import exp

from engine.expressions.errors import ExpressionRefused

_LETTERS: Final = {
    "yyyy": "%Y", "y": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M",
    "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "EEEE": "%A", "EEE": "%a",
    "E": "%a", "DDD": "%j", "Z": "%z",
}  # fmt: skip

_PART: Final = re.compile(
    r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+)"
)
_DURATION: Final = re.compile(
    r"P(?:(?P<year>\d{1,6})Y)?(?:(?P<month>\d{1,6})M)?(?:(?P<week>\d{1,6})W)?(?:(?P<day>\d{1,6})D)?"
    r"(?:T(?:(?P<hour>\d{1,6})H)?(?:(?P<minute>\d{1,6})M)?(?:(?P<second>\d{1,6})S)?)?"
)


def datetime_format(tree: exp.Expr) -> exp.Expr:
    """A format such as `yyyy-MM-dd HH:mm` as strftime has it. Raises ExpressionRefused."""
    text = _constant(tree, "format", "'yyyy-MM-dd'")
    made = ""
    for found in _PART.finditer(text):
        if found["letters"]:
            if found["letters"] not in _LETTERS:
                raise ExpressionRefused(
                    "expression_syntax",
                    f"'{found['letters'][:20]}' is not known in a date format.",
                    "Use strftime(time, '%Y-%m-%d') or strptime.",
                )
            made += _LETTERS[found["letters"]]
        else:
            plain = found["other"] or found["quoted"].replace("''", "'") or "'"
            made += plain.replace("%", "%%")
    return exp.Literal.string(made)


def moved_by(tree: exp.Expr) -> Iterator[tuple[str, int]]:
    """Units and amounts of a duration such as `P1DT2H`. Raises ExpressionRefused."""
    text = _constant(tree, "duration", "'P1D'")
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groupdict().values()) or text.endswith("T"):
        raise ExpressionRefused(
            "expression_syntax",
            f"'{text[:40]}' is not a duration.",
            "A duration looks like P1Y2M3DT4H5M6S, or use date_add('day', 1, time).",
        )
    return ((unit, int(amount)) for unit, amount in found.groupdict().items() if amount)


def _constant(tree: exp.Expr, what: str, example: str) -> str:
    tree = tree.unnest()
    if isinstance(tree, exp.Literal) and tree.is_string and "$" not in tree.this:
        return str(tree.this)
    raise ExpressionRefused(
        "expression_syntax", f"The {what} is written out, for example {example}."
    )
