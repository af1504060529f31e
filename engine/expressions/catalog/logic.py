"""Functions on NULL, on conditions, and on what a text holds."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlglot import exp

from engine.expressions.building import alike, written_out
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import Function, row
from engine.expressions.typed import Typed
from engine.expressions.typing import family

_logic = partial(row, "logic")

_NUMBER = r"'^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$'"
_EMPTY_JSON = r"'\s*(null|\[\s*\]|\{\s*\})?\s*'"


def _coalesce(_function: Function, arguments: Sequence[Typed]) -> Typed:
    trees, word = alike(arguments)
    return exp.Coalesce(this=trees[0], expressions=trees[1:]), word


def _nullif(_function: Function, arguments: Sequence[Typed]) -> Typed:
    alike(arguments)
    (first, word), (second, _) = arguments
    return exp.Nullif(this=first, expression=second), word


def _if(_function: Function, arguments: Sequence[Typed]) -> Typed:
    branches, word = alike(arguments[1:])
    choice = exp.If(this=arguments[0][0], true=branches[0])
    return exp.Case(ifs=[choice], default=branches[1] if len(branches) > 1 else None), word


def _nvl2(_function: Function, arguments: Sequence[Typed]) -> Typed:
    branches, word = alike(arguments[1:])
    parts = {"value": arguments[0][0], "then": branches[0], "other": branches[1]}
    return written_out("CASE WHEN $value IS NOT NULL THEN $then ELSE $other END", parts), word


def _same(_function: Function, arguments: Sequence[Typed]) -> Typed:
    alike(arguments)
    parts = {"a": arguments[0][0], "b": arguments[1][0]}
    return written_out("$a IS NOT DISTINCT FROM $b", parts), "boolean"


def _choose(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """The value of that number, counted from 1."""
    trees, word = alike(arguments[1:])
    ifs = [
        exp.If(this=exp.Literal.number(number), true=tree) for number, tree in enumerate(trees, 1)
    ]
    return exp.Case(this=arguments[0][0], ifs=ifs), word


def _decode(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """Pairs of a case and its value, then perhaps a value for all other cases."""
    (subject, word), others = arguments[0], list(arguments[1:])
    default = others.pop() if len(others) % 2 else None
    cases, values = others[::2], others[1::2]
    alike([(subject, word), *cases])
    trees, result = alike([*values, *([default] if default else [])])
    ifs = [
        exp.If(
            this=exp.NullSafeEQ(this=exp.paren(subject.copy()), expression=exp.paren(case)),
            true=tree,
        )
        for (case, _), tree in zip(cases, trees, strict=False)
    ]
    if not ifs:
        raise ExpressionRefused("wrong_argument_count", "decode needs a case and its value.")
    return exp.Case(ifs=ifs, default=trees[-1] if default else None), result


def _count_nulls(_function: Function, arguments: Sequence[Typed]) -> Typed:
    texts = (written_out("CAST($v IS NULL AS BIGINT)", {"v": tree}) for tree, _ in arguments)
    total: exp.Expr = exp.Literal.number(0)
    for text in texts:
        total = exp.Add(this=total, expression=text)
    return exp.Cast(this=exp.paren(total), to=exp.DataType.build("bigint")), "long"


def _is_empty(_function: Function, arguments: Sequence[Typed]) -> Typed:
    tree, word = arguments[0]
    if word in ("json", "json_array"):
        meaning = f"$v IS NULL OR regexp_full_match($v, {_EMPTY_JSON})"
        return written_out(meaning, {"v": tree}), "boolean"
    if family(word) not in (None, "text"):
        raise ExpressionRefused(
            "type_mismatch", f"is_empty looks at texts and JSON, not at a {word}.", "Use is_null."
        )
    return written_out("$v IS NULL OR $v = ''", {"v": tree}), "boolean"


LOGIC: Final = (
    _logic("coalesce(values: any...) -> common", _coalesce, ("coalesce(NULL, 2)", 2),
           nulls="the first argument that is not NULL"),
    _logic("nullif(a: any, b: any) -> same", _nullif, ("nullif(1, 1)", None),
           nulls="NULL when a is NULL or equals b"),
    _logic("if(condition: boolean, then: any, [else: any]) -> common", _if,
           ("if(NULL, 1, 2)", 2), nulls="a NULL condition takes the else branch"),
    _logic("nvl2(value: any, then: any, else: any) -> common", _nvl2, ("nvl2(NULL, 1, 2)", 2),
           nulls="`then` when the value is not NULL"),
    _logic("is_null(value: any) -> boolean", "$value IS NULL", ("is_null('')", False),
           nulls="true for NULL"),
    _logic("is_not_null(value: any) -> boolean", "$value IS NOT NULL",
           ("is_not_null('')", True), nulls="false for NULL"),
    _logic("is_empty(value: any) -> boolean", _is_empty, ("is_empty('')", True),
           nulls="true for NULL", note="of a text; of JSON when it has no elements"),
    _logic("is_blank(text: string) -> boolean",
           r"$text IS NULL OR regexp_full_match($text, '\s*')", ("is_blank('  ')", True),
           nulls="true for NULL", note="nothing but spaces, tabs and line ends"),
    _logic("same(a: any, b: any) -> boolean", _same, ("same(NULL, NULL)", True),
           nulls="NULL equals NULL and nothing else"),
    _logic("xor(a: boolean, b: boolean) -> boolean", "$a <> $b", ("xor(true, false)", True)),
    _logic("choose(index: int, values: any...) -> common", _choose,
           ("choose(2, 'a', 'b')", "b"), nulls="NULL for NULL and for an index without a value",
           note="index counts from 1"),
    _logic("decode(value: any, cases: any...) -> common", _decode,
           ("decode('b', 'a', 1, 'b', 2, 0)", 2), nulls="NULL equals NULL",
           note="a case and its value, and so on, then perhaps a value for all others"),
    _logic("empty_to_null(text: string) -> string", "nullif($text, '')",
           ("empty_to_null('')", None)),
    _logic("blank_to_null(text: string) -> string",
           r"CASE WHEN NOT regexp_full_match($text, '\s*') THEN $text END",
           ("blank_to_null(' ')", None)),
    _logic("count_nulls(values: any...) -> long", _count_nulls, ("count_nulls(1, NULL, 'a')", 1),
           nulls="counts them"),
    _logic("is_number(text: string) -> boolean", f"regexp_full_match($text, {_NUMBER})",
           ("is_number('-1.5e3')", True), note="digits, a point, an exponent; no spaces"),
    _logic("is_integer(text: string) -> boolean", "regexp_full_match($text, '[+-]?[0-9]+')",
           ("is_integer('1.0')", False)),
    _logic("is_date(text: string) -> boolean",
           "CASE WHEN $text IS NOT NULL THEN"
           " regexp_full_match($text, '[0-9]{4}-[0-9]{2}-[0-9]{2}')"
           " AND TRY_CAST($text AS DATE) IS NOT NULL END",
           ("is_date('2023-02-29')", False), note="year-month-day that exists"),
    _logic("is_datetime(text: string) -> boolean",
           "CASE WHEN $text IS NOT NULL THEN"
           " regexp_full_match($text, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}"
           "([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}(:[0-9]{2})?)?')"
           " AND TRY_CAST($text AS TIMESTAMPTZ) IS NOT NULL END",
           ("is_datetime('2024-02-29T10:00:00Z')", True)),
    _logic("to_number(text: string) -> double",
           f"CASE WHEN regexp_full_match($text, {_NUMBER}) THEN TRY_CAST($text AS DOUBLE) END",
           ("to_number('1.5e3')", 1500.0), nulls="NULL for NULL and for what is no number"),
    _logic("to_integer(text: string) -> long",
           "CASE WHEN regexp_full_match($text, '[+-]?[0-9]+') THEN TRY_CAST($text AS BIGINT) END",
           ("to_integer('-12')", -12), nulls="NULL for NULL and for what is no whole number"),
    _logic("to_boolean(text: string) -> boolean",
           "CASE WHEN lower($text) IN ('true', 't', 'yes', 'y', 'on', '1') THEN TRUE"
           " WHEN lower($text) IN ('false', 'f', 'no', 'n', 'off', '0') THEN FALSE END",
           ("to_boolean('Yes')", True), nulls="NULL for NULL and for any other word",
           note="true t yes y on 1; false f no n off 0"),
)  # fmt: skip
"""In the order of the documentation."""
