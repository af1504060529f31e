"""Connections of applications: the verbs."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import set_token_value

from accounts.models import Account, User
from accounts.rights import ALL_SCOPES, Scope
from audit import services as audit
from audit.actor import Actor
from common.errors import InvalidInput, NotAllowed
from connected_apps.models import AccessToken, ConnectedApplication
from connected_apps.tokens import TokenKind, generate_token

DEFAULT_LIFETIME_DAYS = 3650
LAST_USED_RESOLUTION = timedelta(minutes=1)
MAX_NAME_LENGTH = 255
PASSWORD_TOKEN_LIFETIME = timedelta(hours=2)


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
def create_password_token(*, user: User, actor: Actor) -> tuple[str, int]:
    """A token of the legacy password grant, and its time of creation in seconds since 1970.

    It has no account: it works on those of the person's accounts that allow the grant. All of a
    person's tokens of this kind belong to one connection.
    Source: "Alternative: OAuth password grant (legacy)" in the product documentation.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    kind = ConnectedApplication.Kind.PASSWORD_GRANT
    mine = ConnectedApplication.objects.select_for_update().filter(user=user, kind=kind)
    application = mine.filter(status=ConnectedApplication.Status.ACTIVE).first()
    now = timezone.now()
    if application is None:
        application = ConnectedApplication(
            user=user, kind=kind, name="Password grant", scopes=" ".join(sorted(ALL_SCOPES))
        )
    application.expires_at = now + PASSWORD_TOKEN_LIFETIME
    application.save()
    secret = generate_token(TokenKind.ACCESS)
    token = AccessToken(
        kind=AccessToken.Kind.PASSWORD_GRANT,
        user=user,
        connected_application=application,
        scope=application.scopes,
        expires=application.expires_at,
    )
    set_token_value(token, secret)
    token.save()
    audit.record(
        replace(actor, user_id=user.pk, user_label=user.email),
        "password_grant",
        object_type="connected_application",
        object_id=application.pk,
        object_label=application.name,
    )
    return secret, int(now.timestamp())


@transaction.atomic
def revoke(*, application: ConnectedApplication, actor: Actor, because: str = "") -> None:
    """End a connection of any kind with all its tokens: its next request is refused.

    Revoking twice is harmless.
    """
    locked = ConnectedApplication.objects.select_for_update().get(pk=application.pk)
    if locked.status == ConnectedApplication.Status.ACTIVE:
        _end(locked, ConnectedApplication.Status.REVOKED, actor, "revoke", because)


def find_replaced(
    *, account: Account, user: User, name: str, identity_host: str
) -> QuerySet[ConnectedApplication]:
    """The active connections that a new sign-in of this client takes the place of."""
    return ConnectedApplication.objects.filter(
        account=account,
        user=user,
        name=name,
        identity_host=identity_host,
        kind=ConnectedApplication.Kind.OAUTH,
        status=ConnectedApplication.Status.ACTIVE,
    ).order_by("-created_at")


@transaction.atomic
def start_connection(
    *,
    account: Account,
    user: User,
    name: str,
    identity_host: str,
    scopes: str,
    tool_groups: list[str] | None,
    workspace_ids: list[int] | None,
    actor: Actor,
) -> ConnectedApplication:
    """A connection by browser sign-in, in place of the former one of the same client.

    Sign-ins of one member go one after the other, so of many at once exactly one stays active.
    Raises NotAllowed when the person has left the account.
    Source: "Revoking and re-authenticating" in the product documentation.
    """
    if not list(account.memberships.select_for_update().filter(user=user)):
        raise NotAllowed("the person is no member of the account")
    application = ConnectedApplication(
        account=account,
        user=user,
        name=name,
        kind=ConnectedApplication.Kind.OAUTH,
        identity_host=identity_host,
        scopes=scopes,
        tool_groups=tool_groups,
        workspace_ids=workspace_ids,
    )
    former = find_replaced(account=account, user=user, name=name, identity_host=identity_host)
    replaced = list(former.select_for_update())
    application.save()
    for one in replaced:
        because = f"replaced by sign-in #{application.pk}"
        _end(one, ConnectedApplication.Status.REPLACED, actor, "replace", because)
    audit.record(
        actor,
        "start_connection",
        object_type="connected_application",
        object_id=application.pk,
        object_label=name,
        details={
            "scopes": scopes,
            "tool_groups": tool_groups,
            "workspace_ids": workspace_ids,
            "identity_host": identity_host,
            "replaced": [one.pk for one in replaced],
        },
    )
    return application


def _end(
    application: ConnectedApplication, status: str, actor: Actor, action: str, because: str
) -> None:
    """The row, locked by the caller, stays; its tokens go."""
    application.refresh_tokens.all().delete()
    application.access_tokens.all().delete()
    application.status = status
    application.ended_at = timezone.now()
    application.ended_by = actor.user_label
    application.ended_because = because[:255]
    application.save(update_fields=["status", "ended_at", "ended_by", "ended_because"])
    audit.record(
        actor,
        action,
        object_type="connected_application",
        object_id=application.pk,
        object_label=application.name,
        details={"because": because} if because else {},
    )


def note_use(application_id: int, *, address: str, client: str) -> None:
    """Remember when, from where and by which client. The caller knows that the last is stale."""
    ConnectedApplication.objects.filter(pk=application_id).update(
        last_used_at=timezone.now(), last_used_address=address[:45], last_used_client=client[:255]
    )
