"""Discovery: what guards a resource, and where the authorization server's endpoints are.

These documents need neither database nor token: they answer 200, or a JSON 404, whatever else is
wrong. So they exist for every account that an address can name, and tell nobody which ones do.
Source: RFC 9728, RFC 8414, RFC 9207; MCP 2026-07-28, "Authorization server discovery".
"""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.rights import Scope
from connected_apps.oauth.addresses import RESOURCE_PATH, issuer
from connected_apps.oauth.answers import json_endpoint

SCOPES: Final = tuple(scope.value for scope in Scope)
OFFLINE_ACCESS: Final = "offline_access"
"""Accepted because clients ask for it; refresh tokens are issued either way."""

AUTH_METHODS: Final = ["none", "client_secret_basic", "client_secret_post"]
FRESH_FOR: Final = {"Cache-Control": "public, max-age=300"}


@json_endpoint("GET", "HEAD")
def protected_resource(request: HttpRequest, path: str) -> HttpResponse:
    """The resource is named exactly as it was asked for: some clients want equality."""
    if not RESOURCE_PATH.fullmatch(f"/{path}"):
        return _absent()
    document = {
        "resource": f"{issuer()}/{path}",
        "authorization_servers": [issuer()],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
        "resource_name": f"{settings.PRODUCT_NAME} MCP server",
    }
    return JsonResponse(document, headers=FRESH_FOR)


@json_endpoint("GET", "HEAD")
def authorization_server(request: HttpRequest) -> HttpResponse:
    document = {
        "issuer": issuer(),
        "authorization_endpoint": f"{issuer()}/authorize",
        "token_endpoint": f"{issuer()}/token",
        "registration_endpoint": f"{issuer()}/register",
        "revocation_endpoint": f"{issuer()}/revoke",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "scopes_supported": [*SCOPES, OFFLINE_ACCESS],
        "client_id_metadata_document_supported": settings.CLIENT_METADATA_DOCUMENTS,
        "authorization_response_iss_parameter_supported": True,
    }
    return JsonResponse(document, headers=FRESH_FOR)


@json_endpoint("GET", "HEAD")
def no_document(request: HttpRequest, path: str, prefix: str = "") -> HttpResponse:
    """Other well-known addresses that clients probe; one resource cannot stand for all accounts."""
    return _absent()


def _absent() -> HttpResponse:
    return JsonResponse({"error": "not_found"}, status=404)
