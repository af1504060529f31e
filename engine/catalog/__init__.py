"""The catalogue: every component type by its wrapper key, and its description as data."""

import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.catalog.base import Component
from engine.catalog.checking import Assert
from engine.catalog.combining import CrossJoin, Join
from engine.catalog.database_source import DatabaseSource
from engine.catalog.destinations import CloudStorageDestination, DatabaseDestination
from engine.catalog.grouping import Aggregate, Cube
from engine.catalog.nesting import Flatten
from engine.catalog.picking import Distinct, Limit, Sample
from engine.catalog.rest import RestApiDestination, RestApiSource
from engine.catalog.samples import LogDestination, SampleDataSource
from engine.catalog.sources import CloudStorageSource
from engine.catalog.tasks import ExecuteSqlTask, HttpTask, NotifyTask, RunPackageTask, WaitTask
from engine.catalog.transforms import Filter, Select, Sort
from engine.catalog.uniting import Clone, Union
from engine.catalog.windows import Rank, Window

COMPONENTS: Final[dict[str, type[Component]]] = {
    component.wrapper_key(): component
    for component in (
        CloudStorageSource,
        DatabaseSource,
        RestApiSource,
        SampleDataSource,
        Select,
        Filter,
        Assert,
        Sort,
        Rank,
        Limit,
        Sample,
        Distinct,
        Union,
        Clone,
        Join,
        CrossJoin,
        Aggregate,
        Cube,
        Window,
        Flatten,
        DatabaseDestination,
        CloudStorageDestination,
        RestApiDestination,
        LogDestination,
        RunPackageTask,
        ExecuteSqlTask,
        WaitTask,
        HttpTask,
        NotifyTask,
    )
}
"""Wrapper key to component class, in the order people meet them."""

_COMMON = frozenset({"id", "specific_component_type", "position", "note"})
_SIMPLE_WORDS: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}


def component_types(flow_type: str) -> Mapping[str, type[Component]]:
    """What a flow of that type may hold, by wrapper key: tasks in a workflow, else the others."""
    return {key: kind for key, kind in COMPONENTS.items() if flow_type in kind.flow_types}


def describe(wrapper_key: str) -> dict[str, Any] | None:
    """The catalogue entry of one type, derived from its model; None for an unknown key.

    Keys: name, category, class_name, header, wrapper_key, specific_component_type, inputs,
    outputs, properties [{name, type, required, default, enum, description, supports_variables}],
    required, example, wrapper_example.
    """
    component = COMPONENTS.get(wrapper_key)
    if component is None:
        return None
    properties = [
        _property(field.alias or name, field)
        for name, field in component.model_fields.items()
        if name not in _COMMON
    ]
    return {
        "name": component.type_name,
        "category": component.category,
        "class_name": component.class_name,
        "header": " ".join((component.__doc__ or "").split()),
        "wrapper_key": wrapper_key,
        "specific_component_type": wrapper_key,
        "inputs": _ports(component.inputs),
        "outputs": _ports(component.outputs),
        "properties": properties,
        "required": [entry["name"] for entry in properties if entry["required"]],
        "example": component.example,
        "wrapper_example": {wrapper_key: component.example},
    }


def _ports(ports: BaseModel) -> dict[str, Any]:
    data = ports.model_dump()
    return {"min": data["min"], "max": data["max"], "ports": list(data["names"])}


def _property(name: str, field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind, choices = _kind(field.annotation)
    required = field.is_required() or name == "name"
    return {
        "name": name,
        "type": kind,
        "required": required,
        "default": None if required else _plain(field.get_default(call_default_factory=True)),
        "enum": choices,
        "description": field.description or "",
        "supports_variables": bool(extra.get("variables", False)),
    }


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    return list(value) if isinstance(value, tuple) else value


def _kind(annotation: Any) -> tuple[str, list[Any] | None]:
    """A word for a property's type, and its choices when there are only some."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin is Literal:
        return "enum", list(get_args(annotation))
    if origin in (typing.Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        return _kind(inner[0])
    if origin in (tuple, list):
        return f"list of {_shape(get_args(annotation)[0])}", None
    if origin is dict:
        return "object of texts by name", None
    if annotation in _SIMPLE_WORDS:
        return _SIMPLE_WORDS[annotation], None
    return _shape(annotation), None


def _shape(annotation: Any) -> str:
    """`{name, alias, type}` for a nested model (the first of several), else the plain word."""
    if get_origin(annotation) in (Annotated, typing.Union, types.UnionType):
        return _shape(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        parts = []
        for name, field in annotation.model_fields.items():
            kind, choices = _kind(field.annotation)
            nested = kind if kind.startswith(("list", "{")) else ""
            label = field.alias or name
            if choices:
                label = f"{label}: {'|'.join(map(str, choices))}"
            parts.append(f"{label}: {nested}" if nested else label)
        return "{" + ", ".join(parts) + "}"
    return _SIMPLE_WORDS.get(annotation, "value")
