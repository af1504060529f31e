"""Union, which puts streams one behind the other, and clone, which forks one."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field
from sqlglot import exp

from connections.drivers.types import (
    FLOAT_WORDS,
    INTEGER_WORDS,
    TEXT_WORDS,
    decimal_parts,
    duckdb_type,
)
from engine.catalog.base import Category, Component, Ports
from engine.catalog.transforms import OneStream, all_columns
from engine.expressions import column
from engine.expressions.semantics import cast_to
from engine.fields import Field as FlowField
from engine.fields import Fields
from engine.scope import Input, Scope, named, relation, select_from
from engine.stages import Outcome, Transform

_DIGITS = {"int": 10, "long": 19}
_EXACT_DIGITS = 15
"""Decimal digits that a double keeps."""


def widened(words: Sequence[str | None]) -> str | None:
    """The narrowest type that holds values of all the types unchanged.

    None when one of them is known only at run time. Raises ValueError when there is no such type.
    """
    distinct = {word for word in words if word is not None}
    if len(distinct) < 2 or None in words:
        return None if None in words else distinct.pop()
    if distinct <= INTEGER_WORDS:
        return "long"
    if distinct <= TEXT_WORDS:
        return "string"
    if distinct == {"date", "datetime"}:
        return "datetime"
    if all(_is_exact_in_double(word) for word in distinct) and distinct & FLOAT_WORDS:
        return "double"
    return _widened_decimal(distinct)


def _is_exact_in_double(word: str) -> bool:
    sizes = decimal_parts(word)
    return sizes[0] <= _EXACT_DIGITS if sizes else word in FLOAT_WORDS or word == "int"


def _widened_decimal(words: set[str]) -> str:
    sizes = [decimal_parts(word) or (_DIGITS.get(word, 0), 0) for word in words]
    scale = max(size[1] for size in sizes)
    precision = max(size[0] - size[1] for size in sizes) + scale
    if any(size[0] == 0 for size in sizes) or precision > 38:
        raise ValueError("no type holds all of them")
    return f"decimal({precision},{scale})"


class Union(Component):
    """Puts the rows of two or more inputs together, equal rows included, in no particular
    order. Fields go by their names, ignoring case, or by position; their types must be equal or
    widen without loss (int to long to decimal, int and float to double, date to datetime, json to
    string). The names and the order of fields are those of the first input.
    """

    type_name: ClassVar[str] = "union"
    category: ClassVar[Category] = "transformation"
    class_name: ClassVar[str] = "Union"
    inputs: ClassVar[Ports] = Ports(min=2, max=None)
    outputs: ClassVar[Ports] = Ports(min=1, max=None)
    example: ClassVar[dict[str, Any]] = {
        "name": "all_orders",
        "mode": "by_name",
        "allow_missing": True,
    }

    mode: Literal["by_name", "by_position"] = Field(
        default="by_name", description="How fields of different inputs find each other."
    )
    allow_missing: bool = Field(
        default=False,
        description="By name only: a field that some inputs lack is NULL there, not an error.",
    )

    def compile(self, scope: Scope) -> Outcome | None:
        columns = self._by_position(scope) if self.mode == "by_position" else self._by_name(scope)
        if columns is None:
            return None
        typed = [self._typed(scope, name, members) for name, members in columns]
        outgoing = [field for field in typed if field is not None]
        if len(outgoing) != len(columns):
            return None
        parts = [
            _part(incoming, [members[index] for _, members in columns], outgoing)
            for index, incoming in enumerate(scope.inputs)
        ]
        query = exp.union(*parts, distinct=False, copy=False) if len(parts) > 1 else parts[0]
        sizes = [incoming.at_most for incoming in scope.inputs]
        known = [size for size in sizes if size is not None]
        return Outcome(
            Fields(tuple(outgoing)),
            Transform(query),
            sum(known) if len(known) == len(sizes) else None,
        )

    def _by_position(self, scope: Scope) -> "_Columns | None":
        first = scope.inputs[0]
        if self.allow_missing:
            scope.report(
                "invalid_property_value",
                "allow_missing",
                "allow_missing goes with mode by_name only.",
                "Take it out, or match fields by name.",
            )
            return None
        for other in scope.inputs[1:]:
            if len(other.fields) != len(first.fields):
                scope.report(
                    "union_schema_mismatch",
                    "mode",
                    f"{other.component_name} has {len(other.fields)} fields and"
                    f" {first.component_name} has {len(first.fields)}.",
                    "Select the same number of fields in both.",
                )
                return None
        lists = [tuple(incoming.fields) for incoming in scope.inputs]
        return [(members[0].name, list(members)) for members in zip(*lists, strict=True)]

    def _by_name(self, scope: Scope) -> "_Columns | None":
        names: dict[str, str] = {}
        for incoming in scope.inputs:
            for name in incoming.fields.names:
                names.setdefault(name.casefold(), name)
        columns: _Columns = [
            (name, [incoming.fields.find(name) for incoming in scope.inputs])
            for name in names.values()
        ]
        if self.allow_missing:
            return columns
        lacking = [(name, members) for name, members in columns if None in members]
        for name, members in lacking[:20]:
            without = [
                incoming.component_name
                for incoming, member in zip(scope.inputs, members, strict=True)
                if member is None
            ]
            scope.report(
                "union_schema_mismatch",
                "mode",
                f"The field '{name}' does not come from {', '.join(without)}.",
                "Add it in a select, set allow_missing, or match fields by position.",
            )
        return None if lacking else columns

    def _typed(
        self, scope: Scope, name: str, members: "Sequence[FlowField | None]"
    ) -> FlowField | None:
        words = [member.type for member in members if member is not None]
        try:
            return FlowField(name, widened(words))
        except ValueError:
            kinds = " and ".join(sorted({str(word) for word in words}))
            scope.report(
                "union_schema_mismatch",
                "mode",
                f"The field '{name}' is {kinds}; no type holds all of them without loss.",
                "Cast it in a select before the union.",
            )
            return None


_Columns = list[tuple[str, list[FlowField | None]]]


def _part(
    incoming: Input, members: Sequence[FlowField | None], outgoing: Sequence[FlowField]
) -> exp.Select:
    trees = []
    for member, field in zip(members, outgoing, strict=True):
        tree: exp.Expr
        if member is None:
            kind = field.type and duckdb_type(field.type)
            tree = exp.cast(exp.null(), kind, dialect="duckdb") if kind else exp.null()
        else:
            tree = column(member.name)
            if field.type is not None:
                tree = cast_to(tree, member.type, field.type)[0]
        trees.append(named(tree, field.name))
    return select_from(relation(incoming.relation), trees)


class Clone(OneStream):
    """Hands the same rows to two or more components. Any component may feed several others;
    a clone only makes the fork visible.
    """

    type_name: ClassVar[str] = "clone"
    class_name: ClassVar[str] = "Clone"
    outputs: ClassVar[Ports] = Ports(min=2, max=None)
    example: ClassVar[dict[str, Any]] = {"name": "fork"}

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        query = select_from(relation(incoming.relation), all_columns(incoming.fields))
        return Outcome(incoming.fields, Transform(query, keeps_count=True), incoming.at_most)
