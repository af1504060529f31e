"""The functions on numbers, in plain Python."""

import math

from tests.engine.reference.samples import (
    DOUBLE,
    INF,
    LONG,
    NAN,
    SMALL,
    Sample,
    one,
    strict,
    two,
)


def rounded(value, digits=0):
    """Half away from zero, at the digit that the double itself shows."""
    if not math.isfinite(value) or abs(value) >= 2**52:
        return value
    scaled = abs(value) * 10**digits
    return math.copysign(math.floor(scaled + 0.5) / 10**digits, value)


def whole(function):
    return lambda value: value if not math.isfinite(value) else float(function(value))


def sign(value):
    return 0 if math.isnan(value) or value == 0 else 1 if value > 0 else -1


def above_zero(function):
    return lambda value: (
        None if not value > 0 and not math.isnan(value) else NAN if math.isnan(value)
        else INF if value == INF else function(value)
    )  # fmt: skip


def root(value):
    if math.isnan(value):
        return NAN
    return None if value < 0 else math.sqrt(value)


def power(base, exponent):
    try:
        made = math.pow(base, exponent)
    except OverflowError:
        return INF if base > 0 or exponent % 2 == 0 else -INF
    except ValueError:
        return (math.copysign(INF, base) if exponent % 2 == 1 else INF) if base == 0 else NAN
    return made


def exponential(value):
    try:
        return math.exp(value)
    except OverflowError:
        return INF


def order(value):
    """NaN is greater than everything."""
    return (1, 0.0) if isinstance(value, float) and math.isnan(value) else (0, value)


def extreme(pick):
    def of(*values):
        known = [value for value in values if value is not None]
        return pick(known, key=order) if known else None

    return of


def clamp(number, low, high):
    if order(number) < order(low):
        return low
    return high if order(number) > order(high) else number


def cut(a, b):
    """Remainder with the sign of a."""
    return None if b == 0 else int(math.fmod(a, b)) if abs(a) < 2**50 else a - b * int(a / b)


def turned(function):
    return lambda value: function(value) if math.isfinite(value) else NAN


def within_one(function):
    return lambda value: function(value) if -1 <= value <= 1 else None


def cube_root(value):
    return math.copysign(abs(value) ** (1 / 3), value) if math.isfinite(value) else value


FEW = ("double", SMALL)
DIGITS = ("double", [None, 0.0, 1.25, -1.25, 2.5, 1234.5678, -0.05, NAN])
WHOLE = ("long", [None, 0, 1, -1, 2, 5, -7, 20, 21, 12])

NUMBERS = {
    "abs": [one("abs", DOUBLE, abs), one("abs", LONG, abs)],
    "sign": [one("sign", DOUBLE, sign), one("sign", LONG, sign)],
    "ceil": [one("ceil", DOUBLE, whole(math.ceil)), one("ceil", LONG, lambda a: a)],
    "floor": [one("floor", DOUBLE, whole(math.floor)), one("floor", LONG, lambda a: a)],
    "trunc": [one("trunc", DOUBLE, whole(math.trunc)), one("trunc", LONG, lambda a: a)],
    "round": [
        one("round", DOUBLE, rounded),
        Sample("round(a, 2)", {"a": DIGITS}, strict(lambda a: rounded(a, 2))),
        Sample("round(a, -2)", {"a": DIGITS}, strict(
            lambda a: a if math.isnan(a) else math.copysign(math.floor(abs(a) / 100 + 0.5) * 100, a)
        )),
    ],
    "sqrt": [one("sqrt", DOUBLE, root), one("sqrt", LONG, root)],
    "cbrt": [one("cbrt", DOUBLE, cube_root)],
    "exp": [one("exp", DOUBLE, exponential)],
    "ln": [one("ln", DOUBLE, above_zero(math.log)), one("ln", LONG, above_zero(math.log))],
    "log10": [one("log10", DOUBLE, above_zero(math.log10))],
    "log2": [one("log2", DOUBLE, above_zero(math.log2))],
    "power": [two("power", DOUBLE, FEW, power)],
    "mod": [two("mod", LONG, LONG, cut)],
    "floor_mod": [two("floor_mod", LONG, LONG, lambda a, b: a % b if b else None)],
    "floor_div": [two("floor_div", LONG, LONG, lambda a, b: a // b if b else None)],
    "greatest": [
        Sample("greatest(a, b)", {"a": DOUBLE, "b": FEW}, extreme(max)),
        Sample("greatest(a, b, 3)", {"a": LONG, "b": LONG}, lambda a, b: extreme(max)(a, b, 3)),
    ],
    "least": [Sample("least(a, b)", {"a": DOUBLE, "b": FEW}, extreme(min))],
    "clamp": [Sample("clamp(a, b, c)", {"a": DOUBLE, "b": FEW, "c": FEW}, strict(clamp))],
    "pi": [Sample("pi()", {"a": LONG}, lambda a: math.pi)],
    "degrees": [one("degrees", DOUBLE, math.degrees)],
    "radians": [one("radians", DOUBLE, math.radians)],
    "sin": [one("sin", FEW, turned(math.sin)),
            one("sin", ("double", [INF, -INF]), turned(math.sin))],
    "cos": [one("cos", FEW, turned(math.cos)), one("cos", ("double", [INF]), turned(math.cos))],
    "tan": [one("tan", FEW, turned(math.tan)), one("tan", ("double", [INF]), turned(math.tan))],
    "asin": [one("asin", DOUBLE, within_one(math.asin))],
    "acos": [one("acos", DOUBLE, within_one(math.acos))],
    "atan": [one("atan", DOUBLE, math.atan)],
    "atan2": [two("atan2", DOUBLE, DOUBLE, math.atan2)],
    "hypot": [two("hypot", FEW, FEW, lambda a, b: math.sqrt(a * a + b * b))],
    "factorial": [one("factorial", WHOLE, lambda a: math.factorial(a) if 0 <= a <= 20 else None)],
    "gcd": [two("gcd", LONG, LONG, math.gcd)],
    "lcm": [two("lcm", WHOLE, WHOLE, math.lcm)],
    "bit_and": [two("bit_and", LONG, LONG, lambda a, b: a & b)],
    "bit_or": [two("bit_or", LONG, LONG, lambda a, b: a | b)],
    "bit_xor": [two("bit_xor", LONG, LONG, lambda a, b: a ^ b)],
    "bit_count": [one("bit_count", LONG, lambda a: (a & (2**64 - 1)).bit_count())],
    "is_nan": [one("is_nan", DOUBLE, math.isnan)],
    "is_finite": [one("is_finite", DOUBLE, math.isfinite), one("is_finite", LONG, math.isfinite)],
    "nan_to_null": [one("nan_to_null", DOUBLE, lambda a: None if math.isnan(a) else a)],
}  # fmt: skip
