"""Tools of the Tasks extension: true runs of small packages, so that the tasks are the product's.

A run asks nothing of a client and has no error of the protocol's own; what the suite wants of those
is not here.
"""

from typing import Any

from accounts.models import Account
from accounts.rights import Scope
from audit.actor import command_actor
from connections.models import Connection
from mcp_endpoint.answers import Raw
from mcp_endpoint.outside import outside_members
from mcp_endpoint.registry import TOOLS, Caller, Tool, ToolArgs
from mcp_endpoint.schemas import input_schema
from mcp_endpoint.tools.runs import SubmittedRun, submitted
from packages_app.models import Package
from packages_app.services import create_package
from runs.services import submit_run
from tests.foreign.suite_server.registering import NoArguments, complete, text, tool

GOOD, BAD = "airlines.csv", "absent.csv"


class Greet(ToolArgs):
    name: str


class SlowCompute(ToolArgs):
    seconds: int
    label: str


class ConfirmDelete(ToolArgs):
    filename: str


@tool("greet", Greet)
def greet(caller: Caller, arguments: Greet) -> Raw:
    return complete(text(f"Hello, {arguments.name}!"))


@tool("confirm_delete", ConfirmDelete)
def confirm_delete(caller: Caller, arguments: ConfirmDelete) -> Raw:
    """Answers at once: it is no task."""
    return complete(text(f"{arguments.filename} was not deleted."))


def slow_compute(caller: Caller, arguments: SlowCompute) -> SubmittedRun:
    return run(caller, GOOD, arguments.label)


def failing_job(caller: Caller, arguments: NoArguments) -> SubmittedRun:
    return run(caller, BAD, "failing")


def run(caller: Caller, path: str, label: str) -> SubmittedRun:
    package = Package.objects.for_account(caller.account).get(name=path)
    variables = {"label": label}
    return submitted(
        submit_run(
            account=caller.account, package_id=package.pk, actor=caller.actor, variables=variables
        )
    )


def task_tool(handler: Any, arguments: type[ToolArgs]) -> None:
    name = handler.__name__
    TOOLS[name] = Tool(
        name=name,
        scope=Scope.READ,
        arguments=arguments,
        result=SubmittedRun,
        outside=outside_members(SubmittedRun),
        audits="",
        handler=handler,
        is_task=True,
        published={
            "name": name,
            "description": f"What the conformance suite wants of {name}.",
            "inputSchema": input_schema(arguments),
        },
    )


def flow(files: int, path: str) -> dict[str, Any]:
    fields = [{"name": "carrier", "type": "string"}, {"name": "name", "type": "string"}]
    source = {
        "id": "c1",
        "name": "airlines",
        "connection_id": files,
        "path": path,
        "delimiter": ",",
        "header_row": True,
        "schema": {"fields": fields},
    }
    destination = {
        "id": "c2",
        "name": "copied",
        "connection_id": files,
        "directory": "suite/$label",
        "destination_format": "parquet",
        "destination_action": "replace",
        "schema": {"fields": [{"name": field["name"]} for field in fields]},
    }
    return {
        "flow_version": "2.0.0",
        "components": [
            {"cloud_storage_source_component": source},
            {"cloud_storage_destination_component": destination},
        ],
        "edges": [{"id": "e1", "source": "c1", "target": "c2"}],
    }


def register() -> None:
    """Enter the tools, and make their packages in the demo account."""
    task_tool(slow_compute, SlowCompute)
    task_tool(failing_job, NoArguments)
    account = Account.objects.get()
    files = Connection.objects.get(account=account, name="flight-files")
    for path in (GOOD, BAD):
        if not Package.objects.for_account(account).filter(name=path).exists():
            create_package(
                account=account,
                name=path,
                actor=command_actor("tests"),
                flow=flow(files.pk, path),
                variables={"label": "none"},
            )
