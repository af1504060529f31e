"""Answers of a person to an authorization request: a code, or a refusal."""

import secrets
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from audit import services as audit
from audit.actor import Actor
from audit.models import AuditEntry
from connected_apps.models import AuthorizationRequest, Grant
from connected_apps.oauth.choices import Choice
from connected_apps.oauth.redirects import origin_of
from connected_apps.oauth.requests import CODE_LIFETIME, close_request, hash_of
from connected_apps.oauth.stopped import Stopped


@transaction.atomic
def grant_code(
    *, asked: AuthorizationRequest, user: User, account: Account, chosen: Choice, actor: Actor
) -> str:
    """A code for the client, good once and for two minutes; only its hash is stored.

    Raises Stopped when the request was answered or has expired meanwhile.
    """
    if not close_request(asked):
        raise Stopped.over()
    code = secrets.token_urlsafe(32)
    Grant.objects.create(
        code=hash_of(code),
        user=user,
        account=account,
        application=asked.application,
        expires=timezone.now() + CODE_LIFETIME,
        redirect_uri=asked.redirect_uri,
        scope=chosen.scope_text,
        code_challenge=asked.code_challenge,
        code_challenge_method=Grant.CODE_CHALLENGE_S256,
        resource=[asked.resource] if asked.resource else [],
        tool_groups=chosen.tool_groups,
        workspace_ids=chosen.workspace_ids,
    )
    details = {
        "client_id": asked.application.client_id,
        "redirect_origin": origin_of(asked.redirect_uri),
        "scopes": chosen.scope_text,
        "tool_groups": chosen.tool_groups,
        "workspace_ids": chosen.workspace_ids,
    }
    _record(asked, actor, "authorize", AuditEntry.Outcome.ALLOWED, details)
    return code


@transaction.atomic
def deny_request(*, asked: AuthorizationRequest, actor: Actor) -> None:
    """The person said no. Raises Stopped when the request was answered or has expired."""
    if not close_request(asked):
        raise Stopped.over()
    details = {"client_id": asked.application.client_id}
    _record(asked, actor, "authorize", AuditEntry.Outcome.REFUSED, details)


def _record(
    asked: AuthorizationRequest,
    actor: Actor,
    action: str,
    outcome: AuditEntry.Outcome,
    details: Mapping[str, object],
) -> None:
    audit.record(
        actor,
        action,
        object_type="oauth_client",
        object_id=asked.application.pk,
        object_label=asked.application.name,
        outcome=outcome,
        details=details,
    )
