"""Flatten: JSON arrays become rows, JSON objects become fields."""

import re
from typing import Any, ClassVar, Final, Literal

from pydantic import Field
from sqlglot import exp

from connections.drivers.types import TEXT_WORDS
from engine.catalog.base import Part, TypeWord
from engine.catalog.elements import element_text, elements, unnested, with_elements
from engine.catalog.transforms import OneStream, all_columns, is_new_name
from engine.expressions import column
from engine.fields import MAX_FIELDS, Fields
from engine.fields import Field as FlowField
from engine.scope import Scope, named, relation, select_from
from engine.stages import Outcome, Transform

_PATH: Final = re.compile(r'\$?(\.?[A-Za-z_][A-Za-z0-9_]*|\.?"[^"\\]{1,200}"|\[[0-9]{1,9}\])*')
_ITEM, _PLACE, _ROWS = "_item", "_place", "_rows"


class FlattenField(Part):
    """A field taken from each element (or from the object): where it is, its name and type."""

    path: str = Field(default="$", max_length=1_000)
    alias: str
    type: TypeWord = "string"


class Flatten(OneStream):
    """Opens JSON. mode array makes a row of every element of a JSON array, in the field itself
    or at path inside it; the row's other fields are repeated. A row whose array is empty, NULL or
    absent is dropped, unless keep_empty. mode object makes no rows and opens one JSON object. The
    new fields are taken from each element by their path ($ is the element itself, $.price or
    $.sizes[0] what is inside) and cast to their type; what is absent or JSON null is NULL. Arrays
    are always JSON texts here, of type json_array; a field that is not valid JSON fails the run.
    """

    type_name: ClassVar[str] = "flatten"
    class_name: ClassVar[str] = "Flatten"
    example: ClassVar[dict[str, Any]] = {
        "name": "order_lines",
        "field": "lines",
        "mode": "array",
        "fields": [
            {"path": "$.sku", "alias": "sku"},
            {"path": "$.quantity", "alias": "quantity", "type": "int"},
        ],
        "position_field": "line_number",
    }

    field: str = Field(min_length=1, description="The field that holds the JSON.")
    mode: Literal["array", "object"] = Field(
        default="array", description="array makes rows of elements, object only fields."
    )
    path: str = Field(
        default="$", max_length=1_000, description="Where in the field the array or object is."
    )
    fields: tuple[FlattenField, ...] = Field(
        min_length=1, max_length=MAX_FIELDS, description="The new fields, {path, alias, type}."
    )
    position_field: str | None = Field(
        default=None,
        description="Name of a field for the element's place in its array, from 1; array only.",
    )
    keep_empty: bool = Field(
        default=False, description="Keep a row without elements, its new fields NULL; array only."
    )
    include_all_input: bool = Field(
        default=True, description="Keep the incoming fields, but for the one that is opened."
    )

    def compile(self, scope: Scope) -> Outcome | None:
        incoming = scope.inputs[0]
        opened = self._opened(scope)
        kept = self._kept(incoming.fields, opened)
        made = self._made(scope, {name.casefold() for name in kept.names})
        if opened is None or made is None:
            return None
        inner = select_from(relation(incoming.relation), all_columns(kept))
        inner = self._with_items(inner, _inside(column(opened.name), self.path))
        trees = [*all_columns(kept), *(named(tree, field.name) for field, tree in made)]
        query = select_from(inner.subquery(_ROWS, copy=False), trees)
        fields = Fields((*kept, *(field for field, _ in made)))
        is_object = self.mode == "object"
        at_most = incoming.at_most if is_object else None
        return Outcome(fields, Transform(query, keeps_count=is_object), at_most)

    def _opened(self, scope: Scope) -> FlowField | None:
        field = scope.field(self.field, "field")
        good_path = _is_path(scope, self.path, "path")
        if self.mode == "object":
            for name in ("position_field", "keep_empty"):
                if getattr(self, name):
                    scope.report(
                        "invalid_property_value",
                        name,
                        f"{name} goes with mode array only.",
                        "An object is not made of rows.",
                    )
                    return None
        if field is None or not good_path:
            return None
        if field.type not in {*TEXT_WORDS, None}:
            scope.report(
                "type_mismatch",
                "field",
                f"{field.name} is {field.type}, which cannot hold JSON.",
                "Choose a field of type json_array, json or string.",
            )
            return None
        return field

    def _kept(self, fields: Fields, opened: FlowField | None) -> Fields:
        if not self.include_all_input:
            return Fields()
        return Fields(tuple(field for field in fields if field != opened))

    def _made(self, scope: Scope, seen: set[str]) -> list[tuple[FlowField, exp.Expr]] | None:
        made: list[tuple[FlowField, exp.Expr]] = []
        for index, part in enumerate(self.fields):
            place = f"fields[{index}]"
            good_name = is_new_name(scope, part.alias, seen, f"{place}.alias")
            if not _is_path(scope, part.path, f"{place}.path") or not good_name:
                continue
            text = element_text(column(_ITEM), _full(part.path))
            cast = scope.cast(text, "string", part.type, f"{place}.type")
            if cast is not None:
                made.append((FlowField(part.alias, cast[1]), cast[0]))
        if len(made) != len(self.fields):
            return None
        if self.position_field is not None:
            if not is_new_name(scope, self.position_field, seen, "position_field"):
                return None
            made.append((FlowField(self.position_field, "long"), column(_PLACE)))
        return made

    def _with_items(self, rows: exp.Select, value: exp.Expr) -> exp.Select:
        """The rows with `_item`: the object, or one row per element and its `_place`."""
        if self.mode == "object":
            return rows.select(named(value, _ITEM), copy=False)
        rows = with_elements(rows, value, _ITEM, keep_empty=self.keep_empty)
        if self.position_field is None:
            return rows
        length = exp.Anonymous(this="len", expressions=[elements(value)])
        places = exp.Anonymous(this="generate_series", expressions=[exp.Literal.number(1), length])
        numbers = unnested(places, keep_empty=self.keep_empty)
        return rows.select(named(numbers, _PLACE), copy=False)


def _inside(value: exp.Expr, path: str) -> exp.Expr:
    """What is at a path of a JSON text; JSON null is NULL."""
    as_json = exp.cast(value, "JSON", dialect="duckdb")
    inner = exp.Anonymous(
        this="json_extract", expressions=[as_json, exp.Literal.string(_full(path))]
    )
    return exp.Nullif(this=inner, expression=exp.Literal.string("null"))


def _full(path: str) -> str:
    """The path from `$` on."""
    if path.startswith("$"):
        return path
    return f"${path}" if path.startswith((".", "[")) else f"$.{path}"


def _is_path(scope: Scope, path: str, property_name: str) -> bool:
    if _PATH.fullmatch(path):
        return True
    scope.report(
        "invalid_property_value",
        property_name,
        f"'{path[:80]}' is not a path.",
        'Write $ for the whole, $.name, $."any name" or $.list[0].',
    )
    return False
