"""The JSON shape of a component's properties, for those who edit a flow as a document."""

import types
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

Shape = Literal["object", "list", "scalar"]

SHAPE_WORDS: Final[dict[Shape, str]] = {
    "object": "an object",
    "list": "a list",
    "scalar": "a single value",
}


@dataclass(frozen=True, slots=True)
class Property:
    """`shape` is None where any will do; `model` is that of an object's own properties."""

    is_required: bool
    shape: Shape | None = None
    model: type[BaseModel] | None = None


UNKNOWN = Property(is_required=False)
"""What is not in the catalogue is kept as it is."""


def property_of(model: type[BaseModel] | None, key: str) -> Property:
    """What the model says about the property that is written as `key`."""
    if model is None:
        return UNKNOWN
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            shape, nested = _shape(field.annotation)
            return Property(field.is_required(), shape, nested)
    return UNKNOWN


def shape_of(value: object) -> Shape:
    """The shape of a JSON value."""
    if isinstance(value, dict):
        return "object"
    return "list" if isinstance(value, list) else "scalar"


def _shape(annotation: Any) -> tuple[Shape | None, type[BaseModel] | None]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _shape(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        kinds = [part for part in get_args(annotation) if part is not type(None)]
        return _shape(kinds[0]) if len(kinds) == 1 else (None, None)
    if origin in (tuple, list):
        return "list", None
    if origin is dict:
        return "object", None
    if origin is Literal or annotation in (str, int, float, bool):
        return "scalar", None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "object", annotation
    return None, None
