"""Lets the endpoint answer before any middleware that pages need."""

import re
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from mcp_endpoint.gate import Refused
from mcp_endpoint.views import endpoint

ENDPOINT_PATH = re.compile(r"^/(?P<account>[A-Za-z0-9-]+)/api/mcp/?$")


class EndpointMiddleware:
    """First in the chain. With and without a trailing slash is one address: a redirect of a POST
    would lose body and credentials."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        match = ENDPOINT_PATH.match(request.path_info)
        if match is None:
            return self._get_response(request)
        try:
            request.get_host()
        except DisallowedHost:
            return Refused(400, "Host not allowed").response()
        return endpoint(request, match["account"])
