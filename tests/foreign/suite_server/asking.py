"""Tools and a prompt that ask the client before they answer: input_required, all of 2026-07-28."""

from collections.abc import Mapping
from typing import Any

from django.core.signing import BadSignature, Signer

from mcp_endpoint.answers import Raw
from mcp_endpoint.jsonrpc import INVALID_PARAMS, RpcError
from mcp_endpoint.registry import Caller
from tests.foreign.suite_server.registering import NoArguments, complete, prompt, text, tool

Questions = dict[str, dict[str, Any]]

ROOTS: dict[str, Any] = {"method": "roots/list", "params": {}}
CAPITAL: dict[str, Any] = {
    "method": "sampling/createMessage",
    "params": {
        "messages": [{"role": "user", "content": text("What is the capital of France?")}],
        "maxTokens": 100,
    },
}


def form(message: str, field: str, kind: str = "string") -> dict[str, Any]:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return {
        "method": "elicitation/create",
        "params": {"message": message, "requestedSchema": schema},
    }


NAME = form("What is your name?", "name")
CONFIRM = form("Please confirm", "ok", "boolean")


def asking(requests: Questions, state: str | None = None) -> dict[str, Any]:
    signed = {} if state is None else {"requestState": Signer(salt="suite").sign(state)}
    return {"resultType": "input_required", "inputRequests": requests, **signed}


def given(params: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """The client's answer to one request, or None for none that is an object."""
    responses = params.get("inputResponses")
    response = responses.get(key) if isinstance(responses, dict) else None
    return response if isinstance(response, dict) else None


def state(params: Mapping[str, Any]) -> str | None:
    """The state we signed. Raises RpcError for one that is not ours."""
    signed = params.get("requestState")
    if signed is None:
        return None
    try:
        return Signer(salt="suite").unsign(str(signed))
    except BadSignature:
        raise RpcError(INVALID_PARAMS, "Invalid params: requestState is not ours") from None


@tool("test_input_required_result_elicitation")
def elicitation(caller: Caller, arguments: NoArguments) -> Raw:
    answer = given(caller.request.params, "user_name")
    if answer is None:
        return Raw(result=asking({"user_name": NAME}))
    return complete(text(f"Hello, {answer['content']['name']}!"))


@tool("test_streaming_elicitation")
def streaming_elicitation(caller: Caller, arguments: NoArguments) -> Raw:
    return elicitation(caller, arguments)


@tool("test_input_required_result_sampling")
def sampling(caller: Caller, arguments: NoArguments) -> Raw:
    answer = given(caller.request.params, "capital_question")
    if answer is None:
        return Raw(result=asking({"capital_question": CAPITAL}))
    return complete(answer["content"])


@tool("test_input_required_result_list_roots")
def list_roots(caller: Caller, arguments: NoArguments) -> Raw:
    answer = given(caller.request.params, "client_roots")
    if answer is None:
        return Raw(result=asking({"client_roots": ROOTS}))
    return complete(text(", ".join(root["uri"] for root in answer["roots"])))


@tool("test_input_required_result_request_state")
def request_state(caller: Caller, arguments: NoArguments) -> Raw:
    if state(caller.request.params) is None or given(caller.request.params, "confirm") is None:
        return Raw(result=asking({"confirm": CONFIRM}, "confirming"))
    return complete(text("state-ok"))


tool("test_input_required_result_tampered_state")(request_state)


@tool("test_input_required_result_multiple_inputs")
def multiple_inputs(caller: Caller, arguments: NoArguments) -> Raw:
    questions = {"user_name": NAME, "greeting": CAPITAL, "client_roots": ROOTS}
    if any(given(caller.request.params, key) is None for key in questions):
        return Raw(result=asking(questions, "all three"))
    return complete(text("All three are answered."))


@tool("test_input_required_result_multi_round")
def multi_round(caller: Caller, arguments: NoArguments) -> Raw:
    reached = state(caller.request.params)
    if reached is None:
        return Raw(result=asking({"step1": form("Step 1: your name?", "name")}, "round 1"))
    if reached == "round 1":
        return Raw(result=asking({"step2": form("Step 2: your colour?", "color")}, "round 2"))
    return complete(text("Both steps are done."))


@tool("test_input_required_result_capabilities")
def capabilities(caller: Caller, arguments: NoArguments) -> Raw:
    asked = {"elicitation": ("user_name", NAME), "sampling": ("capital_question", CAPITAL)}
    declared = caller.request.client_capabilities
    return Raw(result=asking(dict(asked[each] for each in asked if each in declared)))


@prompt("test_input_required_result_prompt")
def asking_prompt(caller: Caller, params: Mapping[str, Any]) -> dict[str, Any]:
    answer = given(params, "user_context")
    if answer is None:
        return asking({"user_context": form("What context should the prompt use?", "context")})
    words = f"Use this context: {answer['content']['context']}"
    return {"messages": [{"role": "user", "content": text(words)}]}
