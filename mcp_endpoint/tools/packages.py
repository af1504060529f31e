"""Packages: reading and checking."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from common.paging import take_page
from engine.describe import graph_summary
from engine.flow import parse_flow
from mcp_endpoint.fields import FilterId, ListArgs, Moment
from mcp_endpoint.graph_pages import GraphPage, graph_page, sent_bytes
from mcp_endpoint.outside import Outside
from mcp_endpoint.package_versions import PackageId
from mcp_endpoint.registry import Caller, ToolArgs, tool
from mcp_endpoint.sizes import ListAnswer, Shortenable
from packages_app import queries, validation
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
    listed = {"packages": page.items, "next_cursor": page.next_cursor}
    return Packages.model_validate(listed, from_attributes=True)


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
