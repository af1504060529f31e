"""`/connect/<one-time id>`: a signed-in person answers what an application asks for.

On the dashboard's origin. An answer belongs to one person, client, redirect address, scope and
account: a seal over all of them is in the form, and it must fit the stored request when it comes
back. Source: "Connecting with OAuth" in the product documentation.
"""

import logging
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, User
from accounts.queries import memberships_of
from accounts.rights import Scope, access_of
from audit.actor import Actor, Door
from common.errors import InvalidInput
from connected_apps.models import AuthorizationRequest
from connected_apps.oauth import choices, redirects
from connected_apps.oauth.addresses import account_in
from connected_apps.oauth.authorize import with_issuer
from connected_apps.oauth.clients import is_verified
from connected_apps.oauth.grants import deny_request, grant_code
from connected_apps.oauth.requests import find_request, is_open, new_reference
from connected_apps.oauth.stopped import Stopped, stopped_page
from connected_apps.services import find_replaced

logger = logging.getLogger(__name__)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def consent(request: HttpRequest, one_time_id: str) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101  login_required stands in front
    asked = find_request(one_time_id)
    reference = asked.reference if asked else new_reference()
    try:
        if asked is None or not is_open(asked):
            raise Stopped.over()
        with timezone.override(request.user.time_zone):
            return _respond(request, request.user, asked)
    except Stopped as stopped:
        logger.info("consent %s stopped: %s", reference, stopped)
        return stopped_page(request, stopped, reference)


def _respond(request: HttpRequest, user: User, asked: AuthorizationRequest) -> HttpResponse:
    membership = _membership(request, user, asked)
    if membership is None:
        return _choose_account(request, user, asked)
    if request.method != "POST":
        return _ask(request, user, asked, membership)
    if not constant_time_compare(request.POST.get("seal", ""), _seal(user, asked, membership)):
        raise Stopped.changed(asked.application.name)
    actor = Actor(
        door=Door.PAGE,
        account_id=membership.account_id,
        user_id=user.pk,
        user_label=user.email,
        application_label=asked.application.name,
        request_id=uuid4().hex,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    if request.POST.get("decision") != "authorize":
        deny_request(asked=asked, actor=actor)
        denied = {"error": "access_denied", "error_description": "the person said no"}
        return redirects.redirect_to(asked.redirect_uri, denied | with_issuer(asked.state))
    try:
        chosen = _choice(request, asked, membership)
    except InvalidInput as refused:
        return _ask(request, user, asked, membership, trouble=refused.message)
    code = grant_code(
        asked=asked, user=user, account=membership.account, chosen=chosen, actor=actor
    )
    return redirects.redirect_to(asked.redirect_uri, {"code": code} | with_issuer(asked.state))


def _membership(request: HttpRequest, user: User, asked: AuthorizationRequest) -> Membership | None:
    """The person's place in the account of the resource, or in the one chosen in the address.

    None while there is one to choose. Raises Stopped where there is nothing to connect to.
    """
    name = asked.application.name
    wanted = account_in(asked.resource) or request.GET.get("account")
    memberships = list(memberships_of(user))
    if wanted is None:
        memberships = [one for one in memberships if one.account.mcp_enabled]
        if len(memberships) > 1:
            return None
    else:
        memberships = [
            one for one in memberships if wanted in (one.account.subdomain, str(one.account_id))
        ]
    if not memberships:
        raise Stopped.no_account(name, wanted, user.email)
    if not memberships[0].account.mcp_enabled:
        raise Stopped.feature_off(name, memberships[0].account.subdomain)
    return memberships[0]


def _choose_account(request: HttpRequest, user: User, asked: AuthorizationRequest) -> HttpResponse:
    places = [one for one in memberships_of(user) if one.account.mcp_enabled]
    context = {"client": asked.application, "places": places, "person": user}
    return render(request, "connected_apps/consent_account.html", context)


def _choice(
    request: HttpRequest, asked: AuthorizationRequest, membership: Membership
) -> choices.Choice:
    some = request.POST.get("ws") == "some"
    return choices.read_choice(
        requested=asked.scopes.split(),
        account=membership.account,
        level=request.POST.get("access", ""),
        groups=request.POST.getlist("groups"),
        workspaces=request.POST.getlist("workspaces") if some else None,
    )


def _ask(
    request: HttpRequest,
    user: User,
    asked: AuthorizationRequest,
    membership: Membership,
    trouble: str = "",
) -> HttpResponse:
    application, account = asked.application, membership.account
    requested = asked.scopes.split()
    as_requested = choices.requested_choice(requested)
    context = {
        "client": application,
        "client_host": application.client_id.split("/")[2] if is_verified(application) else "",
        "account": account,
        "membership": membership,
        "returns_to": redirects.origin_of(asked.redirect_uri),
        "is_loopback": redirects.is_loopback(asked.redirect_uri),
        "only_loopback": all(map(redirects.is_loopback, application.redirect_uris.split())),
        "purposes": choices.purposes(requested),
        "levels": choices.offered_levels(requested),
        "as_requested": as_requested,
        "access": request.POST.get("access", as_requested),
        "groups": choices.offered_groups(requested),
        "chosen_groups": request.POST.getlist("groups"),
        "workspaces": account.workspaces.order_by("position", "name"),
        "some_workspaces": request.POST.get("ws") == "some",
        "chosen_workspaces": request.POST.getlist("workspaces"),
        "may_write": access_of(membership.role).allows(Scope.WRITE),
        "replaces": find_replaced(
            account=account,
            user=user,
            name=application.name,
            identity_host=redirects.identity_of(asked.redirect_uri),
        ).first(),
        "seal": _seal(user, asked, membership),
        "trouble": trouble,
    }
    status = 422 if trouble else 200
    response = render(request, "connected_apps/consent.html", context, status=status)
    target = redirects.form_action_of(asked.redirect_uri)
    response._csp_update = {"form-action": [target]}  # type: ignore[attr-defined]
    return response


def _seal(user: User, asked: AuthorizationRequest, membership: Membership) -> str:
    parts = (
        str(asked.pk),
        str(user.pk),
        asked.application.client_id,
        asked.redirect_uri,
        asked.scopes,
        str(membership.account_id),
    )
    return salted_hmac("connected_apps.consent", "\n".join(parts), algorithm="sha256").hexdigest()
