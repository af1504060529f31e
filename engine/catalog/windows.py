"""Rank and window: figures that look at other rows, while every row stays."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from engine.catalog.base import Part
from engine.catalog.figures import figure_field, function_code, simple_figure
from engine.catalog.frames import Frame, frame_spec
from engine.catalog.ordering import SortField, known_fields, ordered_by
from engine.catalog.transforms import OneStream, all_columns, is_new_name
from engine.expressions import column
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.scope import Scope, named, relation, select_from
from engine.stages import Outcome, Transform


class Rank(OneStream):
    """Adds the place of each row in the order of sort_fields, counted from 1, as a long. Rows
    that are level share a place; the next one leaves a gap, unless dense. All rows stay, in no
    particular order.
    """

    type_name: ClassVar[str] = "rank"
    class_name: ClassVar[str] = "Rank"
    example: ClassVar[dict[str, Any]] = {
        "name": "by_revenue",
        "rank_field_name": "place",
        "sort_fields": [{"field": "revenue", "direction": "desc"}],
        "dense": True,
    }

    rank_field_name: str = Field(min_length=1, description="Name of the new field.")
    sort_fields: tuple[SortField, ...] = Field(
        min_length=1, max_length=100, description="Fields in order of weight; NULL is the smallest."
    )
    dense: bool = Field(default=False, description="Leave no gaps after rows that are level.")

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        order = ordered_by(scope, self.sort_fields, "sort_fields")
        seen = {name.casefold() for name in incoming.fields.names}
        if not is_new_name(scope, self.rank_field_name, seen, "rank_field_name"):
            return None
        function = exp.DenseRank() if self.dense else exp.Rank()
        place = exp.Window(this=function, order=exp.Order(expressions=order))
        return _with_new_fields(scope, [(FlowField(self.rank_field_name, "long"), place)])


WindowFunction = Annotated[
    Literal[
        "count",
        "sum",
        "average",
        "minimum",
        "maximum",
        "standard_deviation",
        "variance",
        "first_value",
        "last_value",
        "lead",
        "lag",
        "row_number",
        "rank",
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "ntile",
    ],
    BeforeValidator(function_code),
]

_RANKING: Final[dict[str, tuple[type[exp.Expr], str]]] = {
    "row_number": (exp.RowNumber, "long"),
    "rank": (exp.Rank, "long"),
    "dense_rank": (exp.DenseRank, "long"),
    "percent_rank": (exp.PercentRank, "double"),
    "cume_dist": (exp.CumeDist, "double"),
}
_PICKING: Final[dict[str, type[exp.Expr]]] = {
    "first_value": exp.FirstValue,
    "last_value": exp.LastValue,
}
_SHIFTING: Final[dict[str, type[exp.Expr]]] = {"lead": exp.Lead, "lag": exp.Lag}
_WITHOUT_FIELD: Final = frozenset({*_RANKING, "ntile"})
_IN_ORDER: Final = frozenset({*_RANKING, *_PICKING, *_SHIFTING, "ntile"})


class WindowArguments(Part):
    """offset and default go with lead and lag, buckets with ntile, frame with the figures."""

    offset: int = Field(default=1, ge=0, lt=2**31)
    default: str | None = Field(default=None, json_schema_extra={"variables": True})
    buckets: int | None = Field(default=None, gt=0, lt=2**31)
    frame: Frame | None = None


class WindowField(Part):
    """One new field: a function over the rows of the window."""

    function: WindowFunction
    field: str | None = None
    arguments: WindowArguments = WindowArguments()
    alias: str


@dataclass(frozen=True, slots=True)
class _Over:
    """Where the functions of one window look; puts that around a function."""

    partition: tuple[str, ...]
    order: tuple[exp.Ordered, ...]

    def __call__(self, tree: exp.Expr, spec: exp.WindowSpec | None = None) -> exp.Window:
        order = [part.copy() for part in self.order]
        return exp.Window(
            this=tree,
            partition_by=[column(name) for name in self.partition],
            order=exp.Order(expressions=order) if order else None,
            spec=spec,
        )


class Window(OneStream):
    """Adds figures that look at the other rows of the same partition; every row and field
    stays. Without partition_by all rows are one partition. A figure is over the whole partition
    unless its frame says otherwise: {"unit": "rows", "to": 0} makes a running total,
    {"unit": "rows", "from": -6, "to": 0} looks at seven rows; a missing end is open, 0 is this
    row, negative is before. With unit range, from and to are distances in the one order_by field,
    in time_units for dates, and rows that are level go together. row_number, rank, dense_rank,
    percent_rank, cume_dist, ntile (argument buckets), lead and lag (arguments offset and default,
    an expression), first_value and last_value need order_by; among rows that are level in it,
    which comes first is not defined. NULL is the smallest value; figures leave it out, count
    without a field counts rows.
    """

    type_name: ClassVar[str] = "window"
    class_name: ClassVar[str] = "Window"
    example: ClassVar[dict[str, Any]] = {
        "name": "running",
        "partition_by": ["customer_id"],
        "order_by": [{"field": "ordered_at"}],
        "functions": [
            {"function": "row_number", "alias": "order_number"},
            {
                "function": "sum",
                "field": "amount",
                "arguments": {"frame": {"unit": "rows", "to": 0}},
                "alias": "spent_so_far",
            },
            {
                "function": "lag",
                "field": "amount",
                "arguments": {"offset": 1, "default": "0"},
                "alias": "amount_before",
            },
        ],
    }

    partition_by: tuple[str, ...] = Field(
        default=(), max_length=100, description="Fields whose equal values make a partition."
    )
    order_by: tuple[SortField, ...] = Field(
        default=(), max_length=100, description="The order inside a partition."
    )
    functions: tuple[WindowField, ...] = Field(
        min_length=1, max_length=MAX_FIELDS, description="The new fields."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        over = _Over(
            tuple(known_fields(scope, self.partition_by, "partition_by")),
            tuple(ordered_by(scope, self.order_by, "order_by")),
        )
        seen = {name.casefold() for name in incoming.fields.names}
        made = [
            self._made(scope, function, over, seen, f"functions[{index}]")
            for index, function in enumerate(self.functions)
        ]
        known = [entry for entry in made if entry is not None]
        return _with_new_fields(scope, known) if len(known) == len(made) else None

    def _made(
        self, scope: Scope, part: WindowField, over: "_Over", seen: set[str], place: str
    ) -> tuple[FlowField, exp.Expr] | None:
        good_name = is_new_name(scope, part.alias, seen, f"{place}.alias")
        if not self._has_what_it_needs(scope, part, place):
            return None
        made = self._tree(scope, part, over, place)
        return (FlowField(part.alias, made[1]), made[0]) if made and good_name else None

    def _has_what_it_needs(self, scope: Scope, part: WindowField, place: str) -> bool:
        function, given = part.function, part.arguments.model_fields_set
        if function in _IN_ORDER and not self.order_by:
            scope.report(
                "missing_required_property",
                "order_by",
                f"The function {function} needs order_by: without it any row may come first.",
            )
            return False
        takes = _taken_arguments(function)
        for name in sorted((given & set(WindowArguments.model_fields)) - takes):
            scope.report(
                "invalid_property_value",
                f"{place}.arguments.{name}",
                f"The function {function} takes no {name}.",
                f"It takes {', '.join(sorted(takes)) or 'no arguments'}.",
            )
            return False
        if function == "ntile" and part.arguments.buckets is None:
            scope.report(
                "missing_required_property",
                f"{place}.arguments.buckets",
                "ntile needs the number of buckets.",
            )
            return False
        return True

    def _tree(
        self, scope: Scope, part: WindowField, over: "_Over", place: str
    ) -> tuple[exp.Expr, str | None] | None:
        function = part.function
        if function in _WITHOUT_FIELD:
            kind, word = _RANKING.get(function, (exp.Ntile, "long"))
            buckets = part.arguments.buckets
            this = kind() if buckets is None else kind(this=exp.Literal.number(buckets))
            return over(this), word
        spec = frame_spec(scope, part.arguments.frame, self.order_by, f"{place}.arguments.frame")
        if spec is None:
            return None
        if function == "count" and part.field is None:
            return over(exp.Count(this=exp.Star()), spec), "long"
        field = figure_field(scope, function, part.field, place)
        if field is None:
            return None
        if function in _PICKING:
            return over(_PICKING[function](this=column(field.name)), spec), field.type
        if function in _SHIFTING:
            return _shifted(scope, part, over, field, place)
        return simple_figure(function, field, wrap=lambda tree: over(tree, spec))


def _shifted(
    scope: Scope, part: WindowField, over: "_Over", field: FlowField, place: str
) -> tuple[exp.Expr, str | None] | None:
    default: exp.Expr | None = None
    if part.arguments.default is not None:
        where = f"{place}.arguments.default"
        typed = scope.expression(part.arguments.default, where)
        if typed is not None and field.type is not None:
            typed = scope.cast(*typed, field.type, where)
        if typed is None:
            return None
        default = typed[0]
    shifted = _SHIFTING[part.function](
        this=column(field.name),
        offset=exp.Literal.number(part.arguments.offset),
        default=default,
    )
    return over(shifted), field.type


def _taken_arguments(function: str) -> frozenset[str]:
    if function in _SHIFTING:
        return frozenset({"offset", "default"})
    if function == "ntile":
        return frozenset({"buckets"})
    return frozenset() if function in _RANKING else frozenset({"frame"})


def _with_new_fields(scope: Scope, made: list[tuple[FlowField, exp.Expr]]) -> Outcome:
    incoming = scope.inputs[0]
    new = (named(tree, field.name) for field, tree in made)
    rows = relation(incoming.relation)
    query = select_from(rows, [*all_columns(incoming.fields), *new])
    fields = Fields((*incoming.fields, *(field for field, _ in made)))
    return Outcome(fields, Transform(query, keeps_count=True), incoming.at_most)
