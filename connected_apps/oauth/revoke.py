"""`POST /revoke`: a client gives a token back. Source: RFC 7009."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from audit.actor import Actor, Door
from connected_apps.models import AccessToken, Application, ConnectedApplication, RefreshToken
from connected_apps.oauth.answers import OAuthError, json_endpoint, single_parameters
from connected_apps.oauth.client_auth import authenticated_client
from connected_apps.oauth.requests import hash_of
from connected_apps.services import revoke as revoke_connection


@json_endpoint("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    """A refresh token ends its whole connection, an access token only itself.

    The answer is the same for a token that is not known or not the client's.
    """
    parameters = single_parameters(request)
    application = authenticated_client(request, parameters)
    if "token" not in parameters:
        raise OAuthError("invalid_request", "token is missing")
    checksum = hash_of(parameters["token"])
    connection = _connection_of(application, checksum)
    if connection is None:
        AccessToken.objects.filter(token_checksum=checksum, application=application).delete()
        return HttpResponse(status=200)
    actor = Actor(
        door=Door.API,
        account_id=connection.account_id,
        user_id=connection.user_id,
        application_id=connection.pk,
        application_label=connection.name,
        request_id=uuid4().hex,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    revoke_connection(application=connection, actor=actor, because="the application signed out")
    return HttpResponse(status=200)


def _connection_of(application: Application, checksum: str) -> ConnectedApplication | None:
    refresh_tokens = RefreshToken.objects.select_related("connected_application")
    found = refresh_tokens.filter(token_checksum=checksum, application=application).first()
    return found.connected_application if found else None
