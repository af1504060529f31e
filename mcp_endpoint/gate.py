"""Checks of the HTTP request itself, before its message is read."""

import json
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_DRAINED_BYTES = 256 * 1024
MAX_DRAINED_OF_MEMBERS = 64 * 1024 * 1024
DRAINED_AT_ONCE = 256 * 1024


class Refused(Exception):
    """An HTTP refusal with the body `{"error": "<words>"}`."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = headers

    def response(self) -> HttpResponse:
        return HttpResponse(
            json.dumps({"error": self.words}),
            content_type="application/json",
            status=self.status,
            headers=self.headers,
        )


def check_media_type(request: HttpRequest) -> None:
    if request.content_type != "application/json":
        raise Refused(415, "Content-Type must be application/json")


def read_body(request: HttpRequest) -> bytes:
    """The whole body, read only when its declared length is within the limit."""
    declared = request.headers.get("Content-Length", "0")
    if not declared.isdecimal() or int(declared) > MAX_BODY_BYTES:
        raise Refused(413, f"Request body must be at most {MAX_BODY_BYTES} bytes")
    return request.read(MAX_BODY_BYTES)


def drain(request: HttpRequest, refused: Refused) -> None:
    """Read what a refused request still holds. A server that answers with a body unread closes the
    connection, and a client that is still sending, or reuses it, never sees the answer."""
    declared = request.headers.get("Content-Length", "0")
    limit = MAX_DRAINED_BYTES if refused.status == 401 else MAX_DRAINED_OF_MEMBERS
    if declared.isdecimal() and int(declared) <= limit:
        while request.read(DRAINED_AT_ONCE):
            pass
