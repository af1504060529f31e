"""From one decoded message to its result.

Source: MCP revisions 2024-11-05 to 2025-11-25; "Available tools" in the product documentation.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import uuid4

from django.conf import settings
from pydantic import BaseModel, ValidationError

from accounts.rights import Scope
from common.errors import ProductError
from mcp_endpoint.jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Message,
    RpcError,
)
from mcp_endpoint.answers import Raw, failure, refusal, success
from mcp_endpoint.mutations import MutationArgs, perform
from mcp_endpoint.refusals import explain
from mcp_endpoint.registry import TOOLS, Caller, Tool, ToolArgs
from mcp_endpoint.tools import CATALOGUE

logger = logging.getLogger(__name__)

VERSION = "0.1.0"
LEGACY_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
INSTRUCTIONS = (
    "Tools to inspect, run and mend the data pipelines of one account. Start with list_workspaces: "
    "it shows every workspace with its packages and recent failures. run_package answers with a "
    "run_id at once; poll get_run until the status is completed, failed or stopped. For a failed "
    "run call explain_job_failure."
)

Result = dict[str, Any] | bytes
"""The result of a request; a tool's answer comes serialised already."""


def handle(message: Message, caller: Caller) -> Result:
    """The result of a request. Raises RpcError, its id filled in."""
    method = METHODS.get(message.method)
    if method is None:
        raise RpcError(METHOD_NOT_FOUND, f"Method not found: {message.method[:100]}", message.id)
    try:
        return method(message.params, caller)
    except RpcError as error:
        error.request_id = message.id
        raise
    except Exception:
        reference = uuid4().hex[:12]
        logger.exception("defect %s in %s", reference, message.method)
        raise RpcError(
            INTERNAL_ERROR, f"Internal error; reference {reference}", message.id
        ) from None


def _initialize(params: dict[str, Any], caller: Caller) -> Result:
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in LEGACY_VERSIONS else LEGACY_VERSIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {
            "name": settings.MCP_SERVER_NAME,
            "title": settings.PRODUCT_NAME,
            "version": VERSION,
        },
        "instructions": INSTRUCTIONS,
    }


def _ping(params: dict[str, Any], caller: Caller) -> Result:
    return {}


def _list_tools(params: dict[str, Any], caller: Caller) -> Result:
    return {"tools": _published(caller.scopes)}


def _call_tool(params: dict[str, Any], caller: Caller) -> Result:
    name = params.get("name")
    tool = TOOLS.get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(INVALID_PARAMS, f"Unknown tool: {str(name)[:100]}")
    arguments = params.get("arguments")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "Invalid params: arguments must be an object")
    if tool.scope not in caller.scopes:
        return refusal(f"this connection lacks the scope {tool.scope}; its owner can grant it")
    try:
        parsed = tool.arguments.model_validate(arguments)
    except ValidationError as refused:
        return refusal(explain(refused, tool.arguments))
    try:
        answer = _carry_out(tool, caller, parsed)
    except ProductError as error:
        return failure(error)
    return answer.result if isinstance(answer, Raw) else success(tool, answer)


def _carry_out(tool: Tool, caller: Caller, arguments: ToolArgs) -> BaseModel:
    if isinstance(arguments, MutationArgs):
        return perform(tool, caller, arguments)
    return tool.handler(caller, arguments)


METHODS: dict[str, Callable[[dict[str, Any], Caller], Result]] = {
    "initialize": _initialize,
    "ping": _ping,
    "tools/list": _list_tools,
    "tools/call": _call_tool,
}


@lru_cache
def _published(scopes: frozenset[Scope]) -> list[dict[str, Any]]:
    """The tools that these scopes may call, in the order of the catalogue."""
    return [TOOLS[name].published for name in CATALOGUE if TOOLS[name].scope in scopes]
