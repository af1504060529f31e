"""Prompts with every kind of content."""

from collections.abc import Mapping
from typing import Any

from mcp_endpoint.registry import Caller
from tests.foreign.suite_server.registering import prompt, text
from tests.foreign.suite_server.tools import IMAGE

Params = Mapping[str, Any]


def messages(*contents: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content} for content in contents]}


@prompt("test_simple_prompt")
def simple(caller: Caller, params: Params) -> dict[str, Any]:
    return messages(text("This is a simple prompt for testing."))


@prompt("test_prompt_with_arguments", "arg1", "arg2")
def with_arguments(caller: Caller, params: Params) -> dict[str, Any]:
    given = params["arguments"]
    return messages(text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"))


@prompt("test_prompt_with_embedded_resource", "resourceUri")
def with_resource(caller: Caller, params: Params) -> dict[str, Any]:
    resource = {
        "uri": params["arguments"]["resourceUri"],
        "mimeType": "text/plain",
        "text": "Embedded resource content for testing.",
    }
    return messages(
        {"type": "resource", "resource": resource},
        text("Please process the embedded resource above."),
    )


@prompt("test_prompt_with_image")
def with_image(caller: Caller, params: Params) -> dict[str, Any]:
    return messages(IMAGE, text("Please analyze the image above."))
