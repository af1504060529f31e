"""Connections of applications: the verbs."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import set_token_value

from accounts.models import Account, User
from accounts.owned import MAX_ID
from accounts.rights import ALL_SCOPES, Scope
from audit import services as audit
from audit.actor import Actor
from common.errors import Conflict, InvalidInput, NotAllowed
from connected_apps.access import parse_groups, scopes_of
from connected_apps.models import AccessToken, ConnectedApplication
from connected_apps.queries import list_applications
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
    tool_groups: Collection[str] | None = None,
    workspace_ids: Collection[int] | None = None,
    form_key: str | None = None,
) -> tuple[ConnectedApplication, str]:
    """A personal token: the connection to list, and the secret to show once and forget.

    The lifetime is cut to the account's cap; tool groups cut the scopes to those they need. None
    for groups or workspaces means all of them. Raises InvalidInput for an empty or overlong name,
    a lifetime out of range, unknown groups and foreign workspaces, and Conflict when the form with
    this key has made a token already.
    Source: "Step 1: Get a Personal Access Token" in the product documentation.
    """
    if not 1 <= lifetime_days <= DEFAULT_LIFETIME_DAYS:
        raise InvalidInput(f"lifetime_days: choose 1 to {DEFAULT_LIFETIME_DAYS} days")
    groups = None if tool_groups is None else parse_groups(tool_groups)
    if groups is not None:
        scopes &= scopes_of(groups)
    if not scopes:
        raise InvalidInput("scopes: nothing would be allowed")
    days = min(lifetime_days, account.token_lifetime_cap_days or lifetime_days)
    expires_at = timezone.now() + timedelta(days=days)
    application = _add_application(
        form_key,
        account=account,
        user=user,
        name=_checked_name(name),
        kind=ConnectedApplication.Kind.PERSONAL_TOKEN,
        scopes=" ".join(sorted(scopes)),
        tool_groups=groups and sorted(groups),
        workspace_ids=_own_workspaces(account, workspace_ids),
        expires_at=expires_at,
    )
    secret = _issue(application, expires_at)
    audit.record(
        actor,
        "create_token",
        object_type="connected_application",
        object_id=application.pk,
        object_label=application.name,
        details={
            "scopes": application.scopes,
            "tool_groups": application.tool_groups,
            "workspace_ids": application.workspace_ids,
            "expires_at": expires_at.isoformat(),
        },
    )
    return application, secret


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidInput(f"name: use 1 to {MAX_NAME_LENGTH} characters")
    if not name.isprintable():
        raise InvalidInput("name: leave out control characters and invisible ones")
    return name


def _own_workspaces(account: Account, chosen: Collection[int] | None) -> list[int] | None:
    if chosen is None:
        return None
    wanted = sorted(set(chosen))
    if not wanted:
        raise InvalidInput("workspace_ids: choose at least one")
    if not all(0 < workspace_id <= MAX_ID for workspace_id in wanted):
        raise InvalidInput("workspace_ids: choose workspaces of this account")
    if account.workspaces.filter(pk__in=wanted).count() != len(wanted):
        raise InvalidInput("workspace_ids: choose workspaces of this account")
    return wanted


def _add_application(form_key: str | None, *, user: User, **fields: Any) -> ConnectedApplication:
    if form_key is None:
        return ConnectedApplication.objects.create(user=user, **fields)
    application, is_new = ConnectedApplication.objects.get_or_create(
        user=user, form_key=form_key, defaults=fields
    )
    if not is_new:
        raise Conflict(
            f"this form has made the connection '{application.name}' already; "
            "its token was shown once and cannot be shown again"
        )
    return application


def _issue(application: ConnectedApplication, expires_at: datetime) -> str:
    secret = generate_token(TokenKind.PERSONAL)
    token = AccessToken(
        kind=AccessToken.Kind.PERSONAL,
        account=application.account,
        user=application.user,
        connected_application=application,
        scope=application.scopes,
        expires=expires_at,
    )
    set_token_value(token, secret)
    token.save()
    return secret


@transaction.atomic
def rename(*, application: ConnectedApplication, name: str, actor: Actor) -> ConnectedApplication:
    """Give a personal token another name. The same name again is harmless.

    Raises InvalidInput for an empty or overlong name, and Conflict for a connection that is named
    by its client: by that name a new sign-in finds the one it replaces.
    """
    name = _checked_name(name)
    application = ConnectedApplication.objects.select_for_update().get(pk=application.pk)
    if application.kind != ConnectedApplication.Kind.PERSONAL_TOKEN:
        raise Conflict("a client that signs in keeps the name that it gave itself")
    if application.name == name:
        return application
    former, application.name = application.name, name
    application.save(update_fields=["name"])
    audit.record(
        actor,
        "rename",
        object_type="connected_application",
        object_id=application.pk,
        object_label=name,
        details={"former_name": former},
    )
    return application


@transaction.atomic
def revoke_many(
    *, account: Account, actor: Actor, name: str | None = None, user: User | None = None
) -> int:
    """End the account's active connections of this client name, or of this user; how many ended.

    Both together mean those that match both. Raises InvalidInput when neither is given.
    """
    if name is None and user is None:
        raise InvalidInput("name a client or a user")
    rows = list_applications(account=account, user=user)
    rows = rows.filter(status=ConnectedApplication.Status.ACTIVE)
    if name is not None:
        rows = rows.filter(name=name)
    found = list(rows)
    for application in found:
        revoke(application=application, actor=actor)
    return len(found)


@transaction.atomic
def create_password_token(*, user: User, actor: Actor) -> tuple[str, int]:
    """A token of the legacy password grant, and its time of creation in seconds since 1970.

    It has no account: it works on those of the person's accounts that allow the grant. All of a
    person's tokens of this kind belong to one connection, until that is revoked.
    Source: "Alternative: OAuth password grant (legacy)" in the product documentation.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    kind = ConnectedApplication.Kind.PASSWORD_GRANT
    mine = ConnectedApplication.objects.select_for_update().filter(user=user, kind=kind)
    status = ConnectedApplication.Status
    application = mine.filter(status__in=[status.ACTIVE, status.EXPIRED]).first()
    now = timezone.now()
    if application is None:
        application = ConnectedApplication(
            user=user, kind=kind, name="Password grant", scopes=" ".join(sorted(ALL_SCOPES))
        )
    application.status, application.ended_at = status.ACTIVE, None
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
