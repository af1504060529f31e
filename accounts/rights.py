"""What a caller may do: scope of the credential ∩ its tool groups ∩ role of the member.

Source: decisions on roles and scopes. Pages, tool listing and tool calls ask the same function,
`Access.allows`; which rows they reach is bounded by `accounts.limits`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Membership


class Scope(StrEnum):
    READ = "mcp:read"
    RUN = "mcp:run"
    WRITE = "mcp:write"


class ToolGroup(StrEnum):
    """The groups of tools in the product document, in its order."""

    INVENTORY = "inventory"
    RUNS = "runs"
    SCHEDULES = "schedules"
    DIAGNOSTICS = "diagnostics"
    AUTHORING = "authoring"
    SCHEDULING = "scheduling"
    EXECUTION = "execution"


ALL_SCOPES = frozenset(Scope)
ALL_GROUPS = frozenset(ToolGroup)

ROLE_SCOPES: dict[str, frozenset[Scope]] = {
    Membership.Role.OWNER: ALL_SCOPES,
    Membership.Role.ADMIN: ALL_SCOPES,
    Membership.Role.MEMBER: ALL_SCOPES,
    Membership.Role.VIEWER: frozenset({Scope.READ}),
    Membership.Role.AUDITOR: frozenset({Scope.READ}),
}


@dataclass(frozen=True, slots=True)
class Access:
    """The rights in force for one caller. Hashable: what depends on it can be kept by it."""

    scopes: frozenset[Scope]
    groups: frozenset[ToolGroup] = ALL_GROUPS

    def allows(self, scope: Scope, group: ToolGroup | None = None) -> bool:
        """Whether an act of this scope, and of this group of tools if it is a tool, is allowed."""
        return scope in self.scopes and (group is None or group in self.groups)


def access_of(
    role: str, granted: Iterable[str] = ALL_SCOPES, groups: Iterable[str] | None = None
) -> Access:
    """The rights of a member with `role` whose credential was granted `granted` and, unless None,
    only these tool groups. Unknown words grant nothing."""
    scopes = frozenset(Scope(word) for word in granted if word in ALL_SCOPES)
    chosen = (
        ALL_GROUPS
        if groups is None
        else frozenset(ToolGroup(word) for word in groups if word in ALL_GROUPS)
    )
    return Access(ROLE_SCOPES.get(role, frozenset()) & scopes, chosen)
