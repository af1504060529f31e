"""Transformations that put rows of two inputs side by side: join and cross join."""

import re
from typing import Any, ClassVar, Final, Literal

from pydantic import Field
from sqlglot import exp

from engine.catalog.base import Category, Component, Part, Ports
from engine.expressions import column
from engine.expressions.typing import family
from engine.fields import Field as FlowField
from engine.fields import Fields
from engine.scope import Input, Scope, named, relation, select_from
from engine.stages import Outcome, Transform

_LEFT, _RIGHT = "left_rows", "right_rows"

LARGE_PRODUCT: Final = 10_000_000
"""Rows of a cross join that are worth a warning."""


class JoinCondition(Part):
    """Two fields that must be equal."""

    left_field: str
    right_field: str


class _TwoInputs(Component):
    category: ClassVar[Category] = "transformation"
    inputs: ClassVar[Ports] = Ports(min=2, max=2, names=("left", "right"))
    outputs: ClassVar[Ports] = Ports(min=1, max=None)


class Join(_TwoInputs):
    """Combines the rows of two inputs whose fields are equal; NULL equals nothing. All fields
    of both sides leave; a right field whose name the left side has too becomes
    `<component>_<field>`, with the name of the component the right rows come from.
    """

    type_name: ClassVar[str] = "join"
    class_name: ClassVar[str] = "Join"
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
    strategy: Literal["default", "replicated", "skewed"] = Field(
        default="default",
        description="Advice for a cluster: replicated sends a small right side everywhere, skewed"
        " expects few keys with most rows. The result is the same.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        left, right = scope.inputs
        condition = self._condition(scope)
        rows, fields = _both_sides(left, right)
        if condition is None:
            return Outcome(fields, None)
        query = rows.join(
            _aliased(right, _RIGHT), on=condition, join_type=self.join_type, copy=False
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


class CrossJoin(_TwoInputs):
    """Puts every row of one input beside every row of the other. All fields of both sides leave,
    named as in a join. Its rows are the product of both inputs' rows: filter before it.
    """

    type_name: ClassVar[str] = "cross_join"
    class_name: ClassVar[str] = "CrossJoin"
    example: ClassVar[dict[str, Any]] = {"name": "every_day_of_every_shop"}

    def compile(self, scope: Scope) -> Outcome | None:
        left, right = scope.inputs
        rows, fields = _both_sides(left, right)
        at_most = None
        if left.at_most is not None and right.at_most is not None:
            at_most = left.at_most * right.at_most
            if at_most > LARGE_PRODUCT:
                scope.report(
                    "cross_join_large",
                    "",
                    f"{left.at_most:,} by {right.at_most:,} rows may make {at_most:,} rows.",
                    "Filter before, or use a join.",
                    severity="warning",
                )
        query = rows.join(_aliased(right, _RIGHT), join_type="cross", copy=False)
        return Outcome(fields, Transform(query), at_most)


def _aliased(side: Input, alias: str) -> exp.Expr:
    return exp.alias_(relation(side.relation), alias, table=True, quoted=True)


def _both_sides(left: Input, right: Input) -> tuple[exp.Select, Fields]:
    """All fields of both inputs, selected from the left one."""
    outgoing = [(field, column(field.name, _LEFT)) for field in left.fields]
    taken = {field.name.casefold() for field in left.fields}
    for field in right.fields:
        name = _free_name(field.name, right.component_name, taken)
        taken.add(name.casefold())
        outgoing.append((FlowField(name, field.type), column(field.name, _RIGHT)))
    trees = (named(tree, field.name) for field, tree in outgoing)
    fields = Fields(tuple(field for field, _ in outgoing))
    return select_from(_aliased(left, _LEFT), trees), fields


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
