"""How far a person lets an application go: one of three levels, or chosen tool groups."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from accounts.models import Account
from accounts.rights import Scope
from common.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ToolGroup:
    name: str
    label: str
    scope: Scope


TOOL_GROUPS: Final = (
    ToolGroup("inventory", "Workspaces, packages, connections, clusters, search", Scope.READ),
    ToolGroup("runs", "Runs, their logs and why they failed", Scope.READ),
    ToolGroup("schedules", "Schedules", Scope.READ),
    ToolGroup("diagnostics", "Validate packages, preview rows, test connections", Scope.READ),
    ToolGroup("authoring", "Create, edit and archive packages", Scope.WRITE),
    ToolGroup("scheduling", "Switch schedules on and off", Scope.WRITE),
    ToolGroup("execution", "Run packages, cancel and retry runs", Scope.RUN),
)


@dataclass(frozen=True, slots=True)
class Level:
    """`purpose` ends the sentence "This will let it ... in this account."."""

    name: str
    label: str
    scopes: frozenset[Scope]
    tool_count: int
    purpose: str


READ: Final = Level(
    "read",
    "Read only",
    frozenset({Scope.READ}),
    19,
    "read, but not change or run, your pipelines, connections, and jobs",
)
RUN: Final = Level(
    "run",
    "Read and run",
    frozenset({Scope.READ, Scope.RUN}),
    22,
    "read your pipelines, connections, and jobs, and run, cancel and retry jobs,",
)
FULL: Final = Level(
    "full",
    "Read, run and change",
    frozenset(Scope),
    32,
    "read and manage your pipelines, connections, and jobs",
)
LEVELS: Final = (READ, RUN, FULL)


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection may do. None stands for no limit, as in ConnectedApplication."""

    scopes: frozenset[Scope]
    tool_groups: list[str] | None = None
    workspace_ids: list[int] | None = None

    @property
    def scope_text(self) -> str:
        return " ".join(scope.value for scope in Scope if scope in self.scopes)


def offered_levels(requested: Collection[str]) -> list[Level]:
    """The levels that are within what the client asked for, the narrowest first."""
    return [level for level in LEVELS if level.scopes <= set(requested)]


def offered_groups(requested: Collection[str]) -> list[ToolGroup]:
    return [group for group in TOOL_GROUPS if group.scope in requested]


def chosen_access(
    *,
    requested: Collection[str],
    account: Account,
    level: str,
    groups: Sequence[str],
    workspaces: Sequence[str] | None,
) -> Access:
    """The access that a person chose, never more than was asked for.

    `level` is the name of a level, "asked" for exactly what was asked for, or "chosen" for the
    groups; `workspaces` are ids as text, None for all. Raises InvalidInput for what was not
    offered, or nothing chosen.
    """
    tool_groups = None
    if level == "chosen":
        offered = {group.name: group for group in offered_groups(requested)}
        tool_groups = [name for name in offered if name in groups]
        if not tool_groups or set(groups) - set(offered):
            raise InvalidInput("Choose at least one group of tools.")
        scopes = frozenset(offered[name].scope for name in tool_groups)
    elif level == "asked":
        scopes = frozenset(Scope(word) for word in requested)
    else:
        found = [one for one in offered_levels(requested) if one.name == level]
        if not found:
            raise InvalidInput("Choose what it may do.")
        scopes = found[0].scopes
    return Access(scopes, tool_groups, _workspace_ids(account, workspaces))


def _workspace_ids(account: Account, chosen: Sequence[str] | None) -> list[int] | None:
    if chosen is None:
        return None
    known = set(account.workspaces.values_list("pk", flat=True))
    wanted = {int(text) for text in chosen if text.isascii() and text.isdecimal()}
    if not wanted or not wanted <= known:
        raise InvalidInput("Choose at least one workspace.")
    return sorted(wanted)
