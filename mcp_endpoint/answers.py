"""From what a handler returns to the result that is sent.

A successful answer is one JSON text, sent as structuredContent and, the same bytes, as text for
clients that read only text. It is serialised once.
"""

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from common.errors import ProductError, UpstreamFailed
from common.paging import encode_cursor
from mcp_endpoint.outside import fenced
from mcp_endpoint.protocol import META
from mcp_endpoint.registry import Tool

MAX_ANSWER_BYTES = 99_000
"""Of a whole result; the data in it is sent twice."""

UPSTREAM_FAILED = (
    "The system behind the connection refused or failed; its own words are in upstream_error."
)


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
    while len(body) > MAX_ANSWER_BYTES:
        shorter = _shortened(tool, answer, MAX_ANSWER_BYTES / len(body))
        if shorter is None:
            break
        answer = shorter
        body = _rendered(tool, answer)
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


def _shortened(tool: Tool, answer: BaseModel, share: float) -> BaseModel | None:
    """A list with fewer entries and the cursor to go on from; None for what is no such list."""
    if "next_cursor" not in type(answer).model_fields:
        return None
    for name in tool.outside:
        entries = getattr(answer, name)
        if isinstance(entries, list) and len(entries) > 1 and hasattr(entries[0], "id"):
            kept = entries[: max(1, int(len(entries) * share * 0.9))]
            cursor = encode_cursor(kept[-1].id)
            return answer.model_copy(update={name: kept, "next_cursor": cursor})
    return None


def refusal(message: str) -> bytes:
    """A tool error that says what is wrong; assistants read it and correct themselves."""
    return _error(json.dumps({"error": message}, ensure_ascii=False).encode("utf-8", "replace"))


def failure(error: ProductError) -> bytes:
    """A tool error; what a foreign system said stays apart from our own words."""
    if not isinstance(error, UpstreamFailed):
        return refusal(error.message)
    foreign = json.dumps({"upstream_error": error.message}, ensure_ascii=False)
    own = json.dumps({"error": UPSTREAM_FAILED})
    return _error(fenced(own.encode(), foreign.encode("utf-8", "replace")))


def _error(data: bytes) -> bytes:
    text = json.dumps(data.decode(), ensure_ascii=False).encode()
    return b'{"content":[{"type":"text","text":' + text + b'}],"isError":true}'
