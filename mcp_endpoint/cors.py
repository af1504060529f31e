"""Browser clients on other origins: only those that the operator names may call.

Source: Fetch standard, CORS protocol; MCP 2026-07-28, "Streamable HTTP".
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase

from mcp_endpoint.gate import Refused

ALLOWED_HEADERS = (
    "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, "
    "mcp-session-id, last-event-id"
)
EXPOSED_HEADERS = "WWW-Authenticate, MCP-Protocol-Version, Retry-After"
PREFLIGHT_SECONDS = 600


def check_origin(request: HttpRequest) -> str | None:
    """The origin that a browser names. Raises Refused for one that is not allowed."""
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    ours = {_origin(settings.PUBLIC_URL), _origin(settings.API_URL)}
    if origin not in ours and origin not in settings.MCP_ALLOWED_ORIGINS:
        raise Refused(403, "Origin not allowed")
    return origin


def is_preflight(request: HttpRequest) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        },
    )


def readable_by(response: HttpResponseBase, origin: str | None) -> None:
    """Let a page of that origin read the answer. Credentials of browsers are never involved."""
    if origin is not None:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        response["Vary"] = "Origin"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
