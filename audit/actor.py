"""Who acts, and through which door."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Door(StrEnum):
    """The way an act came in."""

    PAGE = "page"
    MCP = "mcp"
    API = "api"
    SCHEDULE = "schedule"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The author of a change. Ids and labels are values, so that the record outlives its subjects.

    `user_label` is the e-mail address, `application_label` the name of the connected application.
    """

    door: Door
    account_id: int | None = None
    user_id: int | None = None
    user_label: str = ""
    application_id: int | None = None
    application_label: str = ""
    tool: str = ""
    request_id: str = ""
    address: str = ""
    reason: str = ""

    def because(self, reason: str) -> "Actor":
        return replace(self, reason=reason)


def command_actor(name: str, *, account_id: int | None = None) -> Actor:
    """The operator at the command line."""
    return Actor(door=Door.COMMAND, tool=name, account_id=account_id, user_label="operator")
