"""What a search backend is asked, and what it answers: allow-listed facts, no scores, no markup.

Every backend gives the same objects in the same order; one test suite holds all of them to it.
An object is found when each word occurs in its name or in what else is looked into (descriptions;
for connections their kind), whatever the case and also inside a longer word. Best first:

    0  the name is the words
    1  the name begins with the words
    2  each word begins a word of the name
    3  each word occurs in the name
    4  a word occurs elsewhere only

and the newest first among equals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from accounts.models import Account

SearchType = Literal["connections", "packages", "clusters", "workspaces"]

SEARCH_TYPES: Final[tuple[SearchType, ...]] = ("connections", "packages", "clusters", "workspaces")

EXCERPT_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Hit:
    """One object found. `description` is the beginning of it; what a type lacks is None."""

    type: SearchType
    id: int
    name: str
    description: str
    kind: str | None
    status: str | None
    workspace_id: int | None
    workspace_name: str | None


@dataclass(frozen=True, slots=True)
class TypeHits:
    """The hits of one type, best first."""

    type: SearchType
    hits: list[Hit]
    has_more: bool


class SearchBackend(Protocol):
    """A place to search in."""

    def search(
        self,
        *,
        account: Account,
        words: Sequence[str],
        types: Sequence[SearchType],
        per_type_limit: int,
    ) -> list[TypeHits]:
        """What the account has that holds all the words (each a word or phrase, taken literally),
        one entry for each type asked for, in that order. Another account's objects are never
        among them."""
