"""The properties of one component as lines a person can read."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.component_kinds import label_of
from dashboard.flow_sketch import SketchNode

MAX_LINES = 50
HIDDEN = frozenset({"id", "name", "position", "specific_component_type", "connection_id"})

_LABELS = {
    "source_table": "Table",
    "target_table": "Table",
    "source_schema": "Schema",
    "target_schema": "Schema",
    "create_table": "Create missing table",
    "add_columns": "Add missing columns",
}
_OPERATIONS = {
    "append": "Insert all rows",
    "overwrite_truncate": "Empty the table, then insert",
    "overwrite_delete": "Delete all rows, then insert",
    "merge_delete_insert": "Merge: replace matching rows, insert the rest",
    "merge_update_insert": "Merge: update matching rows, insert the rest",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """`lines` are code when `is_code`; `left_out` counts lines beyond the limit."""

    label: str
    lines: tuple[str, ...]
    is_code: bool = False
    left_out: int = 0


def connection_id_of(node: SketchNode) -> int | None:
    value = node.body.get("connection_id")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def facts_of(node: SketchNode) -> list[Fact]:
    """Every property but the identity and the connection, in the order of the document."""
    facts = []
    for key, value in node.body.items():
        if key in HIDDEN or value in (None, "", [], {}):
            continue
        if key == "schema" and isinstance(value, Mapping):
            facts.extend(_schema(value.get("fields")))
        elif key == "operation_type":
            facts.append(Fact("Writes", (_OPERATIONS.get(str(value), str(value)),)))
        else:
            facts.append(_fact(_LABELS.get(key) or label_of(key), value))
    return facts


def _schema(fields: object) -> list[Fact]:
    if not isinstance(fields, list) or not fields:
        return []
    facts = [_fact("Fields", fields)]
    keys = [str(item.get("name")) for item in fields if isinstance(item, Mapping) and _is_key(item)]
    if keys:
        facts.insert(0, Fact("Merge key", (", ".join(keys),), is_code=True))
    return facts


def _is_key(item: Mapping[str, object]) -> bool:
    return item.get("key") is True


def _fact(label: str, value: object) -> Fact:
    if isinstance(value, bool):
        return Fact(label, ("On" if value else "Off",))
    if isinstance(value, list):
        lines = tuple(_line(item) for item in value)
        return Fact(label, lines[:MAX_LINES], True, max(0, len(lines) - MAX_LINES))
    return Fact(label, (_line(value),), is_code=True)


def _line(item: object) -> str:
    if not isinstance(item, Mapping):
        return "" if item is None else str(item)
    for needed, form in _FORMS:
        if needed <= item.keys():
            return form.format_map({key: _line(value) for key, value in item.items()})
    return ", ".join(f"{key}: {_line(value)}" for key, value in item.items())


_FORMS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"left", "operator", "right"}), "{left} {operator} {right}"),
    (frozenset({"left_field", "right_field"}), "{left_field} = {right_field}"),
    (frozenset({"function", "field", "alias"}), "{alias} = {function}({field})"),
    (frozenset({"expression", "alias"}), "{alias} = {expression}"),
    (frozenset({"field", "direction"}), "{field} {direction}"),
    (frozenset({"input", "name", "type"}), "{input} → {name} {type}"),
    (frozenset({"name", "alias", "type"}), "{name} → {alias} {type}"),
    (frozenset({"name", "type"}), "{name} {type}"),
)
"""Keys that an item must have, and how it then reads."""
