"""The endpoint: authenticate, gate, decode, dispatch, encode.

A plain view outside session, CSRF and message middleware; it reads no cookie. The order of
refusals is fixed: 401, 404, 403 (stranger), 403 (feature off), then the protocol's own errors.
Source: "Endpoint" and "Troubleshooting" in the product documentation.
"""

import logging
from uuid import uuid4

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.models import Account
from accounts.rights import effective_scopes
from audit.actor import Actor, Door
from connected_apps.authentication import Bearer, admit
from connected_apps.services import note_use
from mcp_endpoint import dispatch
from mcp_endpoint.gate import (
    Refused,
    check_media_type,
    check_origin,
    check_version,
    drain,
    read_body,
)
from mcp_endpoint.jsonrpc import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Message,
    RpcError,
    decode,
    encode_error,
    encode_result,
)
from mcp_endpoint.registry import Caller

logger = logging.getLogger(__name__)

BAD_REQUEST_CODES = frozenset({PARSE_ERROR, INVALID_REQUEST})
ALLOWED_METHODS = "POST"


@csrf_exempt
def endpoint(request: HttpRequest, account: str) -> HttpResponse:
    """POST /<account>/api/mcp, with the account's subdomain or numeric id."""
    try:
        check_origin(request)
        bearer, found, role = _authenticate(request, account)
        if request.method != "POST":
            raise Refused(405, "Method Not Allowed", {"Allow": ALLOWED_METHODS})
        check_media_type(request)
        check_version(request)
        message = decode(read_body(request))
        caller = _caller(request, message, bearer, found, role)
    except Refused as refused:
        drain(request)
        return refused.response()
    except DatabaseError:
        logger.exception("the control database does not answer")
        return Refused(503, "Service Unavailable", {"Retry-After": "5"}).response()
    except RpcError as error:
        return _json(encode_error(error), status=400 if error.code in BAD_REQUEST_CODES else 200)
    return _answer(request, message, caller)


def _authenticate(request: HttpRequest, id_or_subdomain: str) -> tuple[Bearer, Account, str]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    admission = admit(token.strip(), id_or_subdomain) if scheme.lower() == "bearer" else None
    if admission is None:
        challenge = 'Bearer error="invalid_token"' if token else "Bearer"
        raise Refused(401, "Unauthorized", {"WWW-Authenticate": challenge})
    if admission.account is None:
        raise Refused(404, "Not Found")
    if not admission.is_bound_here or admission.role is None:
        raise Refused(403, "Forbidden")
    if not admission.account.mcp_enabled:
        raise Refused(403, "PTP MCP server is not enabled for this account")
    return admission.bearer, admission.account, admission.role


def _caller(
    request: HttpRequest, message: Message, bearer: Bearer, account: Account, role: str
) -> Caller:
    address = request.META.get("REMOTE_ADDR", "")
    if bearer.use_is_stale and bearer.application_id is not None:
        client = request.headers.get("User-Agent", "")
        note_use(bearer.application_id, address=address, client=client)
    tool = message.params.get("name") if message.method == "tools/call" else None
    return Caller(
        account=account,
        scopes=effective_scopes(role, bearer.scopes),
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
    )


def _answer(request: HttpRequest, message: Message, caller: Caller) -> HttpResponse:
    if not message.wants_answer or message.id is None:
        return HttpResponse(status=202)
    logger.info(
        "call",
        extra={
            "era": "legacy",
            "method": message.method[:64],
            "tool": caller.actor.tool or None,
            "account": caller.account.subdomain,
            "application": caller.actor.application_id,
            "client": request.headers.get("User-Agent", "")[:100],
            "request": caller.actor.request_id,
        },
    )
    try:
        return _json(encode_result(message.id, dispatch.handle(message, caller)))
    except RpcError as error:
        return _json(encode_error(error))


def _json(body: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(body, content_type="application/json", status=status)
