"""A catalogue row and the arguments of a call, made into a tree.

Meanings are texts in DuckDB's spelling with `$name` where an argument goes. They are parsed once;
an argument is put in as a tree, in brackets where it is an operation.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from sqlglot import exp

from connections.drivers.types import FLOAT_WORDS, INTEGER_WORDS, TEXT_WORDS, duckdb_type
from engine.expressions.dialect import Expressions
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import KINDS, Function
from engine.expressions.semantics import as_double, cast_to
from engine.expressions.typed import Typed
from engine.expressions.typing import common_type, family, needs_widening

_DIALECT: Final = Expressions()

MAX_CALL_NODES = 6_000
"""Parts of one call with its arguments written out; some are needed at several places."""

_WHEN_NULL: Final = {
    "string": "string", "json": "string", "array": "string", "number": "double", "int": "long",
    "boolean": "boolean", "time": "datetime", "date": "date", "datetime": "datetime",
    "binary": "binary",
}  # fmt: skip
"""The type that a bare NULL gets in the place of each kind."""


def called(function: Function, arguments: Sequence[Typed]) -> Typed:
    """The call, with its meaning written out. Raises ExpressionRefused for what does not fit."""
    if not function.takes(len(arguments)):
        raise ExpressionRefused(
            "wrong_argument_count",
            f"{function.name} is called as {function.signature}, with"
            f" {_count_words(function)}; {len(arguments)} were given.",
        )
    fitting = [_fitting(function, index, typed) for index, typed in enumerate(arguments)]
    if callable(function.meaning):
        tree, word = function.meaning(function, fitting)
    else:
        text = _meaning(function, len(arguments))
        names = [parameter.name for parameter in function.parameters]
        tree = written_out(text, dict(zip(names, (tree for tree, _ in fitting), strict=False)))
        word = result_word(function, [word for _, word in fitting])
    bounded(tree)
    return tree, word


def _meaning(function: Function, count: int) -> str:
    meaning = function.meaning
    if isinstance(meaning, tuple):
        return meaning[count - function.least]
    if not isinstance(meaning, str):
        raise TypeError(f"{function.name} is not written in DuckDB's spelling")
    return meaning


def written_out(text: str, arguments: Mapping[str, exp.Expr]) -> exp.Expr:
    """A meaning with its arguments in place."""
    tree = _parsed(text).copy()
    for node in list(tree.find_all(exp.Placeholder)):
        put = bracketed(arguments[node.this].copy())
        if node is tree:
            return put
        node.replace(put)
    return tree


def bounded(tree: exp.Expr) -> None:
    """Refuse a call that would be too large to hand on, before it is made part of a larger one."""
    for count, _ in enumerate(tree.walk(), 1):
        if count > MAX_CALL_NODES:
            raise ExpressionRefused("expression_syntax", "The expression has too many parts.")


def bracketed(tree: exp.Expr) -> exp.Expr:
    """The tree so that it stays one operand wherever it is put."""
    if isinstance(tree, exp.Binary | exp.Unary | exp.Between | exp.In | exp.Interval):
        return tree if isinstance(tree, exp.Paren) else exp.Paren(this=tree)
    return tree


def result_word(function: Function, words: Sequence[str | None]) -> str | None:
    """The type of the value, where it is known."""
    if function.result == "same":
        return words[0]
    return common_type(words) if function.result == "common" else function.result


def alike(arguments: Sequence[Typed]) -> tuple[list[exp.Expr], str | None]:
    """Values that one result is chosen from, in one type as far as types are known."""
    words = [word for tree, word in arguments if not isinstance(tree, exp.Null)]
    families = {family(word) for word in words} - {None}
    if len(families) > 1:
        raise ExpressionRefused(
            "type_mismatch",
            f"The values are of unlike types: {', '.join(sorted({str(w) for w in words}))}.",
            "Cast them to one type, for example CAST(x AS string).",
        )
    trees = [tree for tree, _ in arguments]
    if needs_widening(words):
        trees = [as_double(tree, word) for tree, word in arguments]
    return trees, common_type(words) if words else None


def constant_text(tree: exp.Expr) -> str | None:
    """The text of a constant, None for anything that is computed."""
    tree = tree.unnest()
    return str(tree.this) if isinstance(tree, exp.Literal) and tree.is_string else None


@cache
def _parsed(text: str) -> exp.Expr:
    tree = _DIALECT.parse(text)[0]
    if tree is None:
        raise ValueError(f"not a meaning: {text}")
    return tree


def _count_words(function: Function) -> str:
    least, most = function.least, function.most
    if most is None:
        return f"at least {least} argument{'s' if least != 1 else ''}"
    if least == most:
        return "no argument" if not least else f"{least} argument{'s' if least != 1 else ''}"
    return f"{least} to {most} arguments"


def _fitting(function: Function, index: int, typed: Typed) -> Typed:
    """The argument as the function needs it."""
    parameter = function.parameter(index)
    kind = parameter.kind
    tree, word = typed
    if kind in ("constant", "unit"):
        if constant_text(tree) is None:
            raise ExpressionRefused(
                "type_mismatch",
                f"{function.name} needs {KINDS[kind]} as its {parameter.name}, not a computed"
                " value.",
            )
        return tree.unnest(), "string"
    if isinstance(tree.unnest(), exp.Null) and kind in _WHEN_NULL:
        word = _WHEN_NULL[kind]
        return exp.Cast(this=exp.null(), to=_data_type(word)), word
    if _fits(kind, word):
        return tree, word
    if kind in ("time", "date", "datetime") and constant_text(tree) is not None:
        wanted = "date" if kind == "date" else "datetime"
        return cast_to(tree, "string", wanted)
    if kind == "datetime" and word == "date":
        return cast_to(tree, word, "datetime")
    if kind == "date" and word == "datetime":
        return cast_to(tree, word, "date")
    raise ExpressionRefused(
        "type_mismatch",
        f"{function.name} needs {KINDS[kind]} as its {parameter.name}, not a {word}.",
        f"Cast it, for example CAST(x AS {_WHEN_NULL.get(kind, 'string')}).",
    )


def _data_type(word: str) -> exp.DataType:
    return exp.DataType.build(duckdb_type(word), dialect="duckdb")


def _fits(kind: str, word: str | None) -> bool:
    if word is None or kind == "any":
        return True
    if kind in ("string", "json", "array"):
        return word in TEXT_WORDS
    if kind == "int":
        return word in INTEGER_WORDS
    if kind == "number":
        return family(word) == "number" or word in FLOAT_WORDS
    if kind == "time":
        return word in ("date", "datetime")
    return word == kind
