"""Functions on numbers. NaN equals itself and is greater than all others; what has no value in
mathematics is NULL, never an error."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlglot import exp

from connections.drivers.types import FLOAT_WORDS, INTEGER_WORDS, decimal_parts
from engine.expressions.building import alike, bracketed, result_word, written_out
from engine.expressions.rows import SKIPS_NULLS, Builder, Function, row
from engine.expressions.semantics import as_double, integer_division
from engine.expressions.typed import Typed
from engine.expressions.typing import common_type, needs_widening

_math = partial(row, "math")

_N = "CAST($number AS DOUBLE)"


def _kept(name: str) -> Builder:
    """A whole part: floats stay floats, and whole numbers what they are."""

    def build(_function: Function, arguments: Sequence[Typed]) -> Typed:
        tree, word = arguments[0]
        if word in INTEGER_WORDS:
            return tree, word
        called = exp.func(name, tree, dialect="duckdb")
        return called, word if word in FLOAT_WORDS else None

    return build


def _round(_function: Function, arguments: Sequence[Typed]) -> Typed:
    tree, word = arguments[0]
    node = exp.Round(this=tree)
    if len(arguments) > 1:
        node.set("decimals", exp.Cast(this=arguments[1][0], to=exp.DataType.build("int")))
    return node, word if word in FLOAT_WORDS | INTEGER_WORDS else None


def _abs(function: Function, arguments: Sequence[Typed]) -> Typed:
    word = result_word(function, [arguments[0][1]])
    return exp.Abs(this=arguments[0][0]), word


def _extreme(function: Function, arguments: Sequence[Typed]) -> Typed:
    trees, word = alike(arguments)
    return exp.func(function.name.upper(), *trees, dialect="duckdb"), word


def _mod(_function: Function, arguments: Sequence[Typed]) -> Typed:
    (left, left_word), (right, right_word) = arguments
    if needs_widening((left_word, right_word)):
        left, right = as_double(left, left_word), as_double(right, right_word)
    node = exp.Mod(this=bracketed(left), expression=bracketed(right))
    tree, word = integer_division(node, (left_word, right_word))
    return exp.paren(tree), word or common_type((left_word, right_word))


def _clamp(_function: Function, arguments: Sequence[Typed]) -> Typed:
    trees, word = alike(arguments)
    parts = dict(zip(("n", "low", "high"), trees, strict=True))
    meaning = (
        "CASE WHEN $n IS NULL OR $low IS NULL OR $high IS NULL THEN NULL"
        " WHEN $n < $low THEN $low WHEN $n > $high THEN $high ELSE $n END"
    )
    return written_out(meaning, parts), None if word and decimal_parts(word) else word


NUMBERS: Final = (
    _math("abs(number: number) -> same", _abs, ("abs(-3)", 3)),
    _math("sign(number: number) -> int", "CAST(sign($number) AS INT)", ("sign(-3)", -1),
          note="-1, 0 or 1; 0 for NaN"),
    _math("ceil(number: number) -> same", _kept("CEIL"), ("ceil(-1.5)", -1)),
    _math("floor(number: number) -> same", _kept("FLOOR"), ("floor(-1.5)", -2)),
    _math("trunc(number: number) -> same", _kept("TRUNC"), ("trunc(-1.5)", -1),
          note="towards zero"),
    _math("round(number: number, [digits: int]) -> same", _round, ("round(-2.5)", -3),
          note="half away from zero"),
    _math("sqrt(number: number) -> double", f"CASE WHEN {_N} >= 0 THEN sqrt({_N}) END",
          ("sqrt(9)", 3.0), nulls="NULL for NULL and for negative numbers"),
    _math("cbrt(number: number) -> double", f"cbrt({_N})", ("round(cbrt(27), 6)", 3.0)),
    _math("exp(number: number) -> double", f"exp({_N})", ("exp(0)", 1.0)),
    _math("ln(number: number) -> double", f"CASE WHEN {_N} > 0 THEN ln({_N}) END",
          ("ln(0)", None), nulls="NULL for NULL and for numbers not above 0"),
    _math("log10(number: number) -> double", f"CASE WHEN {_N} > 0 THEN log10({_N}) END",
          ("log10(100)", 2.0), nulls="NULL for NULL and for numbers not above 0",
          note="plain log is refused: engines disagree on its base"),
    _math("log2(number: number) -> double", f"CASE WHEN {_N} > 0 THEN log2({_N}) END",
          ("log2(8)", 3.0), nulls="NULL for NULL and for numbers not above 0"),
    _math("power(number: number, exponent: number) -> double",
          f"pow({_N}, CAST($exponent AS DOUBLE))", ("power(2, 10)", 1024.0),
          note="NaN for a fraction as exponent of a negative number; also a ** b"),
    _math("mod(a: number, b: number) -> common", _mod, ("mod(-7, 3)", -1),
          nulls="NULL for NULL and when b is 0", note="takes the sign of a; also a % b"),
    _math("floor_mod(a: int, b: int) -> long",
          "CAST((($a % nullif($b, 0)) + $b) % nullif($b, 0) AS BIGINT)", ("floor_mod(-7, 3)", 2),
          nulls="NULL for NULL and when b is 0", note="takes the sign of b"),
    _math("floor_div(a: int, b: int) -> long",
          "CAST(($a - ((($a % nullif($b, 0)) + $b) % nullif($b, 0))) // nullif($b, 0) AS BIGINT)",
          ("floor_div(-7, 2)", -4),
          nulls="NULL for NULL and when b is 0", note="rounds down; a // b cuts off"),
    _math("greatest(values: any...) -> common", _extreme,
          ("greatest(1, NULL, 3)", 3), nulls=SKIPS_NULLS),
    _math("least(values: any...) -> common", _extreme,
          ("least(2, NULL, 3)", 2), nulls=SKIPS_NULLS),
    _math("clamp(number: number, low: number, high: number) -> common", _clamp,
          ("clamp(12, 0, 10)", 10), note="the nearest number from low to high"),
    _math("pi() -> double", "pi()", ("round(pi(), 5)", 3.14159)),
    _math("degrees(radians: number) -> double", "degrees(CAST($radians AS DOUBLE))",
          ("round(degrees(pi()), 6)", 180.0)),
    _math("radians(degrees: number) -> double", "radians(CAST($degrees AS DOUBLE))",
          ("round(radians(180), 5)", 3.14159)),
    *(
        _math(f"{name}(number: number) -> double",
              f"CASE WHEN isfinite({_N}) THEN {name}({_N})"
              f" WHEN $number IS NOT NULL THEN CAST('NaN' AS DOUBLE) END",
              (f"{name}(0)", value), note="radians; NaN for NaN and the infinite")
        for name, value in (("sin", 0.0), ("cos", 1.0), ("tan", 0.0))
    ),
    *(
        _math(f"{name}(number: number) -> double",
              f"CASE WHEN {_N} BETWEEN -1 AND 1 THEN {name}({_N}) END",
              example, nulls="NULL for NULL and for numbers beyond -1 and 1", note="radians")
        for name, example in (("asin", ("asin(0)", 0.0)), ("acos", ("acos(2)", None)))
    ),
    _math("atan(number: number) -> double", f"atan({_N})", ("atan(0)", 0.0), note="radians"),
    _math("atan2(y: number, x: number) -> double",
          "atan2(CAST($y AS DOUBLE), CAST($x AS DOUBLE))", ("round(atan2(1, 1) * 4, 5)", 3.14159),
          note="the angle of the point (x, y) in radians"),
    _math("hypot(a: number, b: number) -> double",
          "sqrt(CAST($a AS DOUBLE) * CAST($a AS DOUBLE) + CAST($b AS DOUBLE) * CAST($b AS DOUBLE))",
          ("hypot(3, 4)", 5.0), note="length of the hypotenuse"),
    _math("factorial(number: int) -> long",
          "CAST(factorial(CAST(CASE WHEN $number BETWEEN 0 AND 20 THEN $number END AS INT))"
          " AS BIGINT)",
          ("factorial(5)", 120), nulls="NULL for NULL and for numbers beyond 0 and 20"),
    _math("gcd(a: int, b: int) -> long", "CAST(gcd($a, $b) AS BIGINT)", ("gcd(12, 18)", 6)),
    _math("lcm(a: int, b: int) -> long", "CAST(lcm($a, $b) AS BIGINT)", ("lcm(4, 6)", 12)),
    _math("bit_and(a: int, b: int) -> long", "CAST($a AS BIGINT) & CAST($b AS BIGINT)",
          ("bit_and(6, 3)", 2)),
    _math("bit_or(a: int, b: int) -> long", "CAST($a AS BIGINT) | CAST($b AS BIGINT)",
          ("bit_or(6, 3)", 7)),
    _math("bit_xor(a: int, b: int) -> long", "xor(CAST($a AS BIGINT), CAST($b AS BIGINT))",
          ("bit_xor(6, 3)", 5)),
    _math("bit_count(number: int) -> long", "CAST(bit_count(CAST($number AS BIGINT)) AS BIGINT)",
          ("bit_count(6)", 2), note="ones in 64 bits"),
    _math("is_nan(number: number) -> boolean", f"isnan({_N})", ("is_nan(1.5)", False)),
    _math("is_finite(number: number) -> boolean", f"isfinite({_N})", ("is_finite(1.5)", True),
          note="neither NaN nor infinite"),
    _math("nan_to_null(number: number) -> double", f"CASE WHEN NOT isnan({_N}) THEN {_N} END",
          ("nan_to_null(1.5)", 1.5)),
)  # fmt: skip
"""In the order of the documentation."""
