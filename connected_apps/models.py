"""Connected applications, and the five models that the OAuth toolkit lets us own."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractIDToken,
    AbstractRefreshToken,
)

from accounts.models import Account


class ConnectedApplication(models.Model):
    """One connection of one user to one account, as its owner sees it. Outlives its tokens.

    `scopes` are space-separated. `tool_groups` and `workspace_ids` narrow further; null means no
    limit. `identity_host` is where the authorization code goes; loopback counts as one host.
    `form_key` tells which form on a page made it, so that the same form makes no second one.
    """

    class Kind(models.TextChoices):
        PERSONAL_TOKEN = "personal_token"  # noqa: S105  a kind, not a secret
        OAUTH = "oauth"
        PASSWORD_GRANT = "password_grant"  # noqa: S105

    class Status(models.TextChoices):
        ACTIVE = "active"
        REVOKED = "revoked"
        EXPIRED = "expired"
        REPLACED = "replaced"
        LEFT_ACCOUNT = "left_account"

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="applications"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="applications"
    )
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    scopes = models.TextField()
    tool_groups = models.JSONField(null=True, blank=True)
    workspace_ids = models.JSONField(null=True, blank=True)
    identity_host = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_address = models.CharField(max_length=45, blank=True)
    last_used_client = models.CharField(max_length=255, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=254, blank=True)
    ended_because = models.CharField(max_length=255, blank=True)
    form_key = models.CharField(max_length=64, null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "status", "-created_at"]),
            models.Index(fields=["account", "-id"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "form_key"], name="one_connection_per_form_of_a_user"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Application(AbstractApplication):
    """A registered OAuth client. One row may serve many users, accounts and connections."""

    last_used_at = models.DateTimeField(null=True, blank=True)


class AuthorizationRequest(models.Model):
    """What a client asked for at the authorization endpoint, until a person answers.

    Found by the hash of a one-time id that only the person's browser holds. `resource` is as the
    client sent it, empty when it sent none; `reference` is what error pages and logs may show.
    """

    id_hash = models.CharField(max_length=64, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    redirect_uri = models.TextField()
    state = models.TextField(blank=True)
    scopes = models.TextField()
    code_challenge = models.CharField(max_length=43)
    resource = models.TextField(blank=True)
    reference = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.reference


class Grant(AbstractGrant):
    """An authorization code, bound to the account that the person approved, and how far.

    `code` holds the SHA-256 of the code. A used code stays until it expires, so that a second use
    can end what the first one made, the `connected_application`.
    """

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE)
    connected_application = models.ForeignKey(
        ConnectedApplication, null=True, on_delete=models.CASCADE, related_name="grants"
    )
    tool_groups = models.JSONField(null=True, blank=True)
    workspace_ids = models.JSONField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)


class AccessToken(AbstractAccessToken):
    """Every bearer token. Personal ones have no `application`, so that no client can claim one.

    `account` is null only for password-grant tokens, which work on the user's accounts that
    switched that grant on, and for registration-management tokens.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal"
        OAUTH = "oauth"
        PASSWORD_GRANT = "password_grant"  # noqa: S105  a kind, not a secret
        REGISTRATION = "registration"

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OAUTH)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE)
    connected_application = models.ForeignKey(
        ConnectedApplication,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="access_tokens",
    )


class RefreshToken(AbstractRefreshToken):
    """A refresh token of one connection, which is also its family.

    `revoked` is when it was exchanged for a successor, `retried_at` when that happened once more
    because the answer was lost.
    """

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE)
    connected_application = models.ForeignKey(
        ConnectedApplication, null=True, on_delete=models.CASCADE, related_name="refresh_tokens"
    )
    expires_at = models.DateTimeField(null=True, db_index=True)
    retried_at = models.DateTimeField(null=True, blank=True)


class IDToken(AbstractIDToken):
    """Swapped together with the others, so that one migration history owns all five."""
