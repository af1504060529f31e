"""What tells a client how to get a token, or a better one.

Source: RFC 6750, 3; RFC 9728, 5.1; MCP 2026-07-28, "Authorization".
"""

from accounts.rights import ALL_SCOPES, Scope, access_of
from connected_apps.authentication import Bearer
from connected_apps.models import AccessToken
from connected_apps.oauth.addresses import metadata_of
from mcp_endpoint.gate import Refused
from mcp_endpoint.jsonrpc import Message
from mcp_endpoint.registry import TOOLS


def unauthorized(path: str, *, had_token: bool) -> Refused:
    """401, alike for every account: the header only repeats the path that was asked for."""
    error = ""
    if had_token:
        error = (
            'error="invalid_token", error_description="The token is unknown, expired or revoked",'
        )
    return Refused(401, "Unauthorized", {"WWW-Authenticate": _bearer(path, ALL_SCOPES, error)})


def check_scope(path: str, message: Message, bearer: Bearer, role: str) -> None:
    """Raises Refused with 403 insufficient_scope for a tool that the person's role allows, but not
    the scopes that they gave to this client by browser sign-in.

    Other tokens get a tool error instead: the challenge would send their clients into a sign-in.
    """
    if bearer.kind != AccessToken.Kind.OAUTH or message.method != "tools/call":
        return
    name = message.params.get("name")
    tool = TOOLS.get(name) if isinstance(name, str) else None
    if tool is None or tool.scope in bearer.scopes or not access_of(role).allows(tool.scope):
        return
    needed = access_of(role, bearer.scopes | {tool.scope}).scopes
    error = (
        'error="insufficient_scope",'
        f' error_description="{tool.name} needs {tool.scope.value}, which was not granted",'
    )
    raise Refused(403, "insufficient_scope", {"WWW-Authenticate": _bearer(path, needed, error)})


def _bearer(path: str, scopes: frozenset[Scope], error: str) -> str:
    wanted = " ".join(scope.value for scope in Scope if scope in scopes)
    parts = (error, f'resource_metadata="{metadata_of(path)}", scope="{wanted}"')
    return "Bearer " + " ".join(part for part in parts if part)
