"""How the tools, prompts and resources of this server are entered in the product's registries."""

from collections.abc import Callable
from typing import Any

from accounts.rights import Scope
from mcp_endpoint.answers import Raw
from mcp_endpoint.prompts import PROMPTS, Prompt, PromptArgument
from mcp_endpoint.registry import TOOLS, Caller, Tool, ToolArgs
from mcp_endpoint.schemas import input_schema

Handler = Callable[[Caller, Any], Raw]


class NoArguments(ToolArgs):
    pass


def tool(
    name: str, arguments: type[ToolArgs] = NoArguments, schema: dict[str, Any] | None = None
) -> Callable[[Handler], Handler]:
    """Enter a tool under the suite's name for it; `schema` is published as it is."""

    def register(handler: Handler) -> Handler:
        TOOLS[name] = Tool(
            name=name,
            scope=Scope.READ,
            arguments=arguments,
            result=Raw,
            outside=frozenset(),
            audits="",
            handler=handler,
            published={
                "name": name,
                "description": f"What the conformance suite wants of {name}.",
                "inputSchema": schema or input_schema(arguments),
            },
        )
        return handler

    return register


def prompt(name: str, *arguments: str) -> Callable[[Any], Any]:
    """Enter a prompt; all of its arguments are required."""

    def register(answer: Any) -> Any:
        described = tuple(PromptArgument(each, f"The argument {each}.") for each in arguments)
        description = f"What the conformance suite wants of {name}."
        PROMPTS[name] = Prompt(name, name, description, answer, described)
        return answer

    return register


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def complete(*content: dict[str, Any], **members: Any) -> Raw:
    return Raw(result={"content": list(content), **members})
