"""How a connection that its owner narrowed to some workspaces sees an account.

The limit travels with the account: whatever is reached through `for_account(account)` is reached
within it, so that lists, single rows, counts, search and errors all agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class WorkspaceLimit:
    """Only these workspaces; no package without one. Connections are those that the packages in
    them use, found when they are first asked for."""

    workspace_ids: frozenset[int]
    find_connections: Callable[[], frozenset[int]]

    @cached_property
    def connection_ids(self) -> frozenset[int]:
        return self.find_connections()
