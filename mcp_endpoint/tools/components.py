"""The catalogue of component types."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from common.errors import NotFound
from engine.catalog import COMPONENTS, describe
from engine.problems import did_you_mean
from mcp_endpoint.registry import Caller, ToolArgs, tool


class ListComponentTypes(ToolArgs):
    category: Literal["source", "transformation", "destination"] | None = Field(
        None, description="Only types of this category."
    )


class ComponentType(BaseModel):
    name: str
    category: str
    class_name: str
    header: str
    wrapper_key: str
    specific_component_type: str


class ComponentTypes(BaseModel):
    component_types: list[ComponentType]


class DescribeComponentType(ToolArgs):
    name: str = Field(
        min_length=1,
        max_length=128,
        description="Name or wrapper_key of the type, from list_component_types.",
    )


class ComponentProperty(BaseModel):
    name: str
    type: str
    required: bool
    default: Any
    enum: list[Any] | None
    description: str
    supports_variables: bool


class Ports(BaseModel):
    min: int
    max: int | None
    ports: list[str]


class ComponentDescription(ComponentType):
    inputs: Ports
    outputs: Ports
    properties: list[ComponentProperty]
    required: list[str]
    example: dict[str, Any]
    wrapper_example: dict[str, Any]


@tool(title="List component types")
def list_component_types(caller: Caller, arguments: ListComponentTypes) -> ComponentTypes:
    """List every type of component that a package may hold: sources, transformations and
    destinations, each with the wrapper_key and specific_component_type that data_flow_json needs.
    Filter by category. Go on with describe_component_type."""
    entries = [describe(key) or {} for key in COMPONENTS]
    return ComponentTypes(
        component_types=[
            ComponentType.model_validate(entry)
            for entry in entries
            if arguments.category in (None, entry["category"])
        ]
    )


@tool(title="Describe a component type")
def describe_component_type(
    caller: Caller, arguments: DescribeComponentType
) -> ComponentDescription:
    """Show one component type in full: its writable properties with types, defaults and allowed
    values, the required ones, how many inputs and outputs it takes, and an example in the exact
    JSON shape of data_flow_json."""
    keys = {component.type_name: key for key, component in COMPONENTS.items()}
    entry = describe(keys.get(arguments.name, arguments.name))
    if entry is None:
        hint = did_you_mean(arguments.name, keys) or "list_component_types names them all."
        raise NotFound(f"component type not found. {hint}")
    return ComponentDescription.model_validate(entry)
