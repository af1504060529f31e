"""Tools with every kind of content, with progress, and with refusals of their own."""

import time

from mcp_endpoint.answers import Raw
from mcp_endpoint.jsonrpc import MISSING_CLIENT_CAPABILITY, RpcError
from mcp_endpoint.registry import Caller
from tests.foreign.suite_server.registering import NoArguments, complete, text, tool

# One red pixel, and a sound of no length.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
IMAGE = {"type": "image", "data": PIXEL, "mimeType": "image/png"}
SCHEMA_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


@tool("test_simple_text")
def simple_text(caller: Caller, arguments: NoArguments) -> Raw:
    return complete(text("This is a simple text response for testing."))


@tool("test_image_content")
def image(caller: Caller, arguments: NoArguments) -> Raw:
    return complete(IMAGE)


@tool("test_audio_content")
def audio(caller: Caller, arguments: NoArguments) -> Raw:
    return complete({"type": "audio", "data": SILENCE, "mimeType": "audio/wav"})


@tool("test_embedded_resource")
def embedded_resource(caller: Caller, arguments: NoArguments) -> Raw:
    resource = {
        "uri": "test://embedded-resource",
        "mimeType": "text/plain",
        "text": "This is an embedded resource content.",
    }
    return complete({"type": "resource", "resource": resource})


@tool("test_multiple_content_types")
def mixed_content(caller: Caller, arguments: NoArguments) -> Raw:
    resource = {
        "uri": "test://mixed-content-resource",
        "mimeType": "application/json",
        "text": '{"test":"data","value":123}',
    }
    return complete(
        text("Multiple content types test:"), IMAGE, {"type": "resource", "resource": resource}
    )


@tool("test_error_handling")
def error(caller: Caller, arguments: NoArguments) -> Raw:
    return complete(text("This tool intentionally returns an error for testing"), isError=True)


@tool("test_tool_with_progress")
def progress(caller: Caller, arguments: NoArguments) -> Raw:
    for done in (0, 50, 100):
        caller.progress(done, 100, f"{done} of 100")
        time.sleep(0.05)
    return complete(text("Done, after three words on the way."))


@tool("test_missing_capability")
def missing_capability(caller: Caller, arguments: NoArguments) -> Raw:
    if "sampling" not in caller.request.client_capabilities:
        raise RpcError(
            MISSING_CLIENT_CAPABILITY,
            "The client did not declare sampling",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return complete(text("The client declared sampling."))


@tool("test_logging_tool")
def logging_tool(caller: Caller, arguments: NoArguments) -> Raw:
    return complete(text("Nothing was logged to the client."))


@tool("json_schema_2020_12_tool", schema=SCHEMA_2020_12)
def json_schema(caller: Caller, arguments: NoArguments) -> Raw:
    return complete(text("The schema is all that matters here."))
