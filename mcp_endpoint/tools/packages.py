"""Packages as wholes. Their components and edges: components.py."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from accounts.models import Workspace
from accounts.owned import MAX_ID
from accounts.queries import get_workspace
from accounts.rights import Scope
from common.paging import take_page
from engine.describe import graph_summary
from engine.flow import parse_flow
from mcp_endpoint.fields import FilterId, ListArgs, Moment, VariableValue, variable_texts
from mcp_endpoint.graph_pages import GraphPage, graph_page, sent_bytes
from mcp_endpoint.mutations import MutationArgs, RepeatableArgs
from mcp_endpoint.outside import Outside
from mcp_endpoint.package_versions import (
    CreatedPackage,
    EditedPackage,
    PackageId,
    created_package,
    edited_package,
)
from mcp_endpoint.registry import Caller, ToolArgs, tool
from mcp_endpoint.schemas import NULLABLE
from mcp_endpoint.sizes import ListAnswer, Shortenable
from packages_app import queries, services, validation
from packages_app.services import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from packages_app.variables import MAX_VARIABLES
from runs.package_rows import package_rows

GRAPH_BYTES = 95_000
"""Of an answer with a graph; MAX_ANSWER_BYTES less the smaller members."""


class ListPackages(ListArgs):
    flow_type: Literal["dataflow", "workflow"] | None = Field(
        None, description="Only data flows or only workflows."
    )
    status: Literal["active", "archived"] | None = Field(
        None, description="Only active or only archived packages; both when left out."
    )
    workspace_id: FilterId = Field(None, description="Only packages of this workspace.")


class PackageItem(BaseModel):
    id: int
    name: str
    flow_type: str
    status: str
    workspace_id: int | None
    workspace_name: str | None
    version: str
    last_run_id: int | None
    last_run_status: str | None
    updated_at: Moment


class Packages(ListAnswer):
    packages: Outside[list[PackageItem]]


class GetPackage(ToolArgs):
    package_id: PackageId
    include_full_graph: bool = Field(
        False, description="Also return data_flow_json, the whole definition; pages when large."
    )
    cursor: str | None = Field(
        None, max_length=200, description="next_cursor of the former page of a large graph."
    )


class GraphEnd(BaseModel):
    name: str
    type: str
    connection_id: int | None
    location: str | None


class GraphSummary(Shortenable):
    shortens = (("sources", "ends_left_out", "first"), ("destinations", "ends_left_out", "first"))

    component_count: int
    edge_count: int
    component_types: dict[str, int]
    ends_left_out: int = 0
    sources: Outside[list[GraphEnd]]
    destinations: Outside[list[GraphEnd]]


class PackageDetails(GraphSummary):
    id: int
    name: Outside[str]
    description: Outside[str]
    flow_type: str
    flow_version: str
    status: str
    workspace_id: int | None
    version: str
    version_number: int
    variables_count: int
    next_cursor: str | None
    variables: Outside[dict[str, str]]
    created_at: Moment
    updated_at: Moment
    data_flow_json: Outside[dict[str, Any] | None]


@tool(title="List packages")
def list_packages(caller: Caller, arguments: ListPackages) -> Packages:
    """List packages (pipeline definitions), newest first, with the status of their newest run.
    Filter by flow_type, status and workspace_id. Go on with get_package or run_package."""
    rows = package_rows(
        account=caller.account,
        limit=arguments.limit + 1,
        status=arguments.status,
        flow_type=arguments.flow_type,
        workspace_id=arguments.workspace_id,
        before_id=arguments.after(),
    )
    page = take_page(rows, limit=arguments.limit, key=lambda row: row.id)
    return Packages(
        packages=[PackageItem.model_validate(row, from_attributes=True) for row in page.items],
        next_cursor=page.next_cursor,
    )


@tool(title="Get a package")
def get_package(caller: Caller, arguments: GetPackage) -> PackageDetails:
    """Show one package: a summary of its data flow (component and edge counts, component types,
    sources, destinations) and its variables. Set include_full_graph for data_flow_json; a large one
    comes in pages of components and edges of one version. Secret variables are never returned."""
    package = queries.get_package(account=caller.account, package_id=arguments.package_id)
    summary = GraphSummary(**graph_summary(parse_flow(package.data_flow_json)))
    page = GraphPage({}, None)
    if arguments.include_full_graph:
        beside = [summary.model_dump(), package.variables, package.description]
        page = graph_page(
            package.data_flow_json,
            version=package.version,
            cursor=arguments.cursor,
            page_bytes=GRAPH_BYTES - sent_bytes(beside),
        )
    return PackageDetails(
        **summary.model_dump(),
        id=package.pk,
        name=package.name,
        description=package.description,
        flow_type=package.flow_type,
        flow_version=package.flow_version,
        status=package.status,
        workspace_id=package.workspace_id,
        version=package.version_label,
        version_number=package.version,
        variables_count=len(package.variables),
        variables=package.variables,
        created_at=package.created_at,
        updated_at=package.updated_at,
        data_flow_json=page.document if arguments.include_full_graph else None,
        next_cursor=page.next_cursor,
    )


class ValidatePackage(ToolArgs):
    package_id: PackageId


class ValidationProblem(BaseModel):
    code: str
    severity: str
    component_id: str
    component_name: str
    property: str
    message: str
    hint: str


class ValidatedPackage(Shortenable):
    shortens = (
        ("warnings", "problems_left_out", "first"),
        ("errors", "problems_left_out", "first"),
    )

    validation_id: int
    package_id: int
    package_version: int
    status: str
    status_message: Outside[str]
    runtime_in_seconds: float
    problems_left_out: int = 0
    errors: Outside[list[ValidationProblem]]
    warnings: Outside[list[ValidationProblem]]
    created_at: Moment


@tool(title="Validate a package", open_world=True)
def validate_package(caller: Caller, arguments: ValidatePackage) -> ValidatedPackage:
    """Check a package without running it: structure, then every field, expression, variable and
    connection. Errors and warnings name component and property and say how to mend them. Each call
    keeps a validation record. Worth doing after a change and before run_package."""
    record = validation.validate_package(
        account=caller.account, package_id=arguments.package_id, actor=caller.actor
    )
    problems = [ValidationProblem.model_validate(problem) for problem in record.problems]
    return ValidatedPackage(
        validation_id=record.pk,
        package_id=record.package_id,
        package_version=record.package_version,
        status=record.status,
        status_message=record.status_message,
        runtime_in_seconds=record.runtime_seconds,
        errors=[problem for problem in problems if problem.severity == "error"],
        warnings=[problem for problem in problems if problem.severity == "warning"],
        created_at=record.created_at,
    )


class CreatePackage(RepeatableArgs):
    name: str = Field(
        min_length=1, max_length=MAX_NAME_LENGTH, description="Name shown in the dashboard."
    )
    flow_type: Literal["dataflow", "workflow"] = Field(
        description="dataflow moves rows; a workflow has no tasks to hold yet."
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
    workspace_id: Annotated[int, Field(gt=0, le=MAX_ID)] | Literal["same"] | None = Field(
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
    """Create a package from components and edges, all or nothing. Look first at
    list_component_types and describe_component_type for their shape and at list_connections for
    ids. Then define variables with manage_package_variables, call validate_package and mend with
    update_package_components. dry_run shows it unsaved."""
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
    and runs are not copied. An archived package may be cloned too; the copy is active. Go on with
    update_package_components to point the copy elsewhere."""
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
    """Archive a package (soft delete): it stays, with its runs and history, and is listed by
    list_packages with status archived, but can no longer be run or edited. Refused while an enabled
    schedule uses it; disable that with toggle_schedule first."""
    edited = services.archive_package(
        account=caller.account, package_id=arguments.package_id, actor=caller.actor
    )
    return ArchivedPackage(**edited_package(edited).model_dump(), status=edited.package.status)


def _workspace(caller: Caller, workspace_id: int | None) -> Workspace | None:
    if workspace_id is None:
        return None
    return get_workspace(account=caller.account, workspace_id=workspace_id)
