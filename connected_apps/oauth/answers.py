"""Answers of the OAuth endpoints: JSON, never cached, readable by pages of any origin.

They read no cookie, so any origin may read them. Source: RFC 6749, 5.2; Fetch standard, CORS.
"""

import logging
from collections.abc import Callable, Mapping
from functools import wraps

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
PREFLIGHT_SECONDS = "86400"

View = Callable[..., HttpResponse]


class OAuthError(Exception):
    """A refusal with an error code of the OAuth registries."""

    def __init__(
        self,
        error: str,
        description: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.headers = dict(headers or {})

    def response(self) -> HttpResponse:
        body = {"error": self.error, "error_description": self.description}
        return JsonResponse(body, status=self.status, headers=self.headers)


def slow_down(wait_seconds: int) -> OAuthError:
    return OAuthError(
        "slow_down",
        f"too many requests; try again in {wait_seconds} s",
        status=429,
        headers={"Retry-After": str(wait_seconds)},
    )


def json_endpoint(*methods: str) -> Callable[[View], View]:
    """A view for clients that answers JSON whatever happens, with refusals as OAuthError."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def endpoint(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
            else:
                response = _answer(request, *args, **kwargs)
            return _readable_by_any(response, methods)

        def _answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                if request.method not in methods:
                    allowed = ", ".join(methods)
                    raise OAuthError(
                        "invalid_request", f"use {allowed}", status=405, headers={"Allow": allowed}
                    )
                _check_length(request)
                return view(request, *args, **kwargs)
            except OAuthError as refused:
                return refused.response()
            except (SuspiciousOperation, MultiPartParserError):
                return OAuthError("invalid_request", "the form cannot be read").response()
            except DatabaseError:
                logger.exception("the control database does not answer")
                words = "try again in a few seconds"
                later = {"Retry-After": "5"}
                return OAuthError(
                    "temporarily_unavailable", words, status=503, headers=later
                ).response()

        return endpoint

    return decorate


def single_parameters(request: HttpRequest, *, form: bool = True) -> dict[str, str]:
    """The parameters of the form or the query, each given once, empty ones left out.

    `resource` may be repeated with one value. Raises OAuthError invalid_request.
    """
    given = request.POST if form else request.GET
    parameters = {}
    for name, values in given.lists():
        if len(set(values)) > 1 or (len(values) > 1 and name != "resource"):
            code = "invalid_target" if name == "resource" else "invalid_request"
            raise OAuthError(code, f"{name[:40]}: give one value")
        if "\x00" in values[0]:
            raise OAuthError("invalid_request", f"{name[:40]}: must not hold NUL")
        if values[0]:
            parameters[name] = str(values[0])
    return parameters


def _check_length(request: HttpRequest) -> None:
    declared = request.headers.get("Content-Length") or "0"
    if not declared.isdecimal() or int(declared) > MAX_BODY_BYTES:
        raise OAuthError("invalid_request", f"the body may have {MAX_BODY_BYTES} bytes", status=413)


def _readable_by_any(response: HttpResponse, methods: tuple[str, ...]) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = ", ".join((*methods, "OPTIONS"))
    response["Access-Control-Allow-Headers"] = "authorization, content-type, mcp-protocol-version"
    response["Access-Control-Expose-Headers"] = "Retry-After, WWW-Authenticate"
    response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    if "Cache-Control" not in response:
        response["Cache-Control"] = "no-store"
    return response
