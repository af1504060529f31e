"""What a caller may do: scope of the credential ∩ role of the member, decided here alone.

Source: decisions on roles and scopes. Pages, tool listing and tool calls ask the same function.
"""

from collections.abc import Iterable
from enum import StrEnum

from accounts.models import Membership


class Scope(StrEnum):
    READ = "mcp:read"
    RUN = "mcp:run"
    WRITE = "mcp:write"


ALL_SCOPES = frozenset(Scope)

MANAGING_ROLES = frozenset({Membership.Role.OWNER, Membership.Role.ADMIN})
"""Those who look after the connections of all members."""

ROLE_SCOPES: dict[str, frozenset[Scope]] = {
    Membership.Role.OWNER: ALL_SCOPES,
    Membership.Role.ADMIN: ALL_SCOPES,
    Membership.Role.MEMBER: ALL_SCOPES,
    Membership.Role.VIEWER: frozenset({Scope.READ}),
    Membership.Role.AUDITOR: frozenset({Scope.READ}),
}


def effective_scopes(role: str, granted: Iterable[str] = ALL_SCOPES) -> frozenset[Scope]:
    """The scopes in force for a member with `role` whose credential was granted `granted`."""
    known = {Scope(word) for word in granted if word in ALL_SCOPES}
    return ROLE_SCOPES.get(role, frozenset()) & known
