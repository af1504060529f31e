"""Transformations that let some of the rows through: limit, sample, distinct."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final

from pydantic import Field
from sqlglot import exp

from engine.catalog.ordering import SortField, known_fields, ordered_by, whole_order
from engine.catalog.transforms import OneStream, all_columns
from engine.expressions import column
from engine.fields import Fields
from engine.scope import Input, Scope, joined, named, relation, select_from
from engine.stages import Outcome, Transform

_NUMBER, _TEXT, _RANKED = "_number", "_text", "_ranked"
_UNIT_SEPARATOR: Final = "\x1f"
_NULL_MARK: Final = "\x1e"
_MD5_VALUES: Final = 2**128


def _numbered(
    rows: exp.Select, fields: Fields, partition: Sequence[exp.Expr], order: Sequence[exp.Expr]
) -> tuple[exp.Select, exp.Column]:
    """A query over the rows with their numbers within each partition, and that number."""
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=list(partition),
        order=exp.Order(expressions=list(order)) if order else None,
    )
    inner = rows.select(named(number, _NUMBER), copy=False)
    outer = select_from(inner.subquery(_RANKED, copy=False), all_columns(fields))
    return outer, column(_NUMBER)


def _all_of(incoming: Input) -> exp.Select:
    return select_from(relation(incoming.relation), all_columns(incoming.fields))


class Limit(OneStream):
    """Lets the first rows through: of the order they come in, or of order_by; with
    partition_by the first of each group. The order comes from a sort before it, or from order_by;
    without either it is any rows. Of rows that are equal in order_by, any may be taken. The
    number is a constant: variables are not allowed here.
    """

    type_name: ClassVar[str] = "limit"
    class_name: ClassVar[str] = "Limit"
    example: ClassVar[dict[str, Any]] = {
        "name": "three_largest_of_each_customer",
        "limit": 3,
        "partition_by": ["customer_id"],
        "order_by": [{"field": "amount", "direction": "desc"}],
    }

    limit: int = Field(gt=0, lt=2**63, description="How many rows; above 0, no variables.")
    partition_by: tuple[str, ...] = Field(
        default=(), max_length=100, description="Fields whose equal values make a group."
    )
    order_by: tuple[SortField, ...] = Field(
        default=(), max_length=100, description="Which rows are the first; NULL is the smallest."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        partition = known_fields(scope, self.partition_by, "partition_by")
        order = ordered_by(scope, self.order_by, "order_by")
        rows = _all_of(incoming)
        if not self.partition_by:
            at_most = self.limit if incoming.at_most is None else min(self.limit, incoming.at_most)
            query = rows.order_by(*order).limit(self.limit) if order else rows.limit(self.limit)
            return Outcome(incoming.fields, Transform(query, orders=bool(order)), at_most)
        keys = [column(name) for name in partition]
        picked, number = _numbered(rows, incoming.fields, keys, order)
        within = exp.LTE(this=number, expression=exp.Literal.number(self.limit))
        return Outcome(incoming.fields, Transform(picked.where(within)), incoming.at_most)


class Sample(OneStream):
    """Lets about a given share of the rows through, chosen at random all over the input. With a
    seed the same rows give the same sample each time, in whatever order they come, which takes
    longer; without one each run draws anew.
    """

    type_name: ClassVar[str] = "sample"
    class_name: ClassVar[str] = "Sample"
    example: ClassVar[dict[str, Any]] = {"name": "a_tenth", "percent": 10, "seed": 42}

    percent: float = Field(gt=0, le=100, description="The share of rows; may be a fraction.")
    seed: int | None = Field(
        default=None, ge=-(2**63), lt=2**63, description="Makes the choice repeatable."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        share = Decimal(str(self.percent)) / 100
        if share == 1:
            query = _all_of(incoming)
        elif self.seed is None:
            drawn = exp.LT(this=exp.Rand(), expression=exp.Literal.number(str(share)))
            query = _all_of(incoming).where(drawn)
        else:
            query = _seeded(incoming, share, self.seed)
        transform = Transform(query, once=self.seed is None and share != 1)
        return Outcome(incoming.fields, transform, incoming.at_most)


def _seeded(incoming: Input, share: Decimal, seed: int) -> exp.Select:
    """Each row is judged by a hash of the seed, its values, and its number among equal rows."""
    values = [
        exp.Coalesce(
            this=exp.cast(column(name), "TEXT"), expressions=[exp.Literal.string(_NULL_MARK)]
        )
        for name in incoming.fields.names
    ]
    text = exp.MD5(this=joined(_UNIT_SEPARATOR, values))
    hashed = _all_of(incoming).select(named(text, _TEXT), copy=False)
    rows = select_from(
        hashed.subquery(_TEXT, copy=False), [*all_columns(incoming.fields), column(_TEXT)]
    )
    picked, number = _numbered(rows, incoming.fields, [column(_TEXT)], [])
    parts = [exp.Literal.string(str(seed)), column(_TEXT), exp.cast(number, "TEXT")]
    lot = exp.MD5(this=joined("-", parts))
    below = exp.Literal.string(f"{int(share * _MD5_VALUES):032x}")
    return picked.where(exp.LT(this=lot, expression=below))


class Distinct(OneStream):
    """Removes rows that are there already: those equal in all fields, or in the keys. Of rows
    with equal keys the first by order_by stays; if several are level, the one with the smallest
    values in its other fields, in their order. NULL equals NULL here and is the smallest value.
    """

    type_name: ClassVar[str] = "distinct"
    class_name: ClassVar[str] = "Distinct"
    example: ClassVar[dict[str, Any]] = {
        "name": "newest_of_each_customer",
        "keys": ["customer_id"],
        "order_by": [{"field": "updated_at", "direction": "desc"}],
    }

    keys: tuple[str, ...] = Field(
        default=(), max_length=100, description="Fields that make rows the same; empty for all."
    )
    order_by: tuple[SortField, ...] = Field(
        default=(), max_length=100, description="Which of the rows with equal keys stays."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        keys = known_fields(scope, self.keys, "keys")
        order = ordered_by(scope, self.order_by, "order_by")
        if not self.keys:
            if self.order_by:
                scope.report(
                    "missing_required_property",
                    "keys",
                    "order_by chooses among rows with equal keys, and there are no keys.",
                    "Name the keys, or sort afterwards.",
                )
            unique = Transform(_all_of(incoming).distinct())
            return Outcome(incoming.fields, unique, incoming.at_most)
        others = Fields(tuple(field for field in incoming.fields if field.name not in keys))
        picked, number = _numbered(
            _all_of(incoming),
            incoming.fields,
            [column(name) for name in keys],
            whole_order(order, others),
        )
        first = exp.EQ(this=number, expression=exp.Literal.number(1))
        return Outcome(incoming.fields, Transform(picked.where(first)), incoming.at_most)
