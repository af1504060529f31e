"""`POST /token`: a code, or a refresh token, for fresh tokens.

Source: RFC 6749, 4.1.3 and 6; RFC 7636, 4.5; RFC 8707, 2.2; RFC 9700, 4.14 (rotation).
"""

import base64
import hashlib
import logging
import re
from datetime import timedelta
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import Account
from audit.actor import Actor, Door
from common.errors import NotAllowed
from connected_apps.models import Application, ConnectedApplication, Grant, RefreshToken
from connected_apps.oauth.addresses import account_in
from connected_apps.oauth.answers import OAuthError, json_endpoint, single_parameters
from connected_apps.oauth.client_auth import authenticated_client
from connected_apps.oauth.issue import Tokens, issue_tokens
from connected_apps.oauth.redirects import identity_of
from connected_apps.oauth.requests import hash_of
from connected_apps.services import revoke, start_connection

logger = logging.getLogger(__name__)

GRACE: Final = timedelta(seconds=60)
"""For so long a used refresh token works once more: answers get lost, and several processes of one
client refresh at the same time."""

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


@json_endpoint("POST")
def token(request: HttpRequest) -> HttpResponse:
    parameters = single_parameters(request)
    application = authenticated_client(request, parameters)
    address = request.META.get("REMOTE_ADDR", "")
    grant_type = parameters.get("grant_type")
    if grant_type == "authorization_code":
        tokens = _redeem(application, parameters, address)
    elif grant_type == "refresh_token":
        tokens = _refresh(application, parameters, address)
    else:
        raise OAuthError(
            "unsupported_grant_type", "grant_type must be authorization_code or refresh_token"
        )
    return JsonResponse(tokens.answer())


def _redeem(application: Application, parameters: dict[str, str], address: str) -> Tokens:
    """Tokens for a code, once. A second use ends what the first one made."""
    verifier = parameters.get("code_verifier", "")
    if not _VERIFIER.fullmatch(verifier):
        raise OAuthError("invalid_request", "code_verifier must be 43 to 128 characters")
    with transaction.atomic():
        grant = _locked_grant(application, parameters.get("code", ""))
        if grant.used_at is not None:
            misuse: ConnectedApplication | None = grant.connected_application
        else:
            account = _checked_account(grant, verifier, parameters)
            return _start(grant, account, application, address)
    if misuse is not None:
        _end_misused(misuse, address, "its authorization code was used twice")
    raise OAuthError("invalid_grant", "the code was used before")


def _locked_grant(application: Application, code: str) -> Grant:
    grants = Grant.objects.select_for_update(of=("self",)).select_related("account", "user")
    grant = grants.filter(code=hash_of(code), application=application).first()
    if grant is None or not grant.user.is_active:
        raise OAuthError("invalid_grant", "the code is not known; it may have expired")
    return grant


def _checked_account(grant: Grant, verifier: str, parameters: dict[str, str]) -> Account:
    """The account that the code is bound to, when everything that is presented with it fits."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    if grant.account is None or timezone.now() >= grant.expires:
        raise OAuthError("invalid_grant", "the code has expired")
    if parameters.get("redirect_uri") != grant.redirect_uri:
        raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorization")
    if not constant_time_compare(challenge, grant.code_challenge):
        raise OAuthError("invalid_grant", "code_verifier does not fit")
    _check_resource(parameters, grant.resource, grant.account)
    return grant.account


def _start(grant: Grant, account: Account, application: Application, address: str) -> Tokens:
    actor = _actor(grant.user_id, grant.user.email, grant.account_id, application.name, address)
    try:
        connection = start_connection(
            account=account,
            user=grant.user,
            name=application.name,
            identity_host=identity_of(grant.redirect_uri),
            scopes=grant.scope,
            tool_groups=grant.tool_groups,
            workspace_ids=grant.workspace_ids,
            actor=actor,
        )
    except NotAllowed as refused:
        raise OAuthError("invalid_grant", refused.message) from None
    grant.used_at = timezone.now()
    grant.connected_application = connection
    grant.save(update_fields=["used_at", "connected_application"])
    return issue_tokens(connection, application, resource=grant.resource)


def _refresh(application: Application, parameters: dict[str, str], address: str) -> Tokens:
    """A successor for a refresh token. Real reuse ends the whole connection."""
    found = RefreshToken.objects.filter(
        token_checksum=hash_of(parameters.get("refresh_token", "")), application=application
    ).first()
    if found is None or found.connected_application_id is None:
        raise _not_refreshable()
    with transaction.atomic():
        connections = ConnectedApplication.objects.select_for_update(of=("self",))
        connection = connections.select_related("account", "user").get(
            pk=found.connected_application_id
        )
        presented = RefreshToken.objects.filter(pk=found.pk).first()
        account = connection.account
        if presented is None or account is None or not _is_live(connection, account, presented):
            raise _not_refreshable()
        now = timezone.now()
        if presented.revoked is None or _is_lost_answer(presented):
            scopes = _narrowed(connection, parameters.get("scope", ""))
            _check_resource(parameters, presented.resource, account)
            if presented.revoked is None:
                presented.revoked, presented.access_token = now, None
            else:
                presented.retried_at = now
            presented.save(update_fields=["revoked", "access_token", "retried_at"])
            return issue_tokens(connection, application, resource=presented.resource, scopes=scopes)
        is_reuse = now - presented.revoked > GRACE
    if is_reuse:
        _end_misused(connection, address, "an old refresh token was used again")
    raise _not_refreshable()


def _is_live(connection: ConnectedApplication, account: Account, presented: RefreshToken) -> bool:
    """Whether the connection may go on: active, in time, of a person who is still a member."""
    if connection.status != ConnectedApplication.Status.ACTIVE:
        return False
    if presented.expires_at is None or presented.expires_at <= timezone.now():
        return False
    person = connection.user
    return person.is_active and account.memberships.filter(user=person).exists()


def _is_lost_answer(presented: RefreshToken) -> bool:
    assert presented.revoked is not None  # noqa: S101
    return presented.retried_at is None and timezone.now() - presented.revoked <= GRACE


def _narrowed(connection: ConnectedApplication, asked: str) -> str:
    """The scopes of the connection, or fewer of them. More than it has is refused."""
    granted = connection.scopes.split()
    wanted = [scope for scope in asked.split() if scope.startswith("mcp:")]
    if set(wanted) - set(granted):
        raise OAuthError("invalid_scope", f"the grant covers {connection.scopes}")
    return " ".join(scope for scope in granted if scope in wanted) or connection.scopes


def _check_resource(parameters: dict[str, str], granted: list[str], account: Account) -> None:
    """A resource that is named again must be that of the authorization, in any spelling."""
    asked = parameters.get("resource")
    if asked is None or asked in granted:
        return
    if account_in(asked) not in (account.subdomain, str(account.pk)):
        raise OAuthError("invalid_target", "resource is not the one of the authorization")


def _end_misused(connection: ConnectedApplication, address: str, because: str) -> None:
    logger.warning("connection %s ended: %s", connection.pk, because)
    actor = _actor(
        connection.user_id, "", connection.account_id, connection.name, address, connection.pk
    )
    revoke(application=connection, actor=actor.because(because), because=because)


def _actor(
    user_id: int,
    user_label: str,
    account_id: int | None,
    name: str,
    address: str,
    application_id: int | None = None,
) -> Actor:
    return Actor(
        door=Door.API,
        account_id=account_id,
        user_id=user_id,
        user_label=user_label,
        application_id=application_id,
        application_label=name,
        request_id=uuid4().hex,
        address=address,
    )


def _not_refreshable() -> OAuthError:
    return OAuthError("invalid_grant", "the refresh token is not valid; authorize again")
