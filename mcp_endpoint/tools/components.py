"""The catalogue of component types, and the components and edges of packages."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from accounts.rights import Scope
from common.errors import NotFound
from engine.catalog import COMPONENTS, describe
from engine.catalog.base import Category
from engine.flow import MAX_COMPONENTS
from engine.problems import did_you_mean
from mcp_endpoint.mutations import MutationArgs, New
from mcp_endpoint.package_versions import EditedPackage, PackageId, edited_package
from mcp_endpoint.registry import Caller, ToolArgs, tool
from mcp_endpoint.sizes import Shortens
from packages_app import authoring


class ListComponentTypes(ToolArgs):
    category: Category | None = Field(None, description="Only types of this category.")


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
    """List every type of component that a package may hold: sources, transformations, destinations
    and tasks, each with the wrapper_key and specific_component_type that data_flow_json needs.
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


class AddPackageComponents(MutationArgs):
    package_id: PackageId
    components: list[dict[str, Any]] = Field(
        description="Each {wrapper_key: {name, its properties}}; ids and names are made if absent."
    )
    edges: list[dict[str, Any]] = Field(
        [], description="Each {source, target}: ids or names, old or new; beside those there are."
    )


class NewComponent(BaseModel):
    name: str
    id: str


class PackageWithMore(EditedPackage):
    shortens: ClassVar[Shortens] = (
        ("changes", "changes_left_out", "first"),
        ("edge_ids", "ids_left_out", "first"),
        ("components", "ids_left_out", "first"),
    )

    ids_left_out: int = 0
    components: New[list[NewComponent]]
    edge_ids: New[list[str]]


class UpdatePackageComponents(MutationArgs):
    package_id: PackageId
    components: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MAX_COMPONENTS,
        description="Each {component_name, updates}; updates holds the properties to change.",
    )


class UpdatePackageEdges(MutationArgs):
    package_id: PackageId
    edges: list[dict[str, Any]] = Field(
        description="All edges from now on: each {source, target}, ids or names of components."
    )


class RemovePackageComponents(MutationArgs):
    package_id: PackageId
    component_names: list[str] = Field(
        min_length=1, max_length=MAX_COMPONENTS, description="Names of components to remove."
    )


@tool(title="Add components", scope=Scope.WRITE, audits="add_package_components")
def add_package_components(caller: Caller, arguments: AddPackageComponents) -> PackageWithMore:
    """Add components, and edges to or from them, to a package; all or nothing, one version. To put
    one between two others, add it here and then rewire with update_package_edges. Answers the new
    ids. Go on with validate_package."""
    edited = authoring.add_package_components(
        account=caller.account,
        package_id=arguments.package_id,
        components=arguments.components,
        edges=arguments.edges,
        actor=caller.actor,
    )
    return PackageWithMore(
        **edited_package(edited).model_dump(),
        components=[NewComponent(name=name, id=i) for name, i in edited.component_ids.items()],
        edge_ids=edited.edge_ids,
    )


@tool(
    title="Update components",
    scope=Scope.WRITE,
    audits="update_package_components",
    destructive=True,
    idempotent=True,
)
def update_package_components(caller: Caller, arguments: UpdatePackageComponents) -> EditedPackage:
    """Change properties of components by name; all or nothing, one version. Nested objects are
    merged deep, lists and values replace, null removes. updates.name renames. Ids and types never
    change: remove and add instead. See get_package for what is there; go on with
    validate_package."""
    edited = authoring.update_package_components(
        account=caller.account,
        package_id=arguments.package_id,
        components=arguments.components,
        actor=caller.actor,
    )
    return edited_package(edited)


@tool(
    title="Replace edges",
    scope=Scope.WRITE,
    audits="update_package_edges",
    destructive=True,
    idempotent=True,
)
def update_package_edges(caller: Caller, arguments: UpdatePackageEdges) -> EditedPackage:
    """Replace all edges of a package; all or nothing, one version. Refused, naming each, when an
    end is no component, or edges repeat or go in a circle. A join takes target_port left and right;
    without, the first edge is left. Go on with validate_package."""
    edited = authoring.update_package_edges(
        account=caller.account,
        package_id=arguments.package_id,
        edges=arguments.edges,
        actor=caller.actor,
    )
    return edited_package(edited)


@tool(
    title="Remove components",
    scope=Scope.WRITE,
    audits="remove_package_components",
    destructive=True,
)
def remove_package_components(caller: Caller, arguments: RemovePackageComponents) -> EditedPackage:
    """Remove components by name, and the edges at them; all or nothing, one version. Close the gap
    with update_package_edges, then validate_package."""
    edited = authoring.remove_package_components(
        account=caller.account,
        package_id=arguments.package_id,
        component_names=arguments.component_names,
        actor=caller.actor,
    )
    return edited_package(edited)
