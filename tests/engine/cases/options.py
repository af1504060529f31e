"""Which options the catalogue documents, and which of them a flow uses."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from engine.catalog import COMPONENTS

COMMON = frozenset({"id", "name", "specific_component_type", "position", "note"})
"""What every component has, and none of them acts upon."""


def documented_options() -> set[str]:
    """`select.fields[].alias` for each property, and `join.join_type=left` for each choice; a
    switch counts by the value that is not its default."""
    return {
        option
        for component in COMPONENTS.values()
        for option in _of_model(component, component.type_name, (component,), COMMON)
    }


def _of_model(
    model: type[BaseModel], place: str, above: tuple[type, ...], left_out: frozenset[str]
) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name in left_out:
            continue
        path = f"{place}.{field.alias or name}"
        if field.annotation is bool:
            yield f"{path}={not field.default}"
        else:
            yield path
            yield from _of_annotation(field.annotation, path, above)


def _of_annotation(annotation: Any, path: str, above: tuple[type, ...]) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Literal:
        for choice in get_args(annotation):
            yield f"{path}={choice}"
    elif origin in (Annotated, tuple, list):
        inner = path if origin is Annotated else f"{path}[]"
        yield from _of_annotation(get_args(annotation)[0], inner, above)
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _of_annotation(part, path, above)
    elif (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and annotation not in above
    ):
        yield from _of_model(annotation, path, (*above, annotation), frozenset())


def used_options(flow: dict[str, Any]) -> set[str]:
    """The options that a flow's components write out, and the defaults that they leave."""
    used: set[str] = set()
    for entry in flow["components"]:
        ((key, body),) = entry.items()
        component = COMPONENTS.get(key)
        if component is None:
            continue
        used |= set(_written(body, component.type_name))
        used |= {
            f"{component.type_name}.{field.alias or name}={field.default}"
            for name, field in component.model_fields.items()
            if isinstance(field.default, str) and (field.alias or name) not in body
        }
    return used


def _written(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield f"{path}.{key}"
            yield from _written(part, f"{path}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from _written(part, f"{path}[]")
    else:
        yield f"{path}={value}"
