"""What a tool is: data plus one function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, model_validator

from accounts.models import Account
from accounts.rights import Access, Scope, ToolGroup
from audit.actor import Actor
from mcp_endpoint.context import RequestContext
from mcp_endpoint.outside import MARK_SCHEMAS, outside_members
from mcp_endpoint.schemas import published_schema


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, on which account, with which rights in force. `actor` names the tool already.

    The account carries the limit of a connection that was narrowed to some workspaces.
    """

    account: Account
    access: Access
    actor: Actor
    request: RequestContext = field(default_factory=RequestContext)

    def progress(self, done: float, total: float, message: str) -> None:
        """Tell a client that asked for it how far the call is; `done` must grow."""
        self.request.report(done, total, message)


class ToolArgs(BaseModel):
    """Arguments as the caller sent them: no unknown names, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def refuse_what_no_column_holds(cls, data: Any) -> Any:
        for name, value in data.items():
            if not _is_storable({name: value}):
                raise ValueError(
                    f"{ascii(name)[1:-1]} must not hold NUL or half of a surrogate pair"
                )
        return data


def _is_storable(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_storable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_is_storable, value))
    if not isinstance(value, str):
        return True
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


A = TypeVar("A", bound=ToolArgs)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Tool:
    """A registered tool; `published` is its entry in tools/list.

    `outside` names the members of its answers that carry text from outside. `audits` is the action
    that it leaves in the audit log; only tools that read have none. `is_task` marks the tool whose
    run goes on after the answer.
    """

    name: str
    scope: Scope
    arguments: type[ToolArgs]
    result: type[BaseModel]
    outside: frozenset[str]
    audits: str
    handler: Callable[[Caller, Any], BaseModel]
    published: dict[str, Any]
    is_task: bool = False
    group: ToolGroup = ToolGroup.INVENTORY

    @property
    def mutates(self) -> bool:
        return self.scope is not Scope.READ


TOOLS: dict[str, Tool] = {}
"""By name, in the order of tools/list."""


def arrange(catalogue: Mapping[ToolGroup, Sequence[str]]) -> None:
    """Put the registered tools into their groups, in this order.

    Raises ValueError unless each of them is named once.
    """
    names = [name for group in catalogue.values() for name in group]
    if sorted(names) != sorted(TOOLS):
        raise ValueError(f"not the registered tools: {sorted({*names} ^ {*TOOLS})}")
    ordered = {
        name: replace(TOOLS[name], group=group)
        for group, members in catalogue.items()
        for name in members
    }
    TOOLS.clear()
    TOOLS.update(ordered)


def tool(
    *,
    title: str,
    scope: Scope = Scope.READ,
    audits: str = "",
    destructive: bool = False,
    idempotent: bool = False,
    open_world: bool = False,
    is_task: bool = False,
) -> Callable[[Callable[[Caller, A], R]], Callable[[Caller, A], R]]:
    """Register the function under its own name; its docstring is what assistants read.

    Raises TypeError for a tool that changes something and names no audit action.
    """

    def register(handler: Callable[[Caller, A], R]) -> Callable[[Caller, A], R]:
        hints = get_type_hints(handler)
        name = handler.__name__
        reads_only = scope is Scope.READ
        if reads_only is bool(audits):
            raise TypeError(f"{name}: tools that change something, and only they, name an audit")
        TOOLS[name] = Tool(
            name=name,
            scope=scope,
            arguments=hints["arguments"],
            result=hints["return"],
            outside=outside_members(hints["return"]),
            audits=audits,
            handler=handler,
            is_task=is_task,
            published={
                "name": name,
                "title": title,
                "description": " ".join((handler.__doc__ or "").split()),
                "inputSchema": published_schema(hints["arguments"], mode="validation"),
                "outputSchema": _output_schema(hints["return"]),
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


def _output_schema(result: type[BaseModel]) -> dict[str, Any]:
    schema = published_schema(result, mode="serialization")
    if outside_members(result):
        schema["properties"] = {**schema["properties"], **MARK_SCHEMAS}
    return schema
