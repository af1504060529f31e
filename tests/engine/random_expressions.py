"""Random expressions, each with its meaning in plain Python: a second, independent evaluator."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]
TEXTS = ["", " ", "a", "Ab", "O'Brien", "ß", "👍x", "a.b", "-1.5", "e\u0301"]


@dataclass(frozen=True)
class Made:
    """An expression, what it is of a row, and its type word."""

    text: str
    value: Callable[[Row], Any]


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: None if None in values else function(*values)


def applied(text: str, function: Callable[..., Any], *parts: Made) -> Made:
    """`text` holds {0}, {1} ... for the parts."""
    return Made(
        text.format(*(f"({part.text})" for part in parts)),
        lambda row: function(*(part.value(row) for part in parts)),
    )


def constant(text: str, value: Any) -> Made:
    return Made(text, lambda _row: value)


def field(name: str) -> Made:
    return Made(name, lambda row: row[name])


def both(a: Any, b: Any) -> Any:
    """AND of three-valued logic."""
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def either(a: Any, b: Any) -> Any:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def order(value: float) -> tuple[int, float]:
    return (1, 0.0) if math.isnan(value) else (0, value)


def compared(sign: str) -> Callable[[Any, Any], Any]:
    def compare(a: Any, b: Any) -> bool:
        x, y = (order(a), order(b)) if isinstance(a, int | float) else (a, b)
        return {"=": x == y, "<>": x != y, "<": x < y, ">=": x >= y}[sign]

    return strict(compare)


def divided(a: float, b: float) -> float | None:
    if b == 0:
        return None
    return a / b


def cut(a: int, b: int) -> int | None:
    return None if b == 0 else int(math.fmod(a, b))


def halves(value: float) -> float:
    """Rounding half away from zero."""
    return math.copysign(math.floor(abs(value) + 0.5), value) if math.isfinite(value) else value


def chosen(condition: Any, yes: Any, no: Any) -> Any:
    return yes if condition is True else no


def first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def whole_numbers(depth: int) -> st.SearchStrategy[Made]:
    """Whole numbers that stay far from their limits."""
    leaves = st.one_of(
        st.sampled_from([field("i"), field("j")]),
        st.integers(-50, 50).map(lambda n: constant(str(n), n)),
    )
    if depth == 0:
        return leaves
    inner, text = whole_numbers(depth - 1), texts(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(inner, inner).map(lambda p: applied("{0} + {1}", strict(int.__add__), *p)),
        st.tuples(inner, inner).map(lambda p: applied("{0} - {1}", strict(int.__sub__), *p)),
        st.tuples(inner, inner).map(lambda p: applied("{0} % {1}", strict(cut), *p)),
        inner.map(lambda p: applied("-{0}", strict(lambda a: -a), p)),
        inner.map(lambda p: applied("abs({0})", strict(abs), p)),
        text.map(lambda p: applied("length({0})", strict(len), p)),
        st.tuples(text, text).map(
            lambda p: applied("strpos({0}, {1})", strict(lambda a, b: a.find(b) + 1), *p)
        ),
        st.tuples(truths(depth - 1), inner, inner).map(
            lambda p: applied("{0} ? {1} : {2}", chosen, *p)
        ),
        st.tuples(inner, inner).map(lambda p: applied("coalesce({0}, {1})", first, *p)),
    )


def doubles(depth: int) -> st.SearchStrategy[Made]:
    leaves = st.one_of(
        st.sampled_from([field("x"), field("y")]),
        st.integers(-20, 20).map(lambda n: constant(f"{n / 4}e0", n / 4)),
    )
    if depth == 0:
        return leaves
    inner, whole = doubles(depth - 1), whole_numbers(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(inner, inner).map(lambda p: applied("{0} + {1}", strict(float.__add__), *p)),
        st.tuples(inner, inner).map(lambda p: applied("{0} * {1}", strict(float.__mul__), *p)),
        st.tuples(inner, inner).map(lambda p: applied("{0} / {1}", strict(divided), *p)),
        st.tuples(whole, whole).map(lambda p: applied("{0} / {1}", strict(divided), *p)),
        inner.map(lambda p: applied("round({0})", strict(halves), p)),
        inner.map(lambda p: applied("nan_to_null({0})", strict(
            lambda a: None if math.isnan(a) else a), p)),
        whole.map(lambda p: applied("(double){0}", strict(float), p)),
        st.tuples(truths(depth - 1), inner, inner).map(
            lambda p: applied("CASE WHEN {0} THEN {1} ELSE {2} END", chosen, *p)
        ),
        st.tuples(inner, inner).map(
            lambda p: applied("greatest({0}, {1})", lambda a, b: max(
                (v for v in (a, b) if v is not None), key=order, default=None), *p)
        ),
    )  # fmt: skip


def texts(depth: int) -> st.SearchStrategy[Made]:
    leaves = st.one_of(
        st.sampled_from([field("s"), field("t")]),
        st.sampled_from(TEXTS).map(lambda t: constant(quoted(t), t)),
    )
    if depth == 0:
        return leaves
    inner, whole = texts(depth - 1), st.integers(-4, 6).map(lambda n: constant(str(n), n))
    return st.one_of(
        leaves,
        st.tuples(inner, inner).map(lambda p: applied("{0} || {1}", strict(str.__add__), *p)),
        st.tuples(inner, inner).map(
            lambda p: applied("concat({0}, {1})", lambda a, b: (a or "") + (b or ""), *p)
        ),
        inner.map(lambda p: applied("reverse({0})", strict(lambda a: a[::-1]), p)),
        st.tuples(inner, inner, inner).map(
            lambda p: applied("replace({0}, {1}, {2})", strict(
                lambda a, b, c: a.replace(b, c) if b else a), *p)
        ),
        st.tuples(inner, whole).map(
            lambda p: applied("left({0}, {1})", strict(
                lambda a, n: a[:n] if n >= 0 else a[: max(len(a) + n, 0)]), *p)
        ),
        inner.map(lambda p: applied("empty_to_null({0})", strict(lambda a: a or None), p)),
        st.tuples(truths(depth - 1), inner, inner).map(
            lambda p: applied("if({0}, {1}, {2})", chosen, *p)
        ),
        whole_numbers(depth - 1).map(lambda p: applied("(chararray){0}", strict(str), p)),
    )  # fmt: skip


def truths(depth: int) -> st.SearchStrategy[Made]:
    leaves = st.sampled_from([field("b"), constant("true", True), constant("NULL IS NULL", True)])
    if depth == 0:
        return leaves
    inner = truths(depth - 1)
    signs = st.sampled_from(["=", "<>", "<", ">="])
    pairs = st.one_of(
        st.tuples(doubles(depth - 1), doubles(depth - 1)),
        st.tuples(whole_numbers(depth - 1), whole_numbers(depth - 1)),
        st.tuples(texts(depth - 1), texts(depth - 1)),
    )
    return st.one_of(
        leaves,
        st.tuples(signs, pairs).map(
            lambda p: applied(f"{{0}} {p[0]} {{1}}", compared(p[0]), *p[1])
        ),
        st.tuples(inner, inner).map(lambda p: applied("{0} AND {1}", both, *p)),
        st.tuples(inner, inner).map(lambda p: applied("{0} OR {1}", either, *p)),
        inner.map(lambda p: applied("NOT {0}", strict(lambda a: not a), p)),
        texts(depth - 1).map(lambda p: applied("{0} IS NULL", lambda a: a is None, p)),
        st.tuples(texts(depth - 1), texts(depth - 1)).map(
            lambda p: applied("starts_with({0}, {1})", strict(str.startswith), *p)
        ),
        st.tuples(inner, inner).map(lambda p: applied("same({0}, {1})", lambda a, b: a is b, *p)),
    )


def expressions(depth: int = 3) -> st.SearchStrategy[Made]:
    """Expressions of every type, so many levels deep at most."""
    return st.one_of(whole_numbers(depth), doubles(depth), texts(depth), truths(depth))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


_NUMBERS = maybe(
    st.sampled_from([0.0, -0.0, 1.0, -1.5, 2.5, 0.1, 1e6, math.nan, math.inf, -math.inf])
)

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "i": maybe(st.integers(-100, 100)),
            "j": maybe(st.integers(-3, 3)),
            "x": _NUMBERS,
            "y": _NUMBERS,
            "s": maybe(st.sampled_from(TEXTS)),
            "t": maybe(st.sampled_from(TEXTS)),
            "b": maybe(st.booleans()),
        }
    ),
    min_size=1,
    max_size=6,
)
