"""Text resources among the product's templates. It has no binary ones, so that one is our own."""

import json
import re
from typing import Any

from mcp_endpoint import dispatch, resources
from mcp_endpoint.registry import Caller
from tests.foreign.suite_server.tools import PIXEL

BINARY = "test://static-binary"


def static_text(caller: Caller, name: str) -> resources.Content:
    return "text/plain", "This is the content of the static text resource."


def templated(caller: Caller, name: str) -> resources.Content:
    answer = {"id": name, "templateTest": True, "data": f"Data for ID: {name}"}
    return "application/json", json.dumps(answer)


def template(uri: str, pattern: str, mime_type: str, read: Any) -> resources.Template:
    name = uri.partition("://")[2].partition("/")[0]
    described = f"What the conformance suite wants of {uri}."
    return resources.Template(uri, name, name, described, mime_type, re.compile(pattern), read)


def read_resource(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
    if params.get("uri") == BINARY:
        return {"contents": [{"uri": BINARY, "mimeType": "image/png", "blob": PIXEL}]}
    return resources.read_resource(params, caller)


def register() -> None:
    resources.TEMPLATES[:] = [
        template("test://static-text", "test://(static-text)", "text/plain", static_text),
        template(
            "test://template/{id}/data",
            "test://template/([^/]+)/data",
            "application/json",
            templated,
        ),
    ]
    for methods in (dispatch.LEGACY_METHODS, dispatch.MODERN_METHODS):
        methods["resources/read"] = read_resource
