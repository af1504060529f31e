"""Fields to sort by, as several components take them; NULL is smaller than every value."""

from collections.abc import Iterable, Sequence
from typing import Literal

from sqlglot import exp

from engine.catalog.base import Part
from engine.expressions import column
from engine.fields import Fields
from engine.scope import Scope


class SortField(Part):
    """A field to sort by."""

    field: str
    direction: Literal["asc", "desc"] = "asc"


def ordered_by(
    scope: Scope, sort_fields: Sequence[SortField], property_name: str
) -> list[exp.Ordered]:
    """The order as trees; unknown fields become findings and are left out."""
    ordered = []
    for index, key in enumerate(sort_fields):
        field = scope.field(key.field, f"{property_name}[{index}].field")
        if field is not None:
            ordered.append(ordered_column(field.name, is_descending=key.direction == "desc"))
    return ordered


def ordered_column(name: str, *, is_descending: bool = False) -> exp.Ordered:
    """One field as a part of an order."""
    return exp.Ordered(this=column(name), desc=is_descending, nulls_first=not is_descending)


def whole_order(ordered: Iterable[exp.Ordered], fields: Fields) -> list[exp.Ordered]:
    """The order with all other fields behind it, so that only equal rows are level."""
    ordered = list(ordered)
    named = {part.this.name for part in ordered}
    return [*ordered, *(ordered_column(name) for name in fields.names if name not in named)]


def known_fields(scope: Scope, names: Sequence[str], property_name: str) -> list[str]:
    """The names as the incoming fields spell them; unknown and doubled ones become findings."""
    known: list[str] = []
    for index, name in enumerate(names):
        place = f"{property_name}[{index}]"
        field = scope.field(name, place)
        if field is None:
            continue
        if field.name in known:
            scope.report(
                "duplicate_field_alias", place, f"'{field.name}' is named twice.", "Name it once."
            )
            continue
        known.append(field.name)
    return known
