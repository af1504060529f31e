"""What a connection may be allowed, in the steps that people choose from.

Scopes say how far a connection goes; tool groups, one for each group of the product documentation,
narrow it further. Source: "Available tools" in the product documentation, decisions on scopes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from accounts.rights import ALL_SCOPES, Scope, ToolGroup
from common.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group as people see it; `scope` is what its tools need."""

    label: str
    sentence: str
    scope: Scope
    tool_count: int


GROUPS: dict[ToolGroup, GroupFacts] = {
    ToolGroup.INVENTORY: GroupFacts(
        "Account inventory", "List and look up what the account holds.", Scope.READ, 9
    ),
    ToolGroup.RUNS: GroupFacts(
        "Run inspection", "Look at runs, and explain failures.", Scope.READ, 3
    ),
    ToolGroup.SCHEDULES: GroupFacts("Schedule inspection", "See when packages run.", Scope.READ, 2),
    ToolGroup.DIAGNOSTICS: GroupFacts(
        "Pipeline diagnostics", "Validate, discover schemas, preview data.", Scope.READ, 5
    ),
    ToolGroup.AUTHORING: GroupFacts(
        "Pipeline mutations", "Create, edit and archive packages.", Scope.WRITE, 9
    ),
    ToolGroup.SCHEDULING: GroupFacts(
        "Schedule mutations", "Switch schedules on and off.", Scope.WRITE, 1
    ),
    ToolGroup.EXECUTION: GroupFacts(
        "Execution and recovery", "Run packages, cancel and retry runs.", Scope.RUN, 3
    ),
}


class Access(StrEnum):
    READ = "read"
    RUN = "run"
    FULL = "full"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Level:
    """One choice of access. `scopes` of the chosen tools are those of the groups chosen."""

    access: Access
    label: str
    sentence: str
    scopes: frozenset[Scope]

    @property
    def tool_count(self) -> int:
        return sum(group.tool_count for group in GROUPS.values() if group.scope in self.scopes)


LEVELS = (
    Level(
        Access.READ,
        "Read only",
        "List, inspect, search, preview and explain. Changes nothing.",
        frozenset({Scope.READ}),
    ),
    Level(
        Access.RUN,
        "Read and run",
        "Also run packages, cancel and retry runs.",
        frozenset({Scope.READ, Scope.RUN}),
    ),
    Level(
        Access.FULL,
        "Read, run and change",
        "Also create and edit packages and switch schedules. Every change is a version that you "
        "can restore.",
        ALL_SCOPES,
    ),
    Level(Access.CHOSEN, "Chosen tools", "Pick tool groups one by one.", frozenset()),
)
"""From the least to the most, and the choice of single groups at the end."""

_VERBS = ((Scope.READ, "read"), (Scope.RUN, "run"), (Scope.WRITE, "change"))


def scopes_of(groups: Iterable[ToolGroup]) -> frozenset[Scope]:
    return frozenset(GROUPS[group].scope for group in groups)


def parse_groups(words: Collection[str]) -> frozenset[ToolGroup]:
    """The groups with these names. Raises InvalidInput for none at all, or an unknown one."""
    if not words:
        raise InvalidInput("tool_groups: choose at least one")
    try:
        return frozenset(ToolGroup(word) for word in words)
    except ValueError:
        raise InvalidInput(f"tool_groups: choose from {', '.join(ToolGroup)}") from None


def access_words(scopes: Collection[str], tool_groups: Collection[str] | None) -> str:
    """ "Read only", "Read and run", "Read, run and change", "Chosen tools" """
    if tool_groups is not None:
        return "Chosen tools"
    verbs = [verb for scope, verb in _VERBS if scope in scopes]
    if len(verbs) < 2:
        return f"{verbs[0].capitalize()} only" if verbs else "Nothing"
    return f"{', '.join(verbs[:-1])} and {verbs[-1]}".capitalize()
