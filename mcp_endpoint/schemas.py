"""JSON Schemas as clients of every age digest them: flat, short, no references, no titles."""

from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

NULLABLE: Final = "x-nullable"
_DROPPED: Final = frozenset({"title", "default", NULLABLE})


def input_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The arguments of a tool. What may be left out is not null, unless its field says so."""
    schema = _flat(model, "validation")
    for name, field in model.model_fields.items():
        if not accepts_null(field):
            schema["properties"][name] = _without_null(schema["properties"][name])
    return schema


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The answer of a tool, said loosely: which members there may be, and of which types."""
    schema: dict[str, Any] = _loose(_flat(model, "serialization"))
    return schema


def accepts_null(field: FieldInfo) -> bool:
    """Whether null means something of its own for an argument: its field is marked for that."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(NULLABLE))


def _flat(model: type[BaseModel], mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    """The model's schema with every `$ref` written out in place; its root is an object."""
    schema = model.model_json_schema(mode=mode)
    definitions = schema.pop("$defs", {})
    plain = _plain(schema, definitions)
    plain.pop("description", None)
    return {"type": "object", "properties": {}, **plain}


def _plain(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_plain(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        return _plain({**definitions[name], **siblings}, definitions)
    return _with_types_in_one(
        {
            key: _properties(value, definitions)
            if key == "properties"
            else _plain(value, definitions)
            for key, value in node.items()
            if key not in _DROPPED or (key == "default" and value is not None)
        }
    )


def _properties(properties: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Names of properties are not keywords: one may well be called `title`."""
    return {name: _plain(schema, definitions) for name, schema in properties.items()}


def _with_types_in_one(node: dict[str, Any]) -> dict[str, Any]:
    """`anyOf` of plain types is one list of types; of one type and null, that type or null."""
    parts = node.get("anyOf")
    if parts is None or not all(isinstance(part.get("type"), str) for part in parts):
        return node
    types = [part["type"] for part in parts]
    details = [part for part in parts if len(part) > 1]
    if len(details) > 1 or (details and set(types) - {details[0]["type"]} != {"null"}):
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    told = {key: value for part in details for key, value in part.items() if key != "type"}
    if "enum" in told and "null" in types:
        told["enum"] = [*told["enum"], None]
    return {**told, **rest, "type": types}


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(node.get("type"), list):
        return node
    types = [name for name in node["type"] if name != "null"]
    shorter = {**node, "type": types[0] if len(types) == 1 else types}
    if "enum" in shorter:
        shorter["enum"] = [choice for choice in shorter["enum"] if choice is not None]
    return shorter


def _loose(node: Any) -> Any:
    if isinstance(node, list):
        return [_loose(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key not in ("required", "default")}
    return {
        key: {name: _loose(schema) for name, schema in value.items()}
        if key == "properties"
        else _loose(value)
        for key, value in kept.items()
    }
