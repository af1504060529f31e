"""From what a handler returns to the result that is sent.

A successful answer is one JSON text, sent as structuredContent and, the same bytes, as text for
clients that read only text. It is serialised once.
"""

import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import to_json

from common.errors import InvalidInput, NotFound, ProductError, UpstreamFailed
from mcp_endpoint.outside import fenced
from mcp_endpoint.protocol import META
from mcp_endpoint.registry import Tool
from mcp_endpoint.sizes import Shortenable

MAX_ANSWER_BYTES = 99_000
"""Of a whole result; the data in it is sent twice."""

APART: Final[dict[type[ProductError], str]] = {
    NotFound: "the system behind the connection does not have what was asked for; see details",
    InvalidInput: "this does not fit what lies behind the connection; see details",
    UpstreamFailed: "the system behind the connection refused or failed; see details",
}
"""What we say ourselves where the details are words from outside."""


Result = dict[str, Any] | bytes
"""The result of a request; a tool's answer comes serialised already."""


class Raw(BaseModel):
    """A result that is sent as it is; for handlers that answer with more than data."""

    result: dict[str, Any]


def extended(result: Result, extra: dict[str, Any]) -> Result:
    """The result with `extra` members; its own resultType and _meta stay."""
    if isinstance(result, bytes):
        return result[:-1] + b"," + to_json({"resultType": "complete", **extra})[1:]
    meta = {**extra.get(META, {}), **result.get(META, {})}
    return {"resultType": "complete", **result, **extra, META: meta}


def success(tool: Tool, answer: BaseModel) -> bytes:
    """The CallToolResult of an answer, serialised; a list that is too long ends earlier."""
    body = _rendered(tool, answer)
    while len(body) > MAX_ANSWER_BYTES and isinstance(answer, Shortenable):
        shorter = answer.shortened(0.9 * MAX_ANSWER_BYTES / len(body))
        if shorter is None:
            break
        answer, body = shorter, _rendered(tool, shorter)
    return body


def _rendered(tool: Tool, answer: BaseModel) -> bytes:
    body = data(tool, answer)
    text = to_json(body.decode())
    return b"".join(
        (
            b'{"content":[{"type":"text","text":',
            text,
            b'}],"structuredContent":',
            body,
            b',"isError":false}',
        )
    )


def data(tool: Tool, answer: BaseModel) -> bytes:
    """The answer as JSON text, what comes from outside between its marks."""
    if not tool.outside:
        return answer.model_dump_json().encode()
    own = answer.model_dump_json(exclude=set(tool.outside))
    foreign = answer.model_dump_json(include=set(tool.outside))
    return fenced(own.encode(), foreign.encode())


def refusal(message: str) -> bytes:
    """A tool error that says what is wrong; assistants read it and correct themselves."""
    return _error(json.dumps({"error": message}, ensure_ascii=False).encode("utf-8", "replace"))


def failure(error: ProductError) -> bytes:
    """A tool error; words from outside stay apart from our own."""
    if not error.quotes_outside:
        return refusal(error.message)
    foreign = json.dumps({"details": error.message}, ensure_ascii=False)
    own = json.dumps({"error": APART.get(type(error), APART[UpstreamFailed])})
    return _error(fenced(own.encode(), foreign.encode("utf-8", "replace")))


def _error(data: bytes) -> bytes:
    text = json.dumps(data.decode(), ensure_ascii=False).encode()
    return b'{"content":[{"type":"text","text":' + text + b'}],"isError":true}'
