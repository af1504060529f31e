"""printf: a format written out in the expression, its parts checked against the values."""

import re
from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from connections.drivers.types import INTEGER_WORDS
from engine.expressions.building import constant_text
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import Function
from engine.expressions.semantics import cast_to
from engine.expressions.typed import Typed
from engine.expressions.typing import family

MAX_WIDTH = 1_000

_PART: Final = re.compile(
    r"%(?:(?P<percent>%)|(?P<flags>[-+ 0]*)(?P<width>\d*)(?:\.(?P<digits>\d+))?(?P<kind>[a-zA-Z]))"
)


def printf(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """NULL when a value is NULL."""
    text = constant_text(arguments[0][0]) or ""
    parts = [found for found in _PART.finditer(text) if not found["percent"]]
    if "%" in _PART.sub("", text):
        raise ExpressionRefused(
            "expression_syntax",
            "The format has a % with nothing sensible behind it.",
            "A percent sign is written %%.",
        )
    if len(parts) != len(arguments) - 1:
        raise ExpressionRefused(
            "wrong_argument_count",
            f"The format has places for {len(parts)} values; {len(arguments) - 1} were given.",
        )
    values = [_value(found, typed) for found, typed in zip(parts, arguments[1:], strict=True)]
    called = exp.Anonymous(this="printf", expressions=[exp.Literal.string(text), *values])
    return called, "string"


def _value(found: re.Match[str], typed: Typed) -> exp.Expr:
    tree, word = typed
    kind = found["kind"]
    if int(found["width"] or 0) > MAX_WIDTH or int(found["digits"] or 0) > 100:
        raise ExpressionRefused("expression_syntax", f"'{found[0]}' is wider than {MAX_WIDTH}.")
    if kind == "s":
        return cast_to(tree, word, "string")[0]
    if kind in "dx":
        if word is not None and word not in INTEGER_WORDS:
            raise _unfit(found, word, "a whole number")
        return cast_to(tree, word or "long", "long")[0]
    if kind in "fe":
        if family(word) not in (None, "number"):
            raise _unfit(found, word, "a number")
        return exp.Cast(this=tree, to=exp.DataType.build("double"))
    raise ExpressionRefused(
        "expression_syntax",
        f"'{found[0]}' is no part of a format here.",
        "The kinds are %d, %f, %e, %s, %x and %%.",
    )


def _unfit(found: re.Match[str], word: str | None, wanted: str) -> ExpressionRefused:
    return ExpressionRefused(
        "type_mismatch", f"'{found[0]}' takes {wanted}, not a {word}.", "Cast it, or write %s."
    )
