"""`GET /authorize`: look at the request, keep it, and send the browser to the consent page.

On the API's origin, so no cookie is read here. A client or a redirect address that does not fit
ends on our own page; every other mistake goes back to the client, unless its address is a web page
of an unverified client: anyone could register one, and send people there through us.
Source: RFC 6749, 4.1.1 and 4.1.2.1; RFC 7636; RFC 8707; RFC 9207; RFC 9700, 4.11.2.
"""

import logging
import re
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.throttle import seconds_to_wait
from connected_apps.models import Application
from connected_apps.oauth import redirects
from connected_apps.oauth.addresses import account_in, issuer
from connected_apps.oauth.answers import OAuthError, single_parameters
from connected_apps.oauth.clients import find_or_fetch_client, is_verified
from connected_apps.oauth.metadata import SCOPES
from connected_apps.oauth.requests import new_reference, store_request
from connected_apps.oauth.stopped import Stopped, stopped_page

logger = logging.getLogger(__name__)

AUTHORIZATIONS_A_MINUTE: Final = 120
MAX_STATE_LENGTH: Final = 4096
MAX_RESOURCE_LENGTH: Final = 512

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@require_safe
def authorize(request: HttpRequest) -> HttpResponse:
    reference = new_reference()
    try:
        application, redirect_uri, asked = _checked_client(request)
    except Stopped as stopped:
        logger.info("authorization %s stopped: %s", reference, stopped)
        return stopped_page(request, stopped, reference)
    try:
        one_time_id = store_request(
            application=application,
            redirect_uri=redirect_uri,
            state=_state(asked),
            scopes=_scopes(asked),
            code_challenge=_challenge(asked),
            resource=_resource(asked),
            reference=reference,
        )
    except OAuthError as refused:
        logger.info("authorization %s refused: %s", reference, refused)
        if redirects.is_web_page(redirect_uri) and not is_verified(application):
            page = Stopped.malformed(refused.description, application.name)
            return stopped_page(request, page, reference)
        return refuse(redirect_uri, asked.get("state", ""), refused)
    response = redirect(f"{settings.PUBLIC_URL}/connect/{one_time_id}")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def refuse(redirect_uri: str, state: str, refused: OAuthError) -> HttpResponse:
    """Tell the client by its own redirect address, which has been matched."""
    parameters = {"error": refused.error, "error_description": refused.description}
    return redirects.redirect_to(redirect_uri, parameters | with_issuer(state))


def with_issuer(state: str) -> dict[str, str]:
    """What every answer to a client carries: its state, and who answers."""
    return ({"state": state} if state else {}) | {"iss": issuer()}


def _checked_client(request: HttpRequest) -> tuple[Application, str, dict[str, str]]:
    """The client, its matched redirect address, and the parameters. Raises Stopped."""
    address = request.META.get("REMOTE_ADDR", "")
    if wait := seconds_to_wait("authorize", address, per_minute=AUTHORIZATIONS_A_MINUTE):
        raise Stopped.too_many(wait)
    try:
        asked = single_parameters(request, form=False)
    except OAuthError as refused:
        raise Stopped.malformed(refused.description) from None
    application = find_or_fetch_client(asked.get("client_id", ""))
    if application is None:
        raise Stopped.unknown_client(asked.get("client_id", ""))
    redirect_uri = asked.get("redirect_uri", "")
    registered = application.redirect_uris.split()
    if not redirects.matches(redirect_uri, registered):
        raise Stopped.other_redirect(
            application.name, redirect_uri, registered, account_in(asked.get("resource", ""))
        )
    return application, redirect_uri, asked


def _state(asked: dict[str, str]) -> str:
    state = asked.get("state", "")
    if len(state) > MAX_STATE_LENGTH:
        raise OAuthError("invalid_request", f"state: at most {MAX_STATE_LENGTH} characters")
    return state


def _scopes(asked: dict[str, str]) -> str:
    """Those of ours that were asked for, all of them when none was."""
    wanted = asked.get("scope", "").split()
    known = [scope for scope in SCOPES if scope in wanted]
    return " ".join(known or SCOPES)


def _challenge(asked: dict[str, str]) -> str:
    if asked.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    if asked.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256")
    challenge = asked.get("code_challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge must be 43 characters of base64url")
    return challenge


def _resource(asked: dict[str, str]) -> str:
    resource = asked.get("resource", "")
    if resource and (len(resource) > MAX_RESOURCE_LENGTH or account_in(resource) is None):
        raise OAuthError("invalid_target", f"resource must be {issuer()}/<account>/api/mcp")
    return resource
