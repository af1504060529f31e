"""Reads of connected applications."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Account, Membership, User
from accounts.owned import get_owned
from connected_apps.models import ConnectedApplication

EXPIRES_SOON = timedelta(days=7)
UNUSED_AFTER = timedelta(days=30)


class State(StrEnum):
    """How a connection stands now: its stored status, and what time has made of it."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    UNUSED = "unused"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"
    LEFT_ACCOUNT = "left_account"


class Standing(StrEnum):
    """What a list can be narrowed to."""

    LIVE = "live"
    EXPIRING = "expiring"
    UNUSED = "unused"
    EXPIRED = "expired"
    ENDED = "ended"


def list_applications(
    *, account: Account, user: User | None = None
) -> QuerySet[ConnectedApplication]:
    """The account's connections, of one user or of all, the newest first.

    Password-grant connections belong to no account; they are listed where they work.
    """
    here = Q(account=account)
    if account.password_grant_enabled:
        members = Membership.objects.filter(account=account).values("user_id")
        here |= Q(
            account=None,
            kind=ConnectedApplication.Kind.PASSWORD_GRANT,
            user_id__in=members,
        )
    rows = ConnectedApplication.objects.filter(here).select_related("user").order_by("-pk")
    return rows if user is None else rows.filter(user=user)


def get_application(
    *, account: Account, application_id: int, user: User | None = None
) -> ConnectedApplication:
    """One of the account's connections; with `user` only when it is that user's own.

    Raises NotFound alike for an absent id, another account's and another user's.
    """
    rows = list_applications(account=account, user=user)
    return get_owned(rows, application_id, "connection")


def state_of(application: ConnectedApplication, now: datetime | None = None) -> State:
    now = now or timezone.now()
    status = ConnectedApplication.Status(application.status)
    if status is not ConnectedApplication.Status.ACTIVE:
        return State(status.value)
    ends = application.expires_at
    if ends and ends <= now:
        return State.EXPIRED
    is_token = application.kind == ConnectedApplication.Kind.PERSONAL_TOKEN
    if is_token and ends and ends <= now + EXPIRES_SOON:
        return State.EXPIRING
    last_sign = application.last_used_at or application.created_at
    return State.UNUSED if last_sign < now - UNUSED_AFTER else State.ACTIVE


def with_standing(
    rows: QuerySet[ConnectedApplication], standing: Standing
) -> QuerySet[ConnectedApplication]:
    """Those that stand so. Live ones include those that expire soon or are unused."""
    now = timezone.now()
    active = Q(status=ConnectedApplication.Status.ACTIVE)
    over = active & Q(expires_at__lte=now)
    live = active & (Q(expires_at=None) | Q(expires_at__gt=now))
    if standing is Standing.LIVE:
        return rows.filter(live)
    if standing is Standing.EXPIRED:
        return rows.filter(over | Q(status=ConnectedApplication.Status.EXPIRED))
    if standing is Standing.ENDED:
        ended = (State.REVOKED, State.REPLACED, State.LEFT_ACCOUNT)
        return rows.filter(status__in=ended)
    soon = Q(
        kind=ConnectedApplication.Kind.PERSONAL_TOKEN,
        expires_at__lte=now + EXPIRES_SOON,
    )
    if standing is Standing.EXPIRING:
        return rows.filter(live & soon)
    last_sign = Coalesce("last_used_at", "created_at")
    rows = rows.annotate(last_sign=last_sign).filter(live, last_sign__lt=now - UNUSED_AFTER)
    return rows.exclude(soon)


def people_connected(account: Account) -> QuerySet[User]:
    """Everyone who has or had a connection here, by name."""
    owners = list_applications(account=account).order_by().values("user_id")
    return User.objects.filter(pk__in=owners).order_by("name", "email")
