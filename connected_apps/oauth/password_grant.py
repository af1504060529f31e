"""`POST /oauth/token`: the legacy password grant, by JSON, off unless an account allows it.

Every refusal has the same words and costs the same time: nobody learns who is a user, nor which
account allows the grant. Source: "Alternative: OAuth password grant (legacy)" in the product
documentation.
"""

import json
from typing import Any, Final
from uuid import uuid4

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.models import User
from accounts.throttle import begin_sign_in, end_sign_in
from audit import services as audit
from audit.actor import Actor, Door
from audit.models import AuditEntry
from connected_apps.oauth.answers import OAuthError, json_endpoint, slow_down
from connected_apps.oauth.issue import ACCESS_SECONDS
from connected_apps.services import create_password_token

MAX_EMAIL_LENGTH: Final = 254
MAX_PASSWORD_LENGTH: Final = 4096


@json_endpoint("POST")
def password_grant(request: HttpRequest) -> HttpResponse:
    email, password = _credentials(request)
    address = request.META.get("REMOTE_ADDR", "")
    if wait := begin_sign_in(email=email, address=address):
        raise slow_down(wait)
    actor = Actor(door=Door.API, user_label=email, request_id=uuid4().hex, address=address)
    user = authenticate(request, username=email, password=password)
    if not _may_use_grant(email) or not isinstance(user, User):
        _record_refusal(actor)
        raise OAuthError("invalid_grant", "e-mail and password do not match, or it is not allowed")
    end_sign_in(email=email, address=address)
    secret, created_at = create_password_token(user=user, actor=actor)
    return JsonResponse(
        {
            "access_token": secret,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "created_at": created_at,
        }
    )


def _credentials(request: HttpRequest) -> tuple[str, str]:
    try:
        body: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise OAuthError("invalid_request", "the body must be a JSON object")
    if body.get("grant_type") != "password":
        raise OAuthError("unsupported_grant_type", "grant_type must be password")
    email, password = body.get("email"), body.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        raise OAuthError("invalid_request", "email and password must be strings")
    if len(email) > MAX_EMAIL_LENGTH or len(password) > MAX_PASSWORD_LENGTH:
        raise OAuthError("invalid_request", "email or password is too long")
    if not _is_storable(email) or not _is_storable(password):
        raise OAuthError("invalid_request", "email or password holds characters that none has")
    return email.strip(), password


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _may_use_grant(email: str) -> bool:
    """Asked for unknown people and wrong passwords too, so that all answers take as long."""
    people = User.objects.filter(email__iexact=email)
    return people.filter(memberships__account__password_grant_enabled=True).exists()


@transaction.atomic
def _record_refusal(actor: Actor) -> None:
    audit.record(actor, "password_grant", outcome=AuditEntry.Outcome.REFUSED)
