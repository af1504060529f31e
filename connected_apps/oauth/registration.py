"""`POST /register`: a client makes itself known. Source: RFC 7591.

Anyone may; so a client is only a name that chose itself, until a person authorizes it.
"""

import json
import secrets
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.models import AbstractApplication

from accounts.throttle import seconds_to_wait
from connected_apps.models import Application
from connected_apps.oauth.answers import OAuthError, json_endpoint, slow_down
from connected_apps.oauth.clients import acceptable_redirects
from connected_apps.oauth.metadata import AUTH_METHODS
from connected_apps.oauth.names import readable_name
from connected_apps.oauth.requests import hash_of

REGISTRATIONS_A_MINUTE: Final = 60
GRANT_TYPES: Final = ("authorization_code", "refresh_token")


@json_endpoint("POST")
def register(request: HttpRequest) -> HttpResponse:
    address = request.META.get("REMOTE_ADDR", "")
    if wait := seconds_to_wait("register", address, per_minute=REGISTRATIONS_A_MINUTE):
        raise slow_down(wait)
    metadata = _metadata(request)
    redirect_uris = acceptable_redirects(metadata.get("redirect_uris"))
    if not redirect_uris:
        raise OAuthError(
            "invalid_redirect_uri",
            "give redirect_uris: https, http on localhost, 127.0.0.1 or [::1], or a scheme of"
            " your own",
        )
    method = _auth_method(metadata)
    secret = "" if method == "none" else secrets.token_urlsafe(32)
    application = Application.objects.create(
        client_secret=hash_of(secret) if secret else "",
        hash_client_secret=False,
        client_type=_client_type(method),
        name=readable_name(metadata.get("client_name")),
        redirect_uris=" ".join(redirect_uris),
        authorization_grant_type=AbstractApplication.GRANT_AUTHORIZATION_CODE,
        registration_source=Application.RegistrationSource.DCR,
    )
    answer: dict[str, Any] = {
        "client_id": application.client_id,
        "client_id_issued_at": int(application.created.timestamp()),
        "client_name": application.name,
        "redirect_uris": redirect_uris,
        "grant_types": list(GRANT_TYPES),
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
    }
    if secret:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    if metadata.get("application_type") in ("native", "web"):
        answer["application_type"] = metadata["application_type"]
    return JsonResponse(answer, status=201)


def _metadata(request: HttpRequest) -> dict[str, Any]:
    """The members of the body. Unknown ones are ignored, wanted ones must have their types."""
    try:
        metadata = json.loads(request.body)
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise OAuthError("invalid_client_metadata", "the body must be a JSON object")
    name = metadata.get("client_name")
    if name is not None and not isinstance(name, str):
        raise OAuthError("invalid_client_metadata", "client_name must be a string")
    for member, needed in (("grant_types", "authorization_code"), ("response_types", "code")):
        wanted = metadata.get(member)
        if wanted and (not isinstance(wanted, list) or needed not in wanted):
            raise OAuthError("invalid_client_metadata", f"{member} must hold {needed}")
    return metadata


def _auth_method(metadata: dict[str, Any]) -> str:
    method = metadata.get("token_endpoint_auth_method") or "client_secret_basic"
    if method not in AUTH_METHODS:
        words = ", ".join(AUTH_METHODS)
        raise OAuthError(
            "invalid_client_metadata", f"token_endpoint_auth_method must be one of {words}"
        )
    return str(method)


def _client_type(method: str) -> str:
    if method == "none":
        return AbstractApplication.CLIENT_PUBLIC
    return AbstractApplication.CLIENT_CONFIDENTIAL
