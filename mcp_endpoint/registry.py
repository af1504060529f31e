"""What a tool is: data plus one function."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict

from accounts.models import Account
from accounts.rights import Scope
from audit.actor import Actor
from mcp_endpoint.schemas import published_schema


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, on which account, with which scopes in force. `actor` names the tool already."""

    account: Account
    scopes: frozenset[Scope]
    actor: Actor


class ToolArgs(BaseModel):
    """Arguments as the caller sent them: no unknown names, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


A = TypeVar("A", bound=ToolArgs)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Tool:
    """A registered tool; `published` is its entry in tools/list."""

    name: str
    scope: Scope
    arguments: type[ToolArgs]
    result: type[BaseModel]
    handler: Callable[[Caller, Any], BaseModel]
    published: dict[str, Any]


TOOLS: dict[str, Tool] = {}


def tool(
    *,
    title: str,
    scope: Scope = Scope.READ,
    destructive: bool = False,
    idempotent: bool = False,
    open_world: bool = False,
) -> Callable[[Callable[[Caller, A], R]], Callable[[Caller, A], R]]:
    """Register the function under its own name; its docstring is what assistants read."""

    def register(handler: Callable[[Caller, A], R]) -> Callable[[Caller, A], R]:
        hints = get_type_hints(handler)
        name = handler.__name__
        reads_only = scope is Scope.READ
        TOOLS[name] = Tool(
            name=name,
            scope=scope,
            arguments=hints["arguments"],
            result=hints["return"],
            handler=handler,
            published={
                "name": name,
                "title": title,
                "description": " ".join((handler.__doc__ or "").split()),
                "inputSchema": published_schema(hints["arguments"], mode="validation"),
                "outputSchema": published_schema(hints["return"], mode="serialization"),
                "annotations": {
                    "title": title,
                    "readOnlyHint": reads_only,
                    "destructiveHint": destructive,
                    "idempotentHint": reads_only or idempotent,
                    "openWorldHint": open_world,
                },
            },
        )
        return handler

    return register
