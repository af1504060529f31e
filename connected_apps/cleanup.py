"""Forgets what can no longer be used. Runs now and then, beside everything else."""

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from connected_apps.models import (
    AccessToken,
    Application,
    AuthorizationRequest,
    ConnectedApplication,
    Grant,
    RefreshToken,
)

UNUSED_CLIENT_LIFETIME: Final = timedelta(days=30)
KEPT_AFTER_EXPIRY: Final = timedelta(days=1)


def forget_expired() -> None:
    """Expired requests, codes and tokens, and clients that nobody ever authorized.

    Clients that were used once are kept: they remember their id for ever. Connections stay as
    rows, and read as expired.
    """
    now = timezone.now()
    long_ago = now - KEPT_AFTER_EXPIRY
    AuthorizationRequest.objects.filter(expires_at__lt=long_ago).delete()
    Grant.objects.filter(expires__lt=long_ago).delete()
    RefreshToken.objects.filter(expires_at__lt=now).delete()
    AccessToken.objects.filter(expires__lt=long_ago, refresh_token__isnull=True).delete()
    ConnectedApplication.objects.filter(
        status=ConnectedApplication.Status.ACTIVE, expires_at__lt=now
    ).update(status=ConnectedApplication.Status.EXPIRED, ended_at=now)
    waiting = AuthorizationRequest.objects.filter(application=OuterRef("pk"))
    unused = Application.objects.filter(
        created__lt=now - UNUSED_CLIENT_LIFETIME, last_used_at__isnull=True
    ).exclude(registration_source=Application.RegistrationSource.MANUAL)
    unused.filter(~Exists(waiting)).delete()
