"""Aggregate and cube: one row for every group of rows."""

from itertools import chain, combinations, product
from typing import Any, ClassVar, Final, Literal

from pydantic import Field
from sqlglot import exp

from engine.catalog.base import Part
from engine.catalog.figures import Aggregation, figures
from engine.catalog.transforms import OneStream, is_new_name
from engine.expressions import column
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.scope import Scope, joined, named, relation, select_from
from engine.stages import Outcome, Transform

MAX_GROUPINGS: Final = 4_096
"""Most combinations of keys that one cube computes."""


class GroupField(Part):
    """A field whose equal values make a group."""

    field: str
    alias: str | None = None


class Aggregate(OneStream):
    """Makes one row of every group of rows with equal values in the group_by fields; without
    any, one row of all. NULL values are left out of every figure except count_all; a NULL key
    is a group of its own. The sum of whole numbers is a long; averages are doubles.
    standard_deviation and variance are those of a sample, with the option population those of
    all. percentile takes the options percentile (0 to 100) and method: continuous lies between
    values, discrete is one of them. collect and collect_distinct make a JSON array, concatenate
    a text with the option separator (a comma), in the order of the option order_by, else of the
    values. first and last need order_by. approximate_distinct estimates count_distinct.
    """

    type_name: ClassVar[str] = "aggregate"
    class_name: ClassVar[str] = "Aggregate"
    example: ClassVar[dict[str, Any]] = {
        "name": "per_customer",
        "group_by": [{"field": "customer_id"}],
        "aggregations": [
            {"function": "count_all", "alias": "orders"},
            {"function": "sum", "field": "amount", "alias": "revenue"},
            {
                "function": "first",
                "field": "status",
                "alias": "first_status",
                "options": {"order_by": [{"field": "ordered_at"}]},
            },
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
        made = figures(scope, self.aggregations, seen)
        known = [key for key in keys if key is not None]
        if made is None or len(known) != len(keys):
            return None
        outgoing = [*known, *made]
        trees = [named(tree, field.name) for field, tree in outgoing]
        query = select_from(relation(scope.inputs[0].relation), trees)
        if known:
            query = query.group_by(*(tree.copy() for _, tree in known), copy=False)
        fields = Fields(tuple(field for field, _ in outgoing))
        return Outcome(fields, Transform(query), scope.inputs[0].at_most if known else 1)

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


class Grouping(Part):
    """Fields to group by, with subtotals: cube for every combination of them, rollup for the
    first of them, the first two and so on; both with the grand total."""

    type: Literal["cube", "rollup"]
    fields: tuple[str, ...] = Field(min_length=1, max_length=20)


class Cube(OneStream):
    """Aggregates at several levels at once. A cube grouping gives a row for every combination of
    its fields, a rollup one for each level of a hierarchy, both down to the grand total; several
    groupings are combined, each level of one with each of the other. Keys that are rolled up are
    NULL; rolled_up_field tells such a NULL from one in the data. The figures are those of
    aggregate.
    """

    type_name: ClassVar[str] = "cube"
    class_name: ClassVar[str] = "Cube"
    example: ClassVar[dict[str, Any]] = {
        "name": "sales_by_region",
        "groupings": [{"type": "rollup", "fields": ["country", "city"]}],
        "aggregations": [{"function": "sum", "field": "amount", "alias": "revenue"}],
        "rolled_up_field": "rolled_up",
    }

    groupings: tuple[Grouping, ...] = Field(
        min_length=1, max_length=20, description="The keys, and which subtotals to make."
    )
    aggregations: tuple[Aggregation, ...] = Field(
        min_length=1, max_length=MAX_FIELDS, description="The figures, as in aggregate."
    )
    rolled_up_field: str | None = Field(
        default=None,
        description="Name of a text field that takes the names of the keys rolled up in the row,"
        " with commas between; empty for the finest level.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        seen: set[str] = set()
        keys = self._keys(scope, seen)
        made = figures(scope, self.aggregations, seen)
        marked = self.rolled_up_field is None or is_new_name(
            scope, self.rolled_up_field, seen, "rolled_up_field"
        )
        if keys is None or made is None or not marked:
            return None
        outgoing: list[tuple[FlowField, exp.Expr]] = [
            *((field, column(field.name)) for field in keys),
            *made,
        ]
        if self.rolled_up_field is not None:
            outgoing.append((FlowField(self.rolled_up_field, "string"), _rolled_up(keys)))
        trees = [named(tree, field.name) for field, tree in outgoing]
        query = select_from(relation(scope.inputs[0].relation), trees)
        spelling = {field.name.casefold(): field.name for field in keys}
        query.set("group", _grouping_sets([_levels(part, spelling) for part in self.groupings]))
        return Outcome(Fields(tuple(field for field, _ in outgoing)), Transform(query))

    def _keys(self, scope: Scope, seen: set[str]) -> list[FlowField] | None:
        keys: list[FlowField] = []
        count = levels = 0
        for index, grouping in enumerate(self.groupings):
            for place, name in enumerate(grouping.fields):
                field = scope.field(name, f"groupings[{index}].fields[{place}]")
                where = f"groupings[{index}].fields[{place}]"
                count += 1
                if field is not None and is_new_name(scope, field.name, seen, where):
                    keys.append(field)
        levels = 1
        for grouping in self.groupings:
            size = len(grouping.fields)
            levels *= 2**size if grouping.type == "cube" else size + 1
        if levels > MAX_GROUPINGS:
            scope.report(
                "invalid_property_value",
                "groupings",
                f"The groupings have {levels:,} combinations; the limit is {MAX_GROUPINGS:,}.",
                "Use fewer fields, or rollup instead of cube.",
            )
            return None
        return keys if len(keys) == count else None


def _levels(grouping: Grouping, spelling: dict[str, str]) -> list[tuple[str, ...]]:
    names = [spelling[name.casefold()] for name in grouping.fields]
    sizes = range(len(names), -1, -1)
    if grouping.type == "rollup":
        return [tuple(names[:size]) for size in sizes]
    return list(chain.from_iterable(combinations(names, size) for size in sizes))


def _grouping_sets(levels: list[list[tuple[str, ...]]]) -> exp.Group:
    sets = [
        exp.Tuple(expressions=[column(name) for name in chain.from_iterable(combination)])
        for combination in product(*levels)
    ]
    return exp.Group(expressions=[exp.GroupingSets(expressions=sets)])


def _rolled_up(keys: list[FlowField]) -> exp.Expr:
    parts = [
        exp.Case(
            ifs=[
                exp.If(
                    this=exp.EQ(
                        this=exp.Grouping(expressions=[column(field.name)]),
                        expression=exp.Literal.number(1),
                    ),
                    true=exp.Literal.string(field.name),
                )
            ]
        )
        for field in keys
    ]
    return joined(",", parts)
