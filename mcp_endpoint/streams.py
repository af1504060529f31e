"""Answers that tell how far they are: server-sent events, when a tool has something to tell.

A client that wants progress names a token. The call then works in a thread of its own; if it ends
without a word the answer is plain JSON, else the words and the answer are events of one stream.
Source: MCP 2026-07-28, "Progress" and "Streamable HTTP".
"""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from mcp_endpoint.context import ProgressSink
from mcp_endpoint.jsonrpc import Message, encode_notification

Work = Callable[[ProgressSink], HttpResponse]

_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


def wants_progress(request: HttpRequest, message: Message) -> bool:
    return (
        message.method == "tools/call"
        and _token(message) is not None
        and "text/event-stream" in request.headers.get("Accept", "")
    )


def respond(message: Message, work: Work) -> HttpResponseBase:
    """The answer of `work`, as a stream once it reports progress."""
    events: SimpleQueue[bytes | HttpResponse | BaseException] = SimpleQueue()
    reached = [float("-inf")]

    def report(done: float, total: float, words: str) -> None:
        if done > reached[0]:
            reached[0] = done
            params = {"progressToken": _token(message), "progress": done, "total": total}
            events.put(encode_notification("notifications/progress", {**params, "message": words}))

    def run() -> None:
        try:
            events.put(work(report))
        except BaseException as error:  # noqa: BLE001  raised again where the answer is awaited
            events.put(error)
        finally:
            connection.close()

    threading.Thread(target=run, name="mcp-call", daemon=True).start()
    first = events.get()
    if isinstance(first, BaseException):
        raise first
    if isinstance(first, HttpResponse):
        return first
    return StreamingHttpResponse(
        _stream(first, events), content_type="text/event-stream", headers=_HEADERS
    )


def _stream(
    event: bytes | HttpResponse | BaseException,
    events: "SimpleQueue[bytes | HttpResponse | BaseException]",
) -> Iterator[bytes]:
    while isinstance(event, bytes):
        yield _event(event)
        event = events.get()
    if isinstance(event, BaseException):
        raise event
    yield _event(event.content)


def _event(data: bytes) -> bytes:
    return b"event: message\ndata: " + data + b"\n\n"


def _token(message: Message) -> Any:
    token = message.meta.get("progressToken")
    return token if isinstance(token, (str, int)) and not isinstance(token, bool) else None
