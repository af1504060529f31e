"""JSON-RPC 2.0 messages, one per request body. No Django.

Source: JSON-RPC 2.0; "Endpoint" in the product documentation.
"""

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
RESOURCE_NOT_FOUND = -32002
HEADER_MISMATCH = -32020
MISSING_CLIENT_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022

MAX_NESTING = 64

RequestId = str | int


class RpcError(Exception):
    """Ends a request with a JSON-RPC error. `request_id` is None when it could not be read."""

    def __init__(
        self,
        code: int,
        message: str,
        request_id: RequestId | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id
        self.data = data


@dataclass(frozen=True, slots=True)
class Message:
    """A request, or a notification when `id` is None. `method` is empty for a posted response."""

    method: str
    id: RequestId | None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def wants_answer(self) -> bool:
        return self.id is not None

    @property
    def meta(self) -> dict[str, Any]:
        found = self.params.get("_meta")
        return found if isinstance(found, dict) else {}


def decode(body: bytes) -> Message:
    """Raises RpcError: -32700 when the body is not JSON, -32600 when it is not one message."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise RpcError(PARSE_ERROR, "Parse error: the body is not valid JSON") from None
    if isinstance(data, list):
        raise RpcError(INVALID_REQUEST, "Invalid request: batches are not supported, send one")
    if not isinstance(data, dict) or data.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, "Invalid request: expected an object with jsonrpc '2.0'")
    if body.count(b"[") + body.count(b"{") > MAX_NESTING and _is_deeper(data, MAX_NESTING):
        raise RpcError(INVALID_REQUEST, f"Invalid request: nested deeper than {MAX_NESTING} levels")
    return _message(data)


def _message(data: dict[str, Any]) -> Message:
    request_id = data.get("id")
    if "id" in data and (isinstance(request_id, bool) or not isinstance(request_id, (str, int))):
        raise RpcError(INVALID_REQUEST, "Invalid request: id must be a string or an integer")
    if "method" not in data and ("result" in data or "error" in data):
        return Message(method="", id=None)
    method = data.get("method")
    if not isinstance(method, str) or not method:
        raise RpcError(INVALID_REQUEST, "Invalid request: method must be a string", request_id)
    params = data.get("params", {})
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "Invalid params: expected an object", request_id)
    return Message(method=method, id=request_id, params=params)


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            child
            for item in layer
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not layer:
            return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def encode_result(request_id: RequestId, result: dict[str, Any] | bytes) -> bytes:
    body = result if isinstance(result, bytes) else _dump(result)
    return b'{"jsonrpc":"2.0","id":' + _dump(request_id) + b',"result":' + body + b"}"


def encode_error(error: RpcError, *, with_null_id: bool = True) -> bytes:
    """An id that could not be read is null, or left out where the revision wants that."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        body["data"] = error.data
    message: dict[str, Any] = {"jsonrpc": "2.0"}
    if error.request_id is not None or with_null_id:
        message["id"] = error.request_id
    return _dump({**message, "error": body})


def encode_notification(method: str, params: dict[str, Any]) -> bytes:
    return _dump({"jsonrpc": "2.0", "method": method, "params": params})


def _dump(message: Any) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
