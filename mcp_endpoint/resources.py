"""Resources: packages, logs of runs and component types, as documents under `etl://`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from common.errors import ProductError
from common.paging import DEFAULT_LIMIT, decode_cursor, take_page
from mcp_endpoint.answers import data
from mcp_endpoint.jsonrpc import INVALID_PARAMS, RESOURCE_NOT_FOUND, RpcError
from mcp_endpoint.outside import fenced_text
from mcp_endpoint.registry import TOOLS, Caller
from mcp_endpoint.tools.components import DescribeComponentType, describe_component_type
from mcp_endpoint.tools.packages import GetPackage, get_package
from packages_app.queries import list_packages
from runs.queries import get_run, log_tail

MAX_LOG_LINES = 1_000
MAX_LOG_BYTES = 80_000
SHOWN_URI_LENGTH = 200

JSON = "application/json"
Content = tuple[str, str]
"""Media type and text."""


@dataclass(frozen=True, slots=True)
class Template:
    """A family of resources; `pattern` has the one group that `read` gets. `tool` shows the same,
    and who may not call it may not read this."""

    uri_template: str
    name: str
    title: str
    description: str
    mime_type: str
    pattern: re.Pattern[str]
    read: Callable[[Caller, str], Content]
    tool: str | None = None

    def is_open_to(self, caller: Caller) -> bool:
        if self.tool is None:
            return True
        tool = TOOLS[self.tool]
        return caller.access.allows(tool.scope, tool.group)

    def published(self) -> dict[str, Any]:
        return {
            "uriTemplate": self.uri_template,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "mimeType": self.mime_type,
        }


def list_resources(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """The account's active packages, newest first; the other families are only templates."""
    if PACKAGE not in TEMPLATES or not PACKAGE.is_open_to(caller):
        return {"resources": []}
    cursor = params.get("cursor")
    rows = list_packages(account=caller.account, status="active")
    if cursor:
        try:
            rows = rows.filter(pk__lt=decode_cursor(str(cursor)))
        except ProductError as error:
            raise RpcError(INVALID_PARAMS, f"Invalid params: {error.message}") from None
    page = take_page(
        rows.only("name", "description", "updated_at", "workspace")[: DEFAULT_LIMIT + 1],
        limit=DEFAULT_LIMIT,
        key=lambda package: package.pk,
    )
    listed = [
        {"uri": f"etl://packages/{row.pk}", "name": row.name, "mimeType": JSON}
        for row in page.items
    ]
    following = {"nextCursor": page.next_cursor} if page.next_cursor else {}
    return {"resources": listed, **following}


def list_templates(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    if params.get("cursor"):
        raise RpcError(INVALID_PARAMS, "Invalid params: cursor is not one of this list")
    open_ones = [template for template in TEMPLATES if template.is_open_to(caller)]
    return {"resourceTemplates": [template.published() for template in open_ones]}


def read_resource(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Absent, foreign and unknown ones are alike not found."""
    uri = params.get("uri")
    if not isinstance(uri, str):
        raise RpcError(INVALID_PARAMS, "Invalid params: uri must be a string")
    for template in TEMPLATES:
        if (match := template.pattern.fullmatch(uri)) and template.is_open_to(caller):
            try:
                mime_type, text = template.read(caller, match[1])
            except ProductError:
                break
            return {"contents": [{"uri": uri, "mimeType": mime_type, "text": text}]}
    raise RpcError(
        INVALID_PARAMS if caller.request.is_modern else RESOURCE_NOT_FOUND,
        "Resource not found",
        data={"uri": uri[:SHOWN_URI_LENGTH]},
    )


def _read_package(caller: Caller, package_id: str) -> Content:
    answer = get_package(caller, GetPackage(package_id=int(package_id), include_full_graph=True))
    return JSON, data(TOOLS["get_package"], answer).decode()


def _read_log(caller: Caller, run_id: str) -> Content:
    run = get_run(account=caller.account, run_id=int(run_id))
    lines: list[str] = []
    size = 0
    for line in reversed(log_tail(run, MAX_LOG_LINES)):
        text = line.as_text()
        size += len(text.encode())
        if size > MAX_LOG_BYTES:
            break
        lines.append(text)
    return "text/plain", fenced_text("\n".join(reversed(lines)))


def _read_component(caller: Caller, name: str) -> Content:
    answer = describe_component_type(caller, DescribeComponentType(name=name))
    return JSON, data(TOOLS["describe_component_type"], answer).decode()


PACKAGE: Final = Template(
    "etl://packages/{id}",
    "package",
    "Package",
    "A package with its whole data_flow_json.",
    JSON,
    re.compile(r"etl://packages/([1-9][0-9]{0,18})"),
    _read_package,
    "get_package",
)
TEMPLATES: Final[list[Template]] = [
    PACKAGE,
    Template(
        "etl://runs/{id}/log",
        "run-log",
        "Log of a run",
        f"The last {MAX_LOG_LINES:,} lines of a run's redacted log.",
        "text/plain",
        re.compile(r"etl://runs/([1-9][0-9]{0,18})/log"),
        _read_log,
        "get_run",
    ),
    Template(
        "etl://components/{name}",
        "component-type",
        "Component type",
        "Properties and an example of one component type.",
        JSON,
        re.compile(r"etl://components/([a-z0-9_]{1,128})"),
        _read_component,
        "describe_component_type",
    ),
]
