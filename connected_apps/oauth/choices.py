"""How far a person lets an application go that signs in: never further than it asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from accounts.models import Account, Workspace
from accounts.rights import ALL_SCOPES, Scope, ToolGroup
from common.errors import InvalidInput
from connected_apps.access import GROUPS, LEVELS, Access, GroupFacts, Level, parse_groups, scopes_of

AS_ASKED: Final = "asked"
"""The choice of exactly what was asked for, where that is none of the usual levels."""

PURPOSES: Final[Mapping[str, str]] = {
    Access.READ: "read, but not change or run, your pipelines, connections, and jobs",
    Access.RUN: "read your pipelines, connections, and jobs, and run, cancel and retry jobs,",
    Access.FULL: "read and manage your pipelines, connections, and jobs",
    Access.CHOSEN: "use only the tools that you choose below",
    AS_ASKED: "use the tools that it asked for",
}
"""By choice, the end of the sentence "This will let it ... in this account."."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a connection may do. None stands for no limit, as in ConnectedApplication."""

    scopes: frozenset[Scope]
    tool_groups: list[str] | None = None
    workspace_ids: list[int] | None = None

    @property
    def scope_text(self) -> str:
        return " ".join(scope.value for scope in Scope if scope in self.scopes)


FULL: Final = Choice(ALL_SCOPES)


def offered_levels(requested: Collection[str]) -> list[Level]:
    """The levels that are within what the client asked for, the least first."""
    return [level for level in LEVELS if level.scopes and level.scopes <= set(requested)]


def offered_groups(requested: Collection[str]) -> dict[ToolGroup, GroupFacts]:
    return {group: facts for group, facts in GROUPS.items() if facts.scope in requested}


def requested_choice(requested: Collection[str]) -> str:
    """The choice that grants exactly what was asked for."""
    same = [level.access for level in LEVELS if level.scopes == set(requested)]
    return same[0] if same else AS_ASKED


def purposes(requested: Collection[str]) -> dict[str, str]:
    """What each offered choice lets the application do, in the words of the sentence."""
    names = [level.access.value for level in offered_levels(requested)]
    names += [requested_choice(requested), Access.CHOSEN.value]
    return {name: PURPOSES[name] for name in dict.fromkeys(names)}


def read_choice(
    *,
    requested: Collection[str],
    account: Account,
    level: str,
    groups: Sequence[str],
    workspaces: Sequence[str] | None,
) -> Choice:
    """What the person chose. `workspaces` are ids as text, None for all.

    Raises InvalidInput for a choice that was not offered, or nothing chosen.
    """
    tool_groups = None
    levels = {one.access.value: one.scopes for one in offered_levels(requested)}
    if level == Access.CHOSEN:
        chosen = parse_groups(groups) & set(offered_groups(requested))
        tool_groups = sorted(group.value for group in chosen)
        scopes = scopes_of(chosen)
    elif level == AS_ASKED:
        scopes = frozenset(Scope(word) for word in requested)
    else:
        scopes = levels.get(level, frozenset())
    if not scopes:
        raise InvalidInput("Choose what it may do.")
    return Choice(scopes, tool_groups, _workspace_ids(account, workspaces))


def _workspace_ids(account: Account, chosen: Sequence[str] | None) -> list[int] | None:
    if chosen is None:
        return None
    known = Workspace.objects.for_account(account).values_list("pk", flat=True)
    wanted = {text for text in chosen if text}
    found = sorted(pk for pk in known if str(pk) in wanted)
    if not found or len(found) < len(wanted):
        raise InvalidInput("Choose at least one workspace.")
    return found
