"""Where engines disagree on an operator or a cast, its meaning is written out.

Division by zero gives NULL and `/` always divides as double; casts to whole numbers round half
away from zero; a date moved by calendar units stays a date.
"""

from typing import Final

from sqlglot import exp

from connections.drivers.types import (
    FLOAT_WORDS,
    INTEGER_WORDS,
    TEXT_WORDS,
    decimal_parts,
    duckdb_type,
)
from engine.expressions.errors import ExpressionRefused
from engine.expressions.typed import Typed
from engine.expressions.typing import family

__all__ = ["Typed", "as_double", "cast_to", "date_arithmetic", "divide", "integer_division"]

_CALENDAR_UNITS: Final = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY"})
_CLOCK_UNITS: Final = frozenset({"HOUR", "MINUTE", "SECOND"})
UNITS: Final = _CALENDAR_UNITS | _CLOCK_UNITS
"""Units of time that dates can be moved by."""


def cast_to(tree: exp.Expr, given: str | None, wanted: str, *, safe: bool = False) -> Typed:
    """A cast whose rounding is explicit. With `safe`, what cannot be cast becomes NULL."""
    if given == wanted and not safe:
        return tree, wanted
    make = _try_cast if safe else _cast
    if wanted == "datetime" and given in TEXT_WORDS:
        moment = (exp.TryCast if safe else exp.Cast)(
            this=tree, to=exp.DataType.build("TIMESTAMPTZ", dialect="duckdb")
        )
        return make(moment, wanted), wanted  # an offset counts; the session's zone is UTC
    if wanted in INTEGER_WORDS and given not in INTEGER_WORDS and given != "boolean":
        if family(given) in ("date or time", "time of day", "binary"):
            raise ExpressionRefused(
                "type_mismatch",
                f"A {given} cannot be cast to {wanted}.",
                "epoch() gives the seconds since 1970.",
            )
        if given not in FLOAT_WORDS and (given is None or decimal_parts(given) is None):
            tree = make(tree, "decimal(38,9)")
        tree = exp.Round(this=tree, decimals=exp.Literal.number(0))
    elif (sizes := decimal_parts(wanted)) and given in FLOAT_WORDS:
        tree = exp.Round(this=tree, decimals=exp.Literal.number(sizes[1]))
    return make(tree, wanted), wanted


def _cast(tree: exp.Expr, word: str) -> exp.Expr:
    return exp.Cast(this=tree, to=_data_type(word))


def _try_cast(tree: exp.Expr, word: str) -> exp.Expr:
    return exp.TryCast(this=tree, to=_data_type(word))


def _data_type(word: str) -> exp.DataType:
    return exp.DataType.build(duckdb_type(word), dialect="duckdb")


def _zero_is_null(tree: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=_bracketed(tree), expression=exp.Literal.number(0))


def _bracketed(tree: exp.Expr) -> exp.Expr:
    return exp.Paren(this=tree) if isinstance(tree, exp.Binary | exp.Unary) else tree


def as_double(tree: exp.Expr, given: str | None) -> exp.Expr:
    """The number as a double; NULL and values of an unknown type stay as they are."""
    return _cast(tree, "double") if given in FLOAT_WORDS | INTEGER_WORDS else tree


def divide(left: Typed, right: Typed) -> Typed:
    """`a / b` as double; NULL when b is 0."""
    divisor = _zero_is_null(_cast(right[0], "double"))
    quotient = exp.Div(this=_cast(left[0], "double"), expression=divisor, typed=False, safe=False)
    return exp.Paren(this=quotient), "double"


def integer_division(node: exp.Expr, words: tuple[str | None, str | None]) -> Typed:
    """`a // b` and `a % b`: NULL when b is 0; `//` cuts the fraction off, towards zero."""
    if isinstance(node, exp.IntDiv) and not set(words) <= INTEGER_WORDS:
        return exp.Trunc(this=divide((node.this, None), (node.expression, None))[0]), "double"
    node.set("expression", _zero_is_null(node.expression))
    word = words[0] if words[0] == words[1] else None
    if set(words) <= INTEGER_WORDS:
        word = "long" if "long" in words else "int"
    return node, word


def date_arithmetic(node: exp.Expr, left: str | None, unit: str) -> Typed:
    """A date or datetime and an interval; a date moved by calendar units stays a date."""
    if unit not in UNITS:
        raise ExpressionRefused(
            "expression_syntax", f"'{unit.lower()[:40]}' is not a unit of time here."
        )
    word = "date" if left == "date" and unit in _CALENDAR_UNITS else "datetime"
    return _cast(exp.Paren(this=node), word), word
