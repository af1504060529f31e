"""Elements of JSON arrays as rows."""

from sqlglot import exp

from engine.scope import named


def with_elements(
    rows: exp.Select, value: exp.Expr, alias: str, *, keep_empty: bool = False
) -> exp.Select:
    """One row per element of a JSON array, the element as JSON under that name."""
    items = unnested(elements(value), keep_empty=keep_empty)
    return rows.select(named(items, alias), copy=False)


def elements(value: exp.Expr) -> exp.Expr:
    """The elements of a JSON array as a list of JSON values."""
    return exp.cast(value.copy(), "JSON[]", dialect="duckdb")


def unnested(values: exp.Expr, *, keep_empty: bool) -> exp.Expr:
    """One row per value of a list; with keep_empty a row with NULL when there are none."""
    if keep_empty:
        size = exp.Anonymous(this="len", expressions=[values.copy()])
        has_some = exp.GT(this=size, expression=exp.Literal.number(0))
        nothing = exp.array(exp.null(), dialect="duckdb")
        values = exp.Case(ifs=[exp.If(this=has_some, true=values)], default=nothing)
    return exp.Explode(this=values)


def element_text(element: exp.Expr, path: str = "$") -> exp.Expr:
    """What is at a path of a JSON value, as text: a JSON text without its quotes, JSON null and
    what is absent as NULL, objects and arrays as JSON."""
    return exp.Anonymous(
        this="json_extract_string", expressions=[element, exp.Literal.string(path)]
    )
