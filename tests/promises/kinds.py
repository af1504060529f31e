"""What the product says to each piece of its document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece that holds us: every id in `promises` is proved by a marked test."""

    words: str
    promises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A piece that no behaviour of the product could break."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Departs:
    """A piece that the product does otherwise; `promises` are what it does instead.

    `decision` is the one that says so. It is None where nothing was decided and the product only
    has a part of what the piece says so far.
    """

    words: str
    reason: str
    decision: str | None
    promises: tuple[str, ...] = ()


Entry = Kept | NotOurs | Departs


@dataclass(frozen=True, slots=True)
class Listed:
    """A section of the document as it is listed: its pieces in their order.

    `promises` are those that the heading itself makes.
    """

    heading: str
    entries: tuple[Entry, ...]
    promises: tuple[str, ...] = ()


def kept(words: str, *promises: str) -> Kept:
    return Kept(words, promises)


def not_ours(words: str, reason: str) -> NotOurs:
    return NotOurs(words, reason)


def departs(words: str, reason: str, *promises: str, decision: str | None) -> Departs:
    return Departs(words, reason, decision, promises)


def promises_of(entry: Entry) -> tuple[str, ...]:
    return () if isinstance(entry, NotOurs) else entry.promises
