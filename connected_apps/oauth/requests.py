"""What clients ask for at the authorization endpoint, kept until a person answers."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.utils import timezone

from connected_apps.models import Application, AuthorizationRequest

REQUEST_LIFETIME: Final = timedelta(minutes=15)
CODE_LIFETIME: Final = timedelta(minutes=2)


def hash_of(secret: str) -> str:
    """What is stored of one-time ids and codes."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_reference() -> str:
    """Names one request towards people and in the log; opens nothing."""
    return f"req_{secrets.token_hex(4)}"


def store_request(
    *,
    application: Application,
    redirect_uri: str,
    state: str,
    scopes: str,
    code_challenge: str,
    resource: str,
    reference: str,
) -> str:
    """Keep the request; the answer is the one-time id under which a browser finds it."""
    one_time_id = secrets.token_urlsafe(32)
    AuthorizationRequest.objects.create(
        id_hash=hash_of(one_time_id),
        application=application,
        redirect_uri=redirect_uri,
        state=state,
        scopes=scopes,
        code_challenge=code_challenge,
        resource=resource,
        reference=reference,
        expires_at=timezone.now() + REQUEST_LIFETIME,
    )
    return one_time_id


def find_request(one_time_id: str) -> AuthorizationRequest | None:
    """The request, whether or not it can still be answered."""
    requests = AuthorizationRequest.objects.select_related("application")
    return requests.filter(id_hash=hash_of(one_time_id)).first()


def client_waiting_at(page: str) -> str:
    """The name of the client whose open request that page is about; empty for other pages."""
    start, _, one_time_id = page.partition("/connect/")
    asked = find_request(one_time_id.partition("?")[0]) if not start and one_time_id else None
    return asked.application.name if asked and is_open(asked) else ""


def is_open(asked: AuthorizationRequest) -> bool:
    return asked.answered_at is None and timezone.now() < asked.expires_at


def close_request(asked: AuthorizationRequest) -> bool:
    """Take the request for one answer; False when it was answered or has expired meanwhile."""
    now = timezone.now()
    open_ones = AuthorizationRequest.objects.filter(answered_at=None, expires_at__gt=now)
    return open_ones.filter(pk=asked.pk).update(answered_at=now) == 1
