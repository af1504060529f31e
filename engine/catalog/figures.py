"""The figures of a group of rows: one tree per function, for aggregate, cube and window."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from connections.drivers.types import FLOAT_WORDS, INTEGER_WORDS, decimal_parts
from engine.catalog.base import Part
from engine.catalog.ordering import SortField, ordered_by, ordered_column
from engine.catalog.transforms import is_new_name
from engine.expressions import column
from engine.expressions.semantics import cast_to
from engine.expressions.typing import family
from engine.fields import Field as FlowField
from engine.scope import Scope

_SYNONYMS = {
    "avg": "average",
    "min": "minimum",
    "max": "maximum",
    "hyperloglog": "approximate_distinct",
}


def function_code(value: object) -> object:
    """The function's full name for an older or shorter one."""
    return _SYNONYMS.get(value, value) if isinstance(value, str) else value


AggregateFunction = Annotated[
    Literal[
        "count_all",
        "count",
        "count_distinct",
        "approximate_distinct",
        "sum",
        "average",
        "minimum",
        "maximum",
        "median",
        "percentile",
        "standard_deviation",
        "variance",
        "collect",
        "collect_distinct",
        "concatenate",
        "first",
        "last",
    ],
    BeforeValidator(function_code),
]

Wrap = Callable[[exp.Expr], exp.Expr]
"""What is put around the bare function, before its result is cast."""


class FigureOptions(Part):
    """What some functions take besides a field."""

    percentile: float | None = Field(default=None, ge=0, le=100)
    method: Literal["continuous", "discrete"] = "continuous"
    population: bool = False
    separator: str = Field(default=",", max_length=100)
    order_by: tuple[SortField, ...] = Field(default=(), max_length=20)


class Aggregation(Part):
    """One figure per group."""

    function: AggregateFunction
    field: str | None = None
    alias: str
    options: FigureOptions = FigureOptions()


_TAKES: Final[dict[str, frozenset[str]]] = {
    "percentile": frozenset({"percentile", "method"}),
    "standard_deviation": frozenset({"population"}),
    "variance": frozenset({"population"}),
    "collect": frozenset({"order_by"}),
    "concatenate": frozenset({"separator", "order_by"}),
    "first": frozenset({"order_by"}),
    "last": frozenset({"order_by"}),
}
_REQUIRED: Final = {"percentile": "percentile", "first": "order_by", "last": "order_by"}
_NUMBERS_ONLY: Final = frozenset({"sum", "average", "median", "standard_deviation", "variance"})
_SIMPLE: Final[dict[str, type[exp.Expr]]] = {
    "sum": exp.Sum,
    "average": exp.Avg,
    "minimum": exp.Min,
    "maximum": exp.Max,
    "median": exp.Median,
    "standard_deviation": exp.StddevSamp,
    "variance": exp.Variance,
}
_OF_POPULATION: Final[dict[str, type[exp.Expr]]] = {
    "standard_deviation": exp.StddevPop,
    "variance": exp.VariancePop,
}


def figures(
    scope: Scope, aggregations: Sequence[Aggregation], seen: set[str]
) -> list[tuple[FlowField, exp.Expr]] | None:
    """The figures as outgoing fields with their trees; None after findings."""
    made = [
        _figure(scope, figure, seen, f"aggregations[{index}]")
        for index, figure in enumerate(aggregations)
    ]
    known = [entry for entry in made if entry is not None]
    return known if len(known) == len(made) else None


def _figure(
    scope: Scope, figure: Aggregation, seen: set[str], place: str
) -> tuple[FlowField, exp.Expr] | None:
    good_name = is_new_name(scope, figure.alias, seen, f"{place}.alias")
    good_options = _takes_options(scope, figure, f"{place}.options")
    if figure.function == "count_all":
        counted = FlowField(figure.alias, "long"), exp.Count(this=exp.Star())
        return counted if good_name and good_options else None
    field = figure_field(scope, figure.function, figure.field, place)
    order = ordered_by(scope, figure.options.order_by, f"{place}.options.order_by")
    if field is None or not good_name or not good_options:
        return None
    tree, word = _tree(figure, field, order)
    return FlowField(figure.alias, word), tree


def figure_field(scope: Scope, function: str, name: str | None, place: str) -> FlowField | None:
    """The field that a function works on; None after a finding."""
    if not name:
        scope.report(
            "missing_required_property",
            f"{place}.field",
            f"The function {function} needs a field.",
            "count_all counts rows without one.",
        )
        return None
    field = scope.field(name, f"{place}.field")
    if field is None:
        return None
    if function in _NUMBERS_ONLY and family(field.type) not in (None, "number"):
        scope.report(
            "type_mismatch",
            f"{place}.field",
            f"The {function} of {field.name} is not possible: it is {field.type}.",
            "Cast it to a number in a select before.",
        )
        return None
    return field


def _takes_options(scope: Scope, figure: Aggregation, place: str) -> bool:
    takes = _TAKES.get(figure.function, frozenset())
    given = figure.options.model_fields_set
    for name in sorted((given & set(FigureOptions.model_fields)) - takes):
        scope.report(
            "invalid_property_value",
            f"{place}.{name}",
            f"The function {figure.function} takes no {name}.",
            f"It takes {', '.join(sorted(takes)) or 'no options'}.",
        )
        return False
    required = _REQUIRED.get(figure.function)
    if required and getattr(figure.options, required) in (None, ()):
        scope.report(
            "missing_required_property",
            f"{place}.{required}",
            f"The function {figure.function} needs the option {required}.",
        )
        return False
    if figure.function == "percentile" and figure.options.method == "continuous":
        return _is_continuous(scope, figure, place)
    return True


def _is_continuous(scope: Scope, figure: Aggregation, place: str) -> bool:
    """Whether there are values between the field's values; unknown fields are found elsewhere."""
    field = scope.inputs[0].fields.find(figure.field or "")
    if field is None or family(field.type) in (None, "number"):
        return True
    scope.report(
        "type_mismatch",
        f"{place}.method",
        f"There is nothing between two values of {field.name}: it is {field.type}.",
        'Set "method": "discrete" to get one of its values.',
    )
    return False


def _tree(
    figure: Aggregation, field: FlowField, order: list[exp.Ordered]
) -> tuple[exp.Expr, str | None]:
    options = figure.options
    if figure.function == "percentile":
        return _percentile(field, options)
    if figure.function in ("collect", "collect_distinct"):
        return _collected(field, order, is_distinct=figure.function == "collect_distinct")
    if figure.function == "concatenate":
        return _concatenated(field, order, options.separator)
    if figure.function in ("first", "last"):
        kind = exp.First if figure.function == "first" else exp.Last
        return _present(kind(this=_in_order(field, order)), field), field.type
    return simple_figure(figure.function, field, is_population=options.population)


def simple_figure(
    function: str,
    field: FlowField,
    *,
    is_population: bool = False,
    wrap: Wrap = lambda tree: tree,
) -> tuple[exp.Expr, str | None]:
    """A figure that needs no order, with its type."""
    value = column(field.name)
    if function == "count":
        return wrap(exp.Count(this=value)), "long"
    if function == "count_distinct":
        return wrap(exp.Count(this=exp.Distinct(expressions=[value]))), "long"
    if function == "approximate_distinct":
        return wrap(exp.ApproxDistinct(this=value)), "long"
    kinds = _OF_POPULATION if is_population else _SIMPLE
    tree = wrap(kinds[function](this=value))
    if function in ("minimum", "maximum"):
        return tree, field.type
    if function != "sum":
        return cast_to(tree, None, "double")
    return _sum(tree, field.type)


def _sum(tree: exp.Expr, word: str | None) -> tuple[exp.Expr, str | None]:
    if word in INTEGER_WORDS:
        return exp.cast(tree, "BIGINT", dialect="duckdb"), "long"
    if word in FLOAT_WORDS:
        return tree, "double"
    if word is not None and (sizes := decimal_parts(word)):
        return tree, f"decimal(38,{sizes[1]})"
    return tree, None


def _percentile(field: FlowField, options: FigureOptions) -> tuple[exp.Expr, str | None]:
    share = exp.Literal.number(repr((options.percentile or 0) / 100))
    value = column(field.name)
    if options.method == "discrete":
        return exp.PercentileDisc(this=value, expression=share), field.type
    as_number = cast_to(value, field.type, "double")[0]
    return exp.PercentileCont(this=as_number, expression=share), "double"


def _present(tree: exp.Expr, field: FlowField) -> exp.Expr:
    """The function over rows where the field is not NULL."""
    is_present = exp.not_(exp.Is(this=column(field.name), expression=exp.null()))
    return exp.Filter(this=tree, expression=exp.Where(this=is_present))


def _in_order(
    field: FlowField, order: Sequence[exp.Ordered], value: exp.Expr | None = None
) -> exp.Order:
    """The value, rows in the order given; those that are level by the value itself."""
    return exp.Order(
        this=column(field.name) if value is None else value,
        expressions=[*(part.copy() for part in order), ordered_column(field.name)],
    )


def _concatenated(
    field: FlowField, order: Sequence[exp.Ordered], separator: str
) -> tuple[exp.Expr, str | None]:
    text = cast_to(column(field.name), field.type, "string")[0]
    joined = exp.GroupConcat(
        this=_in_order(field, order, text), separator=exp.Literal.string(separator)
    )
    return _present(joined, field), "string"


def _collected(
    field: FlowField, order: Sequence[exp.Ordered], *, is_distinct: bool
) -> tuple[exp.Expr, str | None]:
    """A JSON array of the values; of none of them, an empty one."""
    value = exp.Distinct(expressions=[column(field.name)]) if is_distinct else None
    values = _present(exp.ArrayAgg(this=_in_order(field, order, value)), field)
    element = exp.to_identifier("value")
    as_json = exp.Transform(
        this=values, expression=exp.Lambda(this=_json(element, field.type), expressions=[element])
    )
    text = exp.cast(exp.Anonymous(this="to_json", expressions=[as_json]), "TEXT")
    return exp.Coalesce(this=text, expressions=[exp.Literal.string("[]")]), "json_array"


def _json(value: exp.Expr, word: str | None) -> exp.Expr:
    """One value as JSON: numbers and booleans bare, JSON as it is, all else as text."""
    if word in ("json", "json_array"):
        return exp.cast(value.copy(), "JSON")
    if word == "binary":
        value = exp.ToBase64(this=value.copy())
    elif family(word) in ("date or time", "time of day"):
        value = exp.cast(value.copy(), "TEXT")
    bare = exp.Anonymous(this="to_json", expressions=[value.copy()])
    if word not in FLOAT_WORDS:
        return bare
    text = exp.Anonymous(this="to_json", expressions=[exp.cast(value.copy(), "TEXT")])
    is_number = exp.Anonymous(this="isfinite", expressions=[value.copy()])
    return exp.Case(ifs=[exp.If(this=is_number, true=bare)], default=text)
