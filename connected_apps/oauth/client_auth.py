"""Which client calls the token and revocation endpoints. Source: RFC 6749, 2.3 and 3.2.1."""

import base64
import binascii
from urllib.parse import unquote_plus

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from oauth2_provider.models import AbstractApplication

from connected_apps.models import Application
from connected_apps.oauth.answers import OAuthError
from connected_apps.oauth.clients import find_client
from connected_apps.oauth.requests import hash_of


def authenticated_client(request: HttpRequest, parameters: dict[str, str]) -> Application:
    """The client, by HTTP Basic or by the form; public ones only name themselves.

    Raises OAuthError invalid_client with 401, by which clients learn to register again.
    """
    basic = _basic(request.headers.get("Authorization", ""))
    if basic is not None:
        client_id, secret = basic
        if parameters.get("client_id", client_id) != client_id:
            raise _unknown(with_basic=True)
    else:
        client_id, secret = parameters.get("client_id", ""), parameters.get("client_secret", "")
    application = find_client(client_id) if client_id else None
    if application is None or not _fits(application, secret):
        raise _unknown(with_basic=basic is not None)
    return application


def _fits(application: Application, secret: str) -> bool:
    """Secrets are 256 random bits of ours, so a fast hash of them is enough."""
    if application.client_type == AbstractApplication.CLIENT_PUBLIC:
        return not secret
    return bool(secret) and constant_time_compare(hash_of(secret), application.client_secret)


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _unknown(with_basic=True) from None
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _unknown(*, with_basic: bool) -> OAuthError:
    return OAuthError(
        "invalid_client",
        "this client is not known here, or its secret is wrong; register it again",
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="token"'} if with_basic else {},
    )
