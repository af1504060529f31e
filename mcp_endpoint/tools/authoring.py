"""Packages as wholes: made, copied, renamed, archived; their variables.

Their components and edges are changed in components.py.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from accounts.models import Workspace
from accounts.owned import MAX_ID
from accounts.queries import get_workspace
from accounts.rights import Scope
from mcp_endpoint.fields import FilterId, VariableValue, in_words, variable_texts
from mcp_endpoint.mutations import MutationArgs, RepeatableArgs
from mcp_endpoint.outside import Outside
from mcp_endpoint.package_versions import (
    CreatedPackage,
    EditedPackage,
    PackageId,
    created_package,
    edited_package,
)
from mcp_endpoint.registry import Caller, tool
from mcp_endpoint.schemas import NULLABLE
from packages_app import services
from packages_app.services import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from packages_app.variables import MAX_VARIABLES


class CreatePackage(RepeatableArgs):
    name: str = Field(
        min_length=1, max_length=MAX_NAME_LENGTH, description="Name shown in the dashboard."
    )
    flow_type: Literal["dataflow", "workflow"] = Field(
        description="dataflow moves rows; a workflow runs tasks and other packages."
    )
    components: list[dict[str, Any]] = Field(
        description="Each {wrapper_key: {name, its properties}}; ids and names are made if absent."
    )
    edges: list[dict[str, Any]] = Field(
        description="Each {source, target}, ids or names; target_port left or right at a join."
    )
    workspace_id: FilterId = Field(
        None,
        description="Workspace to put it in; default unassigned.",
        json_schema_extra={NULLABLE: True},
    )
    description: str = Field(
        "", max_length=MAX_DESCRIPTION_LENGTH, description="What it is for, in free text."
    )
    flow_version: str = Field("2.0.0", description="Version of the flow's format.")


class ClonePackage(RepeatableArgs):
    package_id: PackageId
    name: str | None = Field(
        None, min_length=1, max_length=MAX_NAME_LENGTH, description="Default: '<name> (copy)'."
    )
    workspace_id: Annotated[
        Annotated[int, Field(gt=0, le=MAX_ID)] | Literal["same"] | None,
        in_words("must be above 0, 'same' or null"),
    ] = Field(
        "same",
        description="Workspace of the copy; null for unassigned, default the same.",
        json_schema_extra={NULLABLE: True},
    )


class ClonedPackage(CreatedPackage):
    source_package_id: int


class RenamePackage(MutationArgs):
    package_id: PackageId
    name: str = Field(min_length=1, max_length=MAX_NAME_LENGTH, description="The new name.")
    description: str | None = Field(
        None, max_length=MAX_DESCRIPTION_LENGTH, description="The new description, if any."
    )


class ManagePackageVariables(MutationArgs):
    package_id: PackageId
    set: dict[str, VariableValue] | None = Field(
        None,
        description="Defaults by name, to add or update: expressions, so a text is quoted, 'EU'.",
    )
    remove: list[str] | None = Field(
        None, max_length=MAX_VARIABLES, description="Names to remove; all must exist."
    )

    @model_validator(mode="after")
    def refuse_nothing(self) -> Self:
        if not self.set and not self.remove:
            raise ValueError("set, remove: give at least one of them")
        return self


class VariablesOfPackage(EditedPackage):
    variables: Outside[dict[str, str]]


class DeletePackage(MutationArgs):
    package_id: PackageId


class ArchivedPackage(EditedPackage):
    status: str


@tool(title="Create a package", scope=Scope.WRITE, audits="create_package")
def create_package(caller: Caller, arguments: CreatePackage) -> CreatedPackage:
    """Create a package from components and edges, all or nothing. See describe_component_type for
    their shape and list_connections for ids first. Then define variables with
    manage_package_variables, call validate_package and mend with update_package_components."""
    package = services.create_package(
        account=caller.account,
        name=arguments.name,
        description=arguments.description,
        workspace=_workspace(caller, arguments.workspace_id),
        flow_type=arguments.flow_type,
        flow={
            "flow_version": arguments.flow_version,
            "components": arguments.components,
            "edges": arguments.edges,
        },
        actor=caller.actor,
    )
    return created_package(package)


@tool(title="Clone a package", scope=Scope.WRITE, audits="clone_package")
def clone_package(caller: Caller, arguments: ClonePackage) -> ClonedPackage:
    """Copy a package with its flow and variables, secret ones included, into a new one; schedules
    and runs are not. An archived package may be cloned; the copy is active. Go on with
    update_package_components to point it elsewhere."""
    where = arguments.workspace_id
    package = services.clone_package(
        account=caller.account,
        package_id=arguments.package_id,
        name=arguments.name,
        workspace="same" if where == "same" else _workspace(caller, where),
        actor=caller.actor,
    )
    return ClonedPackage(
        **created_package(package).model_dump(), source_package_id=arguments.package_id
    )


@tool(title="Rename a package", scope=Scope.WRITE, audits="rename_package", idempotent=True)
def rename_package(caller: Caller, arguments: RenamePackage) -> EditedPackage:
    """Change a package's name and, if given, its description. The flow is left untouched; the
    change is one version of the package's history."""
    edited = services.rename_package(
        account=caller.account,
        package_id=arguments.package_id,
        name=arguments.name,
        description=arguments.description,
        actor=caller.actor,
    )
    return edited_package(edited)


@tool(
    title="Manage a package's variables",
    scope=Scope.WRITE,
    audits="manage_package_variables",
    destructive=True,
    idempotent=True,
)
def manage_package_variables(
    caller: Caller, arguments: ManagePackageVariables
) -> VariablesOfPackage:
    """Define, update or remove a package's public variables; those not named stay. Components use
    them as $name; run_package can override them. Values are expressions, checked by
    validate_package. Secret variables are changed in the dashboard alone. All or nothing."""
    edited = services.manage_package_variables(
        account=caller.account,
        package_id=arguments.package_id,
        values=variable_texts(arguments.set),
        remove=arguments.remove or [],
        actor=caller.actor,
    )
    return VariablesOfPackage(
        **edited_package(edited).model_dump(), variables=edited.package.variables
    )


@tool(
    title="Delete a package",
    scope=Scope.WRITE,
    audits="archive_package",
    destructive=True,
    idempotent=True,
)
def delete_package(caller: Caller, arguments: DeletePackage) -> ArchivedPackage:
    """Archive a package (soft delete): it stays, with its runs and history, listed by list_packages
    with status archived, but can no longer be run or edited. Refused while an enabled schedule uses
    it; see toggle_schedule."""
    edited = services.archive_package(
        account=caller.account, package_id=arguments.package_id, actor=caller.actor
    )
    return ArchivedPackage(**edited_package(edited).model_dump(), status=edited.package.status)


def _workspace(caller: Caller, workspace_id: int | None) -> Workspace | None:
    if workspace_id is None:
        return None
    return get_workspace(account=caller.account, workspace_id=workspace_id)
