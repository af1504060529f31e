"""From one decoded message to its result.

Source: MCP revisions 2024-11-05 to 2026-07-28; "Available tools" in the product documentation.
"""

import logging
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from mcp_endpoint import completion, prompts, resources, tasks
from mcp_endpoint.answers import Result, extended
from mcp_endpoint.calls import call_tool, list_tools
from mcp_endpoint.jsonrpc import INTERNAL_ERROR, METHOD_NOT_FOUND, Message, RpcError
from mcp_endpoint.protocol import (
    INSTRUCTIONS,
    LEGACY_VERSIONS,
    MAX_NAME_IN_ERRORS,
    META,
    META_SERVER,
    MODERN_VERSIONS,
    TASKS_EXTENSION,
    server_info,
)
from mcp_endpoint.registry import Caller

logger = logging.getLogger(__name__)

Method = Callable[[dict[str, Any], Caller], Result]

FRESH_FOR_MS: Final = {
    "server/discover": 3_600_000,
    "tools/list": 600_000,
    "prompts/list": 600_000,
    "resources/templates/list": 600_000,
    "resources/list": 30_000,
    "resources/read": 5_000,
}
"""How long a client of the modern era may keep an answer, for itself alone."""


def handle(message: Message, caller: Caller) -> Result:
    """The result of a request, complete for its era. Raises RpcError, its id filled in."""
    modern = caller.request.is_modern
    method = (MODERN_METHODS if modern else LEGACY_METHODS).get(message.method)
    if method is None:
        named = message.method[:MAX_NAME_IN_ERRORS]
        raise RpcError(METHOD_NOT_FOUND, f"Method not found: {named}", message.id)
    try:
        result = method(message.params, caller)
    except RpcError as error:
        error.request_id = message.id
        raise
    except Exception:
        reference = uuid4().hex[:12]
        logger.exception("defect %s in %s", reference, message.method)
        raise RpcError(
            INTERNAL_ERROR, f"Internal error; reference {reference}", message.id
        ) from None
    return _completed(message.method, result) if modern else result


def _completed(method: str, result: Result) -> Result:
    """The result with what every answer of the modern era says about itself."""
    fresh_for = FRESH_FOR_MS.get(method)
    extra: dict[str, Any] = {META: {META_SERVER: server_info()}}
    if fresh_for is not None:
        extra |= {"ttlMs": fresh_for, "cacheScope": "private"}
    return extended(result, extra)


def _initialize(params: dict[str, Any], caller: Caller) -> Result:
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in LEGACY_VERSIONS else LEGACY_VERSIONS[0],
        "capabilities": CAPABILITIES,
        "serverInfo": server_info(),
        "instructions": INSTRUCTIONS,
    }


def _discover(params: dict[str, Any], caller: Caller) -> Result:
    return {
        "supportedVersions": list(MODERN_VERSIONS),
        "capabilities": {**CAPABILITIES, "extensions": {TASKS_EXTENSION: {}}},
        "instructions": INSTRUCTIONS,
    }


def _ping(params: dict[str, Any], caller: Caller) -> Result:
    return {}


CAPABILITIES: Final[dict[str, Any]] = {
    "tools": {},
    "prompts": {},
    "resources": {},
    "completions": {},
}

_SHARED: Final[dict[str, Method]] = {
    "tools/list": list_tools,
    "tools/call": call_tool,
    "prompts/list": prompts.list_prompts,
    "prompts/get": prompts.get_prompt,
    "resources/list": resources.list_resources,
    "resources/templates/list": resources.list_templates,
    "resources/read": resources.read_resource,
    "completion/complete": completion.complete,
}
LEGACY_METHODS: Final[dict[str, Method]] = {
    "initialize": _initialize,
    "ping": _ping,
    **_SHARED,
}
MODERN_METHODS: Final[dict[str, Method]] = {
    "server/discover": _discover,
    "tasks/get": tasks.get_task,
    "tasks/update": tasks.update_task,
    "tasks/cancel": tasks.cancel_task,
    **_SHARED,
}
