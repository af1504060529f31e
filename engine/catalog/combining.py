"""Transformations that bring rows together: join and aggregate."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from connections.drivers.types import FLOAT_WORDS, INTEGER_WORDS, decimal_parts
from engine.catalog.base import Category, Component, Part, Ports
from engine.catalog.transforms import is_new_name
from engine.expressions import column
from engine.expressions.semantics import cast_to
from engine.expressions.typing import family
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.scope import Scope, relation
from engine.stages import Outcome, Transform

_LEFT, _RIGHT = "left_rows", "right_rows"


class JoinCondition(Part):
    """Two fields that must be equal."""

    left_field: str
    right_field: str


class Join(Component):
    """Combines the rows of two inputs whose fields are equal; NULL equals nothing. All fields
    of both sides leave; a right field whose name the left side has too becomes
    `<component>_<field>`, with the name of the component the right rows come from.
    """

    type_name: ClassVar[str] = "join"
    category: ClassVar[Category] = "transformation"
    class_name: ClassVar[str] = "Join"
    inputs: ClassVar[Ports] = Ports(min=2, max=2, names=("left", "right"))
    outputs: ClassVar[Ports] = Ports(min=1, max=None)
    example: ClassVar[dict[str, Any]] = {
        "name": "with_customer",
        "join_type": "left",
        "conditions": [{"left_field": "customer_id", "right_field": "id"}],
    }

    join_type: Literal["inner", "left", "right", "full"] = Field(
        default="inner", description="Which side keeps its rows without a partner."
    )
    conditions: tuple[JoinCondition, ...] = Field(
        min_length=1, max_length=50, description="All must hold."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        left, right = scope.inputs
        condition = self._condition(scope)
        outgoing = [(field, column(field.name, _LEFT)) for field in left.fields]
        taken = {field.name.casefold() for field in left.fields}
        for field in right.fields:
            name = _free_name(field.name, right.component_name, taken)
            taken.add(name.casefold())
            outgoing.append((FlowField(name, field.type), column(field.name, _RIGHT)))
        fields = Fields(tuple(field for field, _ in outgoing))
        if condition is None:
            return Outcome(fields, None)
        query = (
            exp.select(*(exp.alias_(tree, field.name, quoted=True) for field, tree in outgoing))
            .from_(exp.alias_(relation(left.relation), _LEFT, table=True, quoted=True))
            .join(
                exp.alias_(relation(right.relation), _RIGHT, table=True, quoted=True),
                on=condition,
                join_type=self.join_type,
            )
        )
        return Outcome(fields, Transform(query))

    def _condition(self, scope: Scope) -> exp.Expr | None:
        parts = []
        for index, pair in enumerate(self.conditions):
            place = f"conditions[{index}]"
            left = scope.field(pair.left_field, f"{place}.left_field")
            right = scope.field(pair.right_field, f"{place}.right_field", port=1)
            if left is None or right is None:
                continue
            kinds = {family(left.type), family(right.type)} - {None}
            if len(kinds) > 1:
                scope.report(
                    "type_mismatch",
                    place,
                    f"{left.name} is {left.type} and {right.name} is {right.type}; they cannot"
                    " be equal.",
                    "Cast one of them in a select before the join.",
                )
                continue
            parts.append(
                exp.EQ(this=column(left.name, _LEFT), expression=column(right.name, _RIGHT))
            )
        return exp.and_(*parts) if len(parts) == len(self.conditions) else None


def _free_name(name: str, component: str, taken: set[str]) -> str:
    if name.casefold() not in taken:
        return name
    prefix = re.sub(r"[^A-Za-z0-9_]", "_", component)
    prefix = prefix if prefix[:1].isalpha() else f"f{prefix}"
    base = candidate = f"{prefix}_{name}"[:120]
    number = 2
    while candidate.casefold() in taken:
        candidate = f"{base}_{number}"
        number += 1
    return candidate


_SYNONYMS = {"avg": "average", "min": "minimum", "max": "maximum"}


def _function_code(value: object) -> object:
    return _SYNONYMS.get(value, value) if isinstance(value, str) else value


AggregateFunction = Annotated[
    Literal[
        "count_all",
        "count",
        "count_distinct",
        "sum",
        "average",
        "minimum",
        "maximum",
        "median",
        "standard_deviation",
        "variance",
    ],
    BeforeValidator(_function_code),
]

_NODES: dict[str, type[exp.Expr]] = {
    "sum": exp.Sum,
    "average": exp.Avg,
    "minimum": exp.Min,
    "maximum": exp.Max,
    "median": exp.Median,
    "standard_deviation": exp.StddevSamp,
    "variance": exp.Variance,
}
_NUMBERS_ONLY = {"sum", "average", "median", "standard_deviation", "variance"}


class GroupField(Part):
    """A field whose equal values make a group."""

    field: str
    alias: str | None = None


class Aggregation(Part):
    """One figure per group."""

    function: AggregateFunction
    field: str | None = None
    alias: str


class Aggregate(Component):
    """Makes one row of every group of rows with equal values in the group_by fields; without
    any, one row of all. NULL values are left out of every figure except count_all; a NULL key
    is a group of its own. The sum of whole numbers is a long; averages are doubles;
    standard_deviation and variance are those of a sample.
    """

    type_name: ClassVar[str] = "aggregate"
    category: ClassVar[Category] = "transformation"
    class_name: ClassVar[str] = "Aggregate"
    inputs: ClassVar[Ports] = Ports(min=1, max=1)
    outputs: ClassVar[Ports] = Ports(min=1, max=None)
    example: ClassVar[dict[str, Any]] = {
        "name": "per_customer",
        "group_by": [{"field": "customer_id"}],
        "aggregations": [
            {"function": "count_all", "alias": "orders"},
            {"function": "sum", "field": "amount", "alias": "revenue"},
        ],
    }

    group_by: tuple[GroupField, ...] = Field(
        default=(), max_length=100, description="Keys of the groups; may be empty."
    )
    aggregations: tuple[Aggregation, ...] = Field(
        min_length=1, max_length=MAX_FIELDS, description="The figures of each group."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        seen: set[str] = set()
        keys = [self._key(scope, index, key, seen) for index, key in enumerate(self.group_by)]
        figures = [
            self._figure(scope, index, figure, seen)
            for index, figure in enumerate(self.aggregations)
        ]
        outgoing = [made for made in (*keys, *figures) if made is not None]
        if len(outgoing) != len(keys) + len(figures):
            return None
        query = exp.select(
            *(exp.alias_(tree, field.name, quoted=True) for field, tree in outgoing)
        ).from_(relation(scope.inputs[0].relation))
        if keys:
            query = query.group_by(*(made[1].copy() for made in keys if made is not None))
        return Outcome(Fields(tuple(field for field, _ in outgoing)), Transform(query))

    def _key(
        self, scope: Scope, index: int, key: GroupField, seen: set[str]
    ) -> tuple[FlowField, exp.Expr] | None:
        field = scope.field(key.field, f"group_by[{index}].field")
        if field is None:
            return None
        alias = key.alias or field.name
        if not is_new_name(scope, alias, seen, f"group_by[{index}].alias"):
            return None
        return FlowField(alias, field.type), column(field.name)

    def _figure(
        self, scope: Scope, index: int, figure: Aggregation, seen: set[str]
    ) -> tuple[FlowField, exp.Expr] | None:
        place = f"aggregations[{index}]"
        good_name = is_new_name(scope, figure.alias, seen, f"{place}.alias")
        if figure.function == "count_all":
            return (
                (FlowField(figure.alias, "long"), exp.Count(this=exp.Star()))
                if good_name
                else (None)
            )
        if not figure.field:
            scope.report(
                "missing_required_property",
                f"{place}.field",
                f"The function {figure.function} needs a field.",
                "count_all counts rows without one.",
            )
            return None
        field = scope.field(figure.field, f"{place}.field")
        if field is None or not good_name or not _is_number(scope, figure, field, place):
            return None
        tree, word = _figure_tree(figure.function, field)
        return FlowField(figure.alias, word), tree


def _is_number(scope: Scope, figure: Aggregation, field: FlowField, place: str) -> bool:
    if figure.function not in _NUMBERS_ONLY or family(field.type) in (None, "number"):
        return True
    scope.report(
        "type_mismatch",
        f"{place}.field",
        f"The {figure.function} of {field.name} is not possible: it is {field.type}.",
        "Cast it to a number in a select before.",
    )
    return False


def _figure_tree(function: str, field: FlowField) -> tuple[exp.Expr, str | None]:
    value = column(field.name)
    if function == "count":
        return exp.Count(this=value), "long"
    if function == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[value])), "long"
    tree = _NODES[function](this=value)
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
