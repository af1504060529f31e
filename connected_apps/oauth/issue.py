"""Makes access and refresh tokens of a connection. Only their SHA-256 is stored."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from oauth2_provider.models import set_token_value

from connected_apps.models import AccessToken, Application, ConnectedApplication, RefreshToken
from connected_apps.tokens import TokenKind, generate_token

ACCESS_SECONDS: Final = 7200
REFRESH_LIFETIME: Final = timedelta(days=60)
"""Without use; each refresh begins it anew."""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    scopes: str

    def answer(self) -> dict[str, Any]:
        """The body of a successful answer. Source: RFC 6749, 5.1."""
        return {
            "access_token": self.access,
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "refresh_token": self.refresh,
            "scope": self.scopes,
        }


def issue_tokens(
    connection: ConnectedApplication,
    application: Application,
    *,
    resource: list[str],
    scopes: str = "",
) -> Tokens:
    """A pair for the connection, inside the caller's transaction; `scopes` may be fewer."""
    now = timezone.now()
    tokens = Tokens(
        access=generate_token(TokenKind.ACCESS),
        refresh=generate_token(TokenKind.REFRESH),
        scopes=scopes or connection.scopes,
    )
    access = AccessToken(
        kind=AccessToken.Kind.OAUTH,
        account=connection.account,
        user=connection.user,
        application=application,
        connected_application=connection,
        scope=tokens.scopes,
        resource=resource,
        expires=now + timedelta(seconds=ACCESS_SECONDS),
    )
    set_token_value(access, tokens.access)
    access.save()
    refresh = RefreshToken(
        account=connection.account,
        user=connection.user,
        application=application,
        connected_application=connection,
        access_token=access,
        resource=resource,
        expires_at=now + REFRESH_LIFETIME,
    )
    set_token_value(refresh, tokens.refresh)
    refresh.save()
    Application.objects.filter(pk=application.pk).update(last_used_at=now)
    connection.expires_at = refresh.expires_at
    connection.save(update_fields=["expires_at"])
    return tokens
