"""The endpoint: authenticate, gate, decode, dispatch, encode.

A plain view outside session, CSRF and message middleware; it reads no cookie. The order of
refusals is fixed: 401, 404, 403 (stranger), 403 (feature off), then the protocol's own errors.
Source: "Endpoint" and "Troubleshooting" in the product documentation.
"""

import logging
from dataclasses import replace
from functools import partial
from uuid import uuid4

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from accounts.limits import WorkspaceLimit
from accounts.models import Account
from accounts.rights import access_of
from audit.actor import Actor, Door
from connected_apps.authentication import Bearer, admit
from connected_apps.services import note_use
from mcp_endpoint import challenges, cors, dispatch, eras, limiter, streams
from mcp_endpoint.context import ProgressSink, RequestContext
from mcp_endpoint.gate import Refused, check_media_type, drain, read_body
from mcp_endpoint.jsonrpc import Message, RpcError, decode, encode_error, encode_result
from mcp_endpoint.registry import Caller
from packages_app.queries import used_connections

logger = logging.getLogger(__name__)

ALLOWED_METHODS = "POST"


@csrf_exempt
def endpoint(request: HttpRequest, account: str) -> HttpResponseBase:
    """POST /<account>/api/mcp, with the account's subdomain or numeric id."""
    origin = None
    try:
        origin = cors.check_origin(request)
        if origin is not None and cors.is_preflight(request):
            response: HttpResponseBase = cors.preflight()
        else:
            response = _respond(request, account)
    except Refused as refused:
        drain(request, refused)
        response = refused.response()
    except DatabaseError:
        logger.exception("the control database does not answer")
        response = Refused(503, "Service Unavailable", {"Retry-After": "5"}).response()
    cors.readable_by(response, origin)
    return response


def _respond(request: HttpRequest, id_or_subdomain: str) -> HttpResponseBase:
    bearer, account, role = _authenticate(request, id_or_subdomain)
    if request.method != "POST":
        raise Refused(405, "Method Not Allowed", {"Allow": ALLOWED_METHODS})
    _admit_one_more(bearer)
    check_media_type(request)
    body = read_body(request)
    modern = eras.names_modern_era(request.headers)
    try:
        message = decode(body)
        modern = modern or eras.describes_itself(message)
        context = eras.read_context(message, request.headers)
    except RpcError as error:
        return _error(error, modern=modern)
    challenges.check_scope(request.path_info, message, bearer, role)
    caller = _caller(request, message, context, bearer, account, role)
    if not message.wants_answer:
        return HttpResponse(status=202)
    _log(request, message, caller)
    if streams.wants_progress(request, message):
        return streams.respond(message, partial(_answer_reporting, message, caller))
    return _answer(message, caller)


def _authenticate(request: HttpRequest, id_or_subdomain: str) -> tuple[Bearer, Account, str]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    admission = admit(token.strip(), id_or_subdomain) if scheme.lower() == "bearer" else None
    if admission is None:
        raise challenges.unauthorized(request.path_info, had_token=bool(token))
    if admission.account is None:
        raise Refused(404, "Not Found")
    if not admission.is_bound_here or admission.role is None:
        raise Refused(403, "Forbidden")
    if not admission.account.mcp_enabled:
        raise Refused(403, "PTP MCP server is not enabled for this account")
    return admission.bearer, admission.account, admission.role


def _admit_one_more(bearer: Bearer) -> None:
    wait = limiter.seconds_to_wait(bearer.token_key)
    if wait:
        raise Refused(429, "Too Many Requests", {"Retry-After": str(wait)})


def _caller(
    request: HttpRequest,
    message: Message,
    context: RequestContext,
    bearer: Bearer,
    account: Account,
    role: str,
) -> Caller:
    address = request.META.get("REMOTE_ADDR", "")
    if bearer.use_is_stale and bearer.application_id is not None:
        client = context.client or request.headers.get("User-Agent", "")
        note_use(bearer.application_id, address=address, client=client)
    if bearer.workspace_ids is not None:
        account.limit = WorkspaceLimit(bearer.workspace_ids, partial(used_connections, account))
    tool = message.params.get("name") if message.method == "tools/call" else None
    return Caller(
        account=account,
        access=access_of(role, bearer.scopes, bearer.tool_groups),
        actor=Actor(
            door=Door.MCP,
            account_id=account.pk,
            user_id=bearer.user_id,
            user_label=bearer.email,
            application_id=bearer.application_id,
            application_label=bearer.application_name,
            tool=tool[:64] if isinstance(tool, str) else "",
            request_id=uuid4().hex,
            address=address,
        ),
        request=context,
    )


def _log(request: HttpRequest, message: Message, caller: Caller) -> None:
    facts = {
        "era": caller.request.era,
        "method": message.method[:64],
        "tool": caller.actor.tool or None,
        "account": caller.account.subdomain,
        "application": caller.actor.application_id,
        "client": caller.request.client or request.headers.get("User-Agent", "")[:100],
        "request": caller.actor.request_id,
    }
    logger.info("call", extra={"call": facts})


def _answer(message: Message, caller: Caller) -> HttpResponse:
    assert message.id is not None  # noqa: S101  notifications are answered before
    try:
        return _json(encode_result(message.id, dispatch.handle(message, caller)))
    except RpcError as error:
        return _error(error, modern=caller.request.is_modern)


def _answer_reporting(message: Message, caller: Caller, report: ProgressSink) -> HttpResponse:
    context = replace(caller.request, report=report)
    return _answer(message, replace(caller, request=context))


def _error(error: RpcError, *, modern: bool) -> HttpResponse:
    status = eras.http_status(error.code, modern=modern)
    return _json(encode_error(error, with_null_id=not modern), status=status)


def _json(body: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(body, content_type="application/json", status=status)
