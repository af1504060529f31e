"""Transformations of one stream: select, filter, sort."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from connections.drivers.types import TEXT_WORDS
from engine.catalog.base import FIELD_NAME, Category, Component, Part, Ports, TypeWord
from engine.catalog.elements import element_text, with_elements
from engine.catalog.ordering import SortField, ordered_by
from engine.catalog.rejecting import Rejecting
from engine.expressions import column
from engine.expressions.semantics import Typed, cast_to
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.rejects import Check
from engine.scope import Input, Scope, named, relation, select_from
from engine.stages import Outcome, Transform

_VARIABLES: dict[str, Any] = {"variables": True}


class OneStream(Component):
    """A transformation of one stream."""

    category: ClassVar[Category] = "transformation"
    inputs: ClassVar[Ports] = Ports(min=1, max=1)
    outputs: ClassVar[Ports] = Ports(min=1, max=None)


def all_columns(fields: Fields) -> list[exp.Expr]:
    """Every field under its own name."""
    return [column(name) for name in fields.names]


def is_new_name(scope: Scope, alias: str, seen: set[str], property_name: str) -> bool:
    """Whether an output name is well-formed and not taken; takes it. Findings go to the scope."""
    if not scope.no_variables(alias, property_name):
        return False
    if not FIELD_NAME.fullmatch(alias):
        scope.report(
            "invalid_field_name",
            property_name,
            f"'{alias[:140]}' cannot name a field.",
            "Letters, digits and underscores, at most 128, starting with a letter.",
        )
        return False
    if alias.casefold() in seen:
        scope.report(
            "duplicate_field_alias",
            property_name,
            f"Two outgoing fields are called '{alias}'.",
            "Give one of them another alias.",
        )
        return False
    seen.add(alias.casefold())
    return True


class SelectField(Part):
    """An outgoing field: an expression, its name, a type to cast to, and whether the elements of
    its JSON array become rows."""

    expression: str = Field(json_schema_extra=_VARIABLES)
    alias: str | None = None
    type: TypeWord | None = None
    flatten: bool = False

    @property
    def field_name(self) -> str:
        """The alias; a bare field name needs none."""
        return self.alias or self.expression.strip().strip('"')


class Select(OneStream, Rejecting):
    """Adds, drops, renames and reorders fields. Each outgoing field is an expression over the
    incoming fields with an alias; a type casts it. With include_all_input the incoming fields
    stay, and an alias equal to one of them replaces it. A field with flatten is a JSON array
    whose elements become rows, each cast to the type (string by default); an empty or NULL array
    drops the row, several such fields give every combination. The component flatten does more.
    With on_error reject, rows for which an expression or a cast fails go out of the port rejects.
    """

    type_name: ClassVar[str] = "select"
    class_name: ClassVar[str] = "Select"
    example: ClassVar[dict[str, Any]] = {
        "name": "with_total",
        "include_all_input": False,
        "fields": [
            {"expression": "id", "alias": "id"},
            {"expression": "round(price * quantity, 2)", "alias": "total", "type": "double"},
        ],
    }

    fields: tuple[SelectField, ...] = Field(
        min_length=1, max_length=MAX_FIELDS, description="The outgoing fields, in order."
    )
    include_all_input: bool = Field(
        default=False, description="Keep the incoming fields and put the new ones behind them."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        computed: dict[str, tuple[FlowField, exp.Expr]] = {}
        seen: set[str] = set()
        is_valid = True
        for index, field in enumerate(self.fields):
            made = self._compiled(scope, field, seen, f"fields[{index}]")
            if made is None:
                is_valid = False
            else:
                computed[made[0].name.casefold()] = made
        if not is_valid:
            return None
        incoming = scope.inputs[0]
        rows, texts = self._flattened(incoming, computed)
        computed.update(texts)
        outgoing = [*self._kept(scope, computed), *computed.values()]
        query = select_from(rows, [named(tree, field.name) for field, tree in outgoing])
        fields = Fields(tuple(field for field, _ in outgoing))
        at_most = None if texts else incoming.at_most
        rule = self.reject_rule()
        if rule is None:
            return Outcome(fields, Transform(query, keeps_count=not texts), at_most)
        return Outcome(fields, Transform(query, checks=self._checks(fields)), at_most, rule)

    def _checks(self, fields: Fields) -> tuple[Check, ...]:
        written = {field.field_name.casefold(): field for field in self.fields}
        return tuple(
            Check(field.name, _failing(written.get(field.name.casefold()))) for field in fields
        )

    def _flattened(
        self, incoming: Input, computed: dict[str, tuple[FlowField, exp.Expr]]
    ) -> tuple[exp.Expr, dict[str, tuple[FlowField, exp.Expr]]]:
        """The rows to select from, and the fields whose arrays are opened in them."""
        rows: exp.Expr = relation(incoming.relation)
        texts: dict[str, tuple[FlowField, exp.Expr]] = {}
        for index, part in enumerate(field for field in self.fields if field.flatten):
            key, item = part.field_name.casefold(), f"_item{index}"
            opened = [column(f"_item{before}") for before in range(index)]
            inner = select_from(rows, [*all_columns(incoming.fields), *opened])
            rows = with_elements(inner, computed[key][1], item).subquery(
                f"_rows{index}", copy=False
            )
            word = part.type or "string"
            text = cast_to(element_text(column(item)), "string", word)[0]
            texts[key] = (FlowField(part.field_name, word), text)
        return rows, texts

    def _compiled(
        self, scope: Scope, field: SelectField, seen: set[str], property_name: str
    ) -> tuple[FlowField, exp.Expr] | None:
        typed = scope.expression(field.expression, f"{property_name}.expression")
        good_name = is_new_name(scope, field.field_name, seen, f"{property_name}.alias")
        if typed is None or not good_name:
            return None
        tree, word = typed
        if field.flatten:
            return self._array(scope, field, typed, property_name)
        if field.type is not None:
            cast = scope.cast(tree, word, field.type, f"{property_name}.type")
            if cast is None:
                return None
            tree, word = cast
        return FlowField(field.field_name, word), tree

    def _array(
        self, scope: Scope, field: SelectField, typed: Typed, property_name: str
    ) -> tuple[FlowField, exp.Expr] | None:
        """A field that will be opened, still as an array; None after a finding."""
        tree, word = typed
        if word not in {*TEXT_WORDS, None}:
            scope.report(
                "type_mismatch",
                f"{property_name}.flatten",
                f"{field.field_name} is {word}, which cannot hold a JSON array.",
                "Choose a field of type json_array, json or string.",
            )
            return None
        if scope.cast(tree, "string", field.type or "string", f"{property_name}.type") is None:
            return None
        return FlowField(field.field_name, word), tree

    def _kept(
        self, scope: Scope, computed: dict[str, tuple[FlowField, exp.Expr]]
    ) -> list[tuple[FlowField, exp.Expr]]:
        """Incoming fields that stay, with replaced ones in their old place."""
        if not self.include_all_input:
            return []
        return [
            computed.pop(field.name.casefold(), (field, column(field.name)))
            for field in scope.inputs[0].fields
        ]


def _failing(field: SelectField | None) -> str:
    if field is None:
        return "cannot be passed on"
    as_type = f" as {field.type}" if field.type else ""
    return f"{field.expression[:200]} cannot be computed{as_type}"


TextOperator = Literal[
    "text_equals", "text_not_equals", "text_matches", "text_empty", "text_not_empty"
]
Operator = Literal[TextOperator, "eq", "ne", "gt", "gte", "lt", "lte", "is_null", "is_not_null"]
Connective = Literal["all", "any", "none"]

_COMPARISONS: dict[str, type[exp.Expr]] = {
    "eq": exp.EQ,
    "ne": exp.NEQ,
    "gt": exp.GT,
    "gte": exp.GTE,
    "lt": exp.LT,
    "lte": exp.LTE,
}
_WITHOUT_RIGHT = {"is_null", "is_not_null", "text_empty", "text_not_empty"}


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Condition(Part):
    """`left operator right`. For text operators right is a plain text, else an expression."""

    left: str = Field(json_schema_extra=_VARIABLES)
    operator: Operator
    right: Annotated[str, BeforeValidator(_as_text)] | None = Field(
        default=None, json_schema_extra=_VARIABLES
    )


class ConditionGroup(Part):
    """Conditions within conditions."""

    logical_operator: Connective = "all"
    conditions: tuple["Condition | ConditionGroup", ...] = Field(min_length=1)


class Filter(OneStream):
    """Lets rows through that meet all of its conditions, any of them, or none. A row whose
    condition is NULL is dropped. Groups of conditions may be nested.
    """

    type_name: ClassVar[str] = "filter"
    class_name: ClassVar[str] = "Filter"
    example: ClassVar[dict[str, Any]] = {
        "name": "only_paid",
        "logical_operator": "all",
        "conditions": [
            {"left": "amount", "operator": "gt", "right": "0"},
            {"left": "status", "operator": "text_equals", "right": "paid"},
        ],
    }

    logical_operator: Connective = Field(
        default="all", description="all joins by AND, any by OR, none is NOT any."
    )
    conditions: tuple[Condition | ConditionGroup, ...] = Field(
        min_length=1,
        max_length=200,
        description="In any order. A group {logical_operator, conditions} may stand for one.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        fields = scope.inputs[0].fields
        predicate = conditions_predicate(
            scope, self.logical_operator, self.conditions, "conditions"
        )
        if predicate is None:
            return Outcome(fields, None)
        query = select_from(relation(scope.inputs[0].relation), all_columns(fields))
        return Outcome(
            fields, Transform(query.where(predicate, copy=False)), scope.inputs[0].at_most
        )


def conditions_predicate(
    scope: Scope,
    connective: Connective,
    conditions: tuple[Condition | ConditionGroup, ...],
    property_name: str,
) -> exp.Expr | None:
    """The conditions as one predicate over the first input; None after findings."""
    parts = []
    for index, part in enumerate(conditions):
        place = f"{property_name}[{index}]"
        if isinstance(part, ConditionGroup):
            tree = conditions_predicate(
                scope, part.logical_operator, part.conditions, f"{place}.conditions"
            )
        else:
            tree = _condition(scope, part, place)
        parts.append(tree)
    known = [part for part in parts if part is not None]
    if len(known) != len(parts):
        return None
    if connective == "all":
        return exp.and_(*known)
    joined = exp.or_(*known)
    return joined if connective == "any" else exp.not_(joined)


def _condition(scope: Scope, part: Condition, place: str) -> exp.Expr | None:
    if part.right is None and part.operator not in _WITHOUT_RIGHT:
        scope.report(
            "missing_required_property",
            f"{place}.right",
            f"The operator {part.operator} needs a right side.",
        )
        return None
    if part.operator in _COMPARISONS:
        kind = _COMPARISONS[part.operator]
        return scope.comparison(kind, part.left, part.right or "", place)
    left = scope.expression(part.left, f"{place}.left")
    if left is None:
        return None
    if part.operator in ("is_null", "is_not_null"):
        tested: exp.Expr = exp.Is(this=exp.paren(left[0]), expression=exp.null())
        return exp.not_(tested) if part.operator == "is_not_null" else tested
    return _text_condition(scope, part, place, cast_to(left[0], left[1], "string")[0])


def _text_condition(scope: Scope, part: Condition, place: str, left: exp.Expr) -> exp.Expr | None:
    left = exp.paren(left)
    if part.operator in ("text_empty", "text_not_empty"):
        kind = exp.EQ if part.operator == "text_empty" else exp.NEQ
        return kind(this=left, expression=exp.Literal.string(""))
    text = scope.text(part.right or "", f"{place}.right")
    if text is None:
        return None
    right = exp.Literal.string(text)
    if part.operator == "text_matches":
        return exp.RegexpFullMatch(this=left, expression=right)
    kind = exp.EQ if part.operator == "text_equals" else exp.NEQ
    return kind(this=left, expression=right)


class Sort(OneStream):
    """Puts the rows in order. NULL counts as smaller than every value: first when ascending,
    last when descending. The order lasts until a component that mixes rows.
    """

    type_name: ClassVar[str] = "sort"
    class_name: ClassVar[str] = "Sort"
    example: ClassVar[dict[str, Any]] = {
        "name": "largest_first",
        "sort_fields": [{"field": "amount", "direction": "desc"}],
    }

    sort_fields: tuple[SortField, ...] = Field(
        min_length=1, max_length=100, description="Fields in order of weight."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        fields = scope.inputs[0].fields
        ordered = ordered_by(scope, self.sort_fields, "sort_fields")
        query = select_from(relation(scope.inputs[0].relation), all_columns(fields))
        transform = Transform(query.order_by(*ordered, copy=False), keeps_count=True, orders=True)
        return Outcome(fields, transform, scope.inputs[0].at_most)
