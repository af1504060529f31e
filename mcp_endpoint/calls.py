"""tools/list and tools/call."""

from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from accounts.rights import Access
from common.errors import ProductError
from mcp_endpoint import tasks
from mcp_endpoint.answers import Raw, failure, refusal, success
from mcp_endpoint.jsonrpc import INVALID_PARAMS, RpcError
from mcp_endpoint.mutations import MutationArgs, perform
from mcp_endpoint.protocol import MAX_NAME_IN_ERRORS
from mcp_endpoint.refusals import explain
from mcp_endpoint.registry import TOOLS, Caller, Tool, ToolArgs


def list_tools(params: dict[str, Any], caller: Caller) -> bytes:
    """Every tool that the caller may use, on one page, in the order of the catalogue."""
    refuse_cursor(params)
    return _published(caller.access)


@lru_cache
def _published(access: Access) -> bytes:
    allowed = [tool for tool in TOOLS.values() if access.allows(tool.scope, tool.group)]
    return to_json({"tools": [tool.published for tool in allowed]})


def refuse_cursor(params: dict[str, Any]) -> None:
    """For lists of one page, which give no cursor out."""
    if params.get("cursor"):
        raise RpcError(INVALID_PARAMS, "Invalid params: cursor is not one of this list")


def call_tool(params: dict[str, Any], caller: Caller) -> dict[str, Any] | bytes:
    """A refusal that the caller can mend is a result with isError, not a protocol error."""
    name = params.get("name")
    tool = TOOLS.get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(INVALID_PARAMS, f"Unknown tool: {str(name)[:MAX_NAME_IN_ERRORS]}")
    arguments = params.get("arguments")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "Invalid params: arguments must be an object")
    if not caller.access.allows(tool.scope, tool.group):
        return refusal(_what_is_lacking(tool, caller.access))
    try:
        parsed = tool.arguments.model_validate(arguments)
    except ValidationError as refused:
        return refusal(explain(refused, tool.arguments))
    try:
        answer = _carry_out(tool, caller, parsed)
    except ProductError as error:
        return failure(error)
    if isinstance(answer, Raw):
        return answer.result
    return tasks.as_task(tool, answer, caller) or success(tool, answer)


def _what_is_lacking(tool: Tool, access: Access) -> str:
    if not access.allows(tool.scope):
        return (
            f"this connection lacks the scope {tool.scope}; its access, or its owner's role, "
            "leaves it out"
        )
    return (
        f"this connection may not use the tools of the group {tool.group}; its owner chose others"
    )


def _carry_out(tool: Tool, caller: Caller, arguments: ToolArgs) -> BaseModel:
    if isinstance(arguments, MutationArgs):
        return perform(tool, caller, arguments)
    return tool.handler(caller, arguments)
