"""Calls of functions by name: those of the catalogue first, then older names for them."""

from collections.abc import Callable, Sequence

from sqlglot import exp

from engine.expressions.building import called
from engine.expressions.catalog import BY_NAME, FUNCTIONS
from engine.expressions.errors import ExpressionRefused
from engine.expressions.older import NOT_OFFERED, OLDER
from engine.expressions.parsing import parse_expression
from engine.expressions.rows import Spelled
from engine.expressions.typed import Typed
from engine.problems import did_you_mean

CompilePart = Callable[[exp.Expr], Typed]


def call(name: str, arguments: Sequence[exp.Expr], compile_part: CompilePart) -> Typed:
    """The call of one function. Raises ExpressionRefused for an unknown name."""
    key = name.lower()
    if function := BY_NAME.get(key):
        meaning = function.meaning
        if isinstance(meaning, Spelled) and function.takes(len(arguments)):
            return compile_part(parse_expression(meaning.text))
        return called(function, [compile_part(argument) for argument in arguments])
    if key in OLDER:
        return compile_part(OLDER[key].in_new_spelling(name, arguments))
    if key in NOT_OFFERED:
        why, instead = NOT_OFFERED[key]
        raise ExpressionRefused("unknown_function", f"{name[:60]} is not offered: {why}.", instead)
    hint = did_you_mean(key[:60], BY_NAME) or (
        f"There are {len(FUNCTIONS)} functions, such as upper, date_trunc and coalesce."
    )
    raise ExpressionRefused("unknown_function", f"There is no function '{key[:60]}'.", hint)
