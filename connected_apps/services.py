"""Connections of applications: the verbs."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from oauth2_provider.models import set_token_value

from accounts.models import Account, User
from accounts.rights import ALL_SCOPES, Scope
from audit import services as audit
from audit.actor import Actor
from common.errors import InvalidInput
from connected_apps.models import AccessToken, ConnectedApplication
from connected_apps.tokens import TokenKind, generate_token

DEFAULT_LIFETIME_DAYS = 3650
LAST_USED_RESOLUTION = timedelta(minutes=1)
MAX_NAME_LENGTH = 255


@transaction.atomic
def create_token(
    *,
    account: Account,
    user: User,
    name: str,
    actor: Actor,
    scopes: frozenset[Scope] = ALL_SCOPES,
    lifetime_days: int = DEFAULT_LIFETIME_DAYS,
) -> tuple[ConnectedApplication, str]:
    """A personal token: the connection to list, and the secret to show once and forget.

    The lifetime is cut to the account's cap. Raises InvalidInput for an empty or overlong name,
    or a lifetime out of range.
    Source: "Step 1: Get a Personal Access Token" in the product documentation.
    """
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidInput(f"name: use 1 to {MAX_NAME_LENGTH} characters")
    if not 1 <= lifetime_days <= DEFAULT_LIFETIME_DAYS:
        raise InvalidInput(f"lifetime_days: choose 1 to {DEFAULT_LIFETIME_DAYS} days")
    days = min(lifetime_days, account.token_lifetime_cap_days or lifetime_days)
    expires_at = timezone.now() + timedelta(days=days)
    application = ConnectedApplication.objects.create(
        account=account,
        user=user,
        name=name,
        kind=ConnectedApplication.Kind.PERSONAL_TOKEN,
        scopes=" ".join(sorted(scopes)),
        expires_at=expires_at,
    )
    secret = generate_token(TokenKind.PERSONAL)
    token = AccessToken(
        kind=AccessToken.Kind.PERSONAL,
        account=account,
        user=user,
        connected_application=application,
        scope=application.scopes,
        expires=expires_at,
    )
    set_token_value(token, secret)
    token.save()
    audit.record(
        actor,
        "create_token",
        object_type="connected_application",
        object_id=application.pk,
        object_label=name,
        details={"scopes": application.scopes, "expires_at": expires_at.isoformat()},
    )
    return application, secret


@transaction.atomic
def revoke(*, application: ConnectedApplication, actor: Actor, because: str = "") -> None:
    """End a connection: its next request is refused. Revoking twice is harmless."""
    application = ConnectedApplication.objects.select_for_update().get(pk=application.pk)
    if application.status != ConnectedApplication.Status.ACTIVE:
        return
    application.access_tokens.all().delete()
    application.status = ConnectedApplication.Status.REVOKED
    application.ended_at = timezone.now()
    application.ended_by = actor.user_label
    application.ended_because = because[:255]
    application.save(update_fields=["status", "ended_at", "ended_by", "ended_because"])
    audit.record(
        actor,
        "revoke",
        object_type="connected_application",
        object_id=application.pk,
        object_label=application.name,
    )


def note_use(application_id: int, *, address: str, client: str) -> None:
    """Remember when, from where and by which client. The caller knows that the last is stale."""
    ConnectedApplication.objects.filter(pk=application_id).update(
        last_used_at=timezone.now(), last_used_address=address[:45], last_used_client=client[:255]
    )
