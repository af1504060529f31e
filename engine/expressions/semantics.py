"""Where engines disagree, the meaning is written out: one rewrite per function or operator.

Division by zero gives NULL and `/` always divides as double; casts to whole numbers round half
away from zero; regexp_replace replaces all; logarithms outside their domain are NULL.
"""

from collections.abc import Callable
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
from engine.expressions.typing import family

_CALENDAR_UNITS: Final = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY"})
_CLOCK_UNITS: Final = frozenset({"HOUR", "MINUTE", "SECOND"})
_UNITS: Final = _CALENDAR_UNITS | _CLOCK_UNITS

Typed = tuple[exp.Expr, str | None]
"""A tree and the type of its value."""

MAX_MADE_CHARACTERS: Final = 1_000_000
"""Longest text that repeat, lpad and rpad make."""

_MAX_COPIED_NODES = 1_000


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


def _when(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def _positive_only(node: exp.Expr, argument: str) -> exp.Expr:
    value = node.args[argument]
    condition = exp.GT(this=_bracketed(value.copy()), expression=exp.Literal.number(0))
    return _when(condition, node)


def _ln(node: exp.Expr, _type: str | None) -> Typed:
    return _positive_only(node, "this"), "double"


def _log10(node: exp.Expr, _type: str | None) -> Typed:
    base = node.this
    if node.args.get("expression") is None or base.sql() != "10":
        raise ExpressionRefused(
            "unknown_function",
            "log is not offered, because engines disagree on its base.",
            "Use log10(x) or ln(x).",
        )
    return _positive_only(node, "expression"), "double"


def _sqrt(node: exp.Expr, _type: str | None) -> Typed:
    condition = exp.GTE(this=_bracketed(node.this.copy()), expression=exp.Literal.number(0))
    return _when(condition, node), "double"


def _substring(node: exp.Expr, _type: str | None) -> Typed:
    start = node.args.get("start")
    if isinstance(start, exp.Literal) and start.this == "0":
        raise ExpressionRefused(
            "expression_syntax", "substring counts from 1; its start cannot be 0."
        )
    if start is not None and not isinstance(start, exp.Literal):
        is_zero = exp.EQ(this=_bracketed(start.copy()), expression=exp.Literal.number(0))
        one = exp.If(this=is_zero, true=exp.Literal.number(1))
        node.set("start", exp.Case(ifs=[one], default=start.copy()))
    return node, "string"


def _regexp_replace(node: exp.Expr, _type: str | None) -> Typed:
    if any(node.args.get(name) for name in ("modifiers", "position", "occurrence")):
        raise ExpressionRefused(
            "wrong_argument_count", "regexp_replace takes three arguments and replaces every match."
        )
    node.set("modifiers", exp.Literal.string("g"))
    return node, "string"


def _pad(node: exp.Expr, _type: str | None) -> Typed:
    length = node.expression
    node.set("expression", _limited(length, length.copy(), "int"))
    return node, "string"


def _repeat(node: exp.Expr, _type: str | None) -> Typed:
    times = node.args["times"]
    if sum(1 for _ in node.this.walk()) > _MAX_COPIED_NODES:
        raise ExpressionRefused("expression_syntax", "The text given to repeat has too many parts.")
    made = exp.Mul(this=exp.Length(this=node.this.copy()), expression=_cast(times.copy(), "double"))
    node.set("times", _limited(times, made, "long"))
    return node, "string"


def _limited(count: exp.Expr, characters: exp.Expr, word: str) -> exp.Expr:
    """The count, checked before any text is made: constants are computed ahead of a CASE."""
    message = f"repeat, lpad and rpad make at most {MAX_MADE_CHARACTERS:,} characters."
    stop = exp.Anonymous(this="error", expressions=[exp.Literal.string(message)])
    limit = exp.Literal.number(MAX_MADE_CHARACTERS)
    is_over = exp.GT(this=_bracketed(characters), expression=limit)
    checked = exp.If(this=is_over, true=_cast(stop, word))
    return _cast(exp.Case(ifs=[checked], default=count), word)


def _sha256(node: exp.Expr, _type: str | None) -> Typed:
    length = node.args.get("length")
    if length is not None and length.sql() != "256":
        raise ExpressionRefused("unknown_function", "Only sha256 is offered.", "Use sha256(x).")
    return node, "string"


def _epoch(node: exp.Expr, _type: str | None) -> Typed:
    return _cast(exp.Floor(this=node), "long"), "long"


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    name = unit.name.upper() if isinstance(unit, exp.Var | exp.Literal) else ""
    if name not in _UNITS:
        raise ExpressionRefused(
            "expression_syntax",
            f"'{name.lower()[:40]}' is not a unit of time here.",
            f"The units are {', '.join(sorted(unit.lower() for unit in _UNITS))}.",
        )
    return name


def _date_trunc(node: exp.Expr, given: str | None) -> Typed:
    word = "date" if _unit(node) in _CALENDAR_UNITS and given == "date" else "datetime"
    return _cast(node, word), word


def _date_diff(node: exp.Expr, _type: str | None) -> Typed:
    _unit(node)
    return node, "long"


def _rounded(node: exp.Expr, given: str | None) -> Typed:
    if given is not None and decimal_parts(given):
        return node, None
    return node, given


def _whole_part(node: exp.Expr, given: str | None) -> Typed:
    if given in FLOAT_WORDS or given in INTEGER_WORDS:
        return node, given
    return node, None


REWRITES: Final[dict[type[exp.Expr], Callable[[exp.Expr, str | None], Typed]]] = {
    exp.Ln: _ln,
    exp.Log: _log10,
    exp.Sqrt: _sqrt,
    exp.Substring: _substring,
    exp.RegexpReplace: _regexp_replace,
    exp.SHA2: _sha256,
    exp.Pad: _pad,
    exp.Repeat: _repeat,
    exp.TimeToUnix: _epoch,
    exp.TimestampTrunc: _date_trunc,
    exp.DateTrunc: _date_trunc,
    exp.DateDiff: _date_diff,
    exp.Round: _rounded,
    exp.Ceil: _whole_part,
    exp.Floor: _whole_part,
    exp.Trunc: _whole_part,
}
"""Applied to a function whose arguments are compiled; the type is that of its first argument."""


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
    if unit not in _UNITS:
        raise ExpressionRefused(
            "expression_syntax", f"'{unit.lower()[:40]}' is not a unit of time here."
        )
    word = "date" if left == "date" and unit in _CALENDAR_UNITS else "datetime"
    return _cast(exp.Paren(this=node), word), word
