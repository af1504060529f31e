"""Which era a request belongs to, and whether its headers and its body say the same.

The body decides: a request of the modern era describes itself in `params._meta`. A request that
contradicts itself, or comes from the future, is refused; it never falls back to the other era.
Source: MCP 2026-07-28, "Versioning" and "Streamable HTTP"; 2025-11-25, "Transports".
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from mcp_endpoint.context import RequestContext
from mcp_endpoint.jsonrpc import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    UNSUPPORTED_VERSION,
    Message,
    RpcError,
)
from mcp_endpoint.protocol import (
    LEGACY_VERSIONS,
    MAX_NAME_IN_ERRORS,
    META_CAPABILITIES,
    META_CLIENT,
    META_VERSION,
    MODERN_VERSIONS,
    UNSAID_VERSION,
)

VERSION_HEADER = "MCP-Protocol-Version"
METHOD_HEADER = "Mcp-Method"
NAME_HEADER = "Mcp-Name"

NAMED_BY: Final = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
"""Methods whose Mcp-Name header repeats a parameter."""

_ENCODED, _ENCODED_END = "=?base64?", "?="
_LEGACY_BAD_REQUESTS = frozenset({PARSE_ERROR, INVALID_REQUEST, UNSUPPORTED_VERSION})
_MODERN_BAD_REQUESTS = frozenset(
    {PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS, *range(HEADER_MISMATCH, -32099, -1)}
)


def names_modern_era(headers: Mapping[str, str]) -> bool:
    return headers.get(VERSION_HEADER, "").strip() in MODERN_VERSIONS


def describes_itself(message: Message) -> bool:
    return META_VERSION in message.meta


def read_context(message: Message, headers: Mapping[str, str]) -> RequestContext:
    """The request's era and client. Raises RpcError, the request's id filled in."""
    try:
        if not message.wants_answer:
            return RequestContext(params=message.params)
        if describes_itself(message):
            return _modern(message, headers)
        if names_modern_era(headers) and message.method != "initialize":
            raise RpcError(
                INVALID_PARAMS,
                f"Invalid params: _meta must hold {META_VERSION} and {META_CAPABILITIES}",
            )
        return _legacy(message, headers)
    except RpcError as error:
        error.request_id = message.id
        raise


def http_status(code: int, *, modern: bool) -> int:
    """The status that goes with a JSON-RPC error; clients of the legacy era expect 200."""
    if not modern:
        return 400 if code in _LEGACY_BAD_REQUESTS else 200
    if code == METHOD_NOT_FOUND:
        return 404
    return 400 if code in _MODERN_BAD_REQUESTS else 200


def _legacy(message: Message, headers: Mapping[str, str]) -> RequestContext:
    version = headers.get(VERSION_HEADER, UNSAID_VERSION).strip()
    if version not in LEGACY_VERSIONS and message.method != "initialize":
        raise _unsupported(version, [*MODERN_VERSIONS, *LEGACY_VERSIONS])
    client = message.params.get("clientInfo") if message.method == "initialize" else None
    return RequestContext(
        era="legacy", version=version, client=_client_name(client), params=message.params
    )


def _modern(message: Message, headers: Mapping[str, str]) -> RequestContext:
    meta = message.meta
    version, capabilities = meta[META_VERSION], meta.get(META_CAPABILITIES)
    if not isinstance(version, str) or not isinstance(capabilities, dict):
        raise RpcError(
            INVALID_PARAMS,
            f"Invalid params: _meta needs {META_VERSION}, a string, and {META_CAPABILITIES}, "
            "an object",
        )
    _compare(VERSION_HEADER, headers, version)
    _compare(METHOD_HEADER, headers, message.method)
    if message.method in NAMED_BY:
        named = message.params.get(NAMED_BY[message.method])
        if isinstance(named, str):
            _compare(NAME_HEADER, headers, named)
    if version not in MODERN_VERSIONS:
        raise _unsupported(version, list(MODERN_VERSIONS))
    return RequestContext(
        era="modern",
        version=version,
        client=_client_name(meta.get(META_CLIENT)),
        params=message.params,
        client_capabilities=capabilities,
    )


def _compare(header: str, headers: Mapping[str, str], value: str) -> None:
    """Two copies of a header arrive joined by a comma and so never compare equal."""
    found = headers.get(header)
    if found is None:
        raise RpcError(HEADER_MISMATCH, f"Header mismatch: {header} is required")
    said = decoded(found.strip()) if header == NAME_HEADER else found.strip()
    if said != value:
        raise RpcError(HEADER_MISMATCH, f"Header mismatch: {header} differs from the body")


def decoded(text: str) -> str | None:
    """The value that a header carries; None for an encoding that no sender makes."""
    if not (text.startswith(_ENCODED) and text.endswith(_ENCODED_END)):
        return text
    inside = text[len(_ENCODED) : -len(_ENCODED_END)]
    try:
        data = base64.b64decode(inside, validate=True)
        is_canonical = base64.b64encode(data).decode() == inside
        return data.decode("utf-8") if is_canonical else None
    except (ValueError, binascii.Error):
        return None


def _unsupported(version: str, supported: list[str]) -> RpcError:
    return RpcError(
        UNSUPPORTED_VERSION,
        f"Unsupported protocol version; supported: {', '.join(supported)}",
        data={"supported": supported, "requested": version[:MAX_NAME_IN_ERRORS]},
    )


def _client_name(info: Any) -> str:
    """`name/version`; for logs only, it decides nothing."""
    if not isinstance(info, dict):
        return ""
    parts = [str(info[key]) for key in ("name", "version") if isinstance(info.get(key), str)]
    return "/".join(parts)[:MAX_NAME_IN_ERRORS]
