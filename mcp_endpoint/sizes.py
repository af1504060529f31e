"""Answers that can be made shorter when they would grow over what clients take in."""

from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel

from common.paging import encode_cursor

T = TypeVar("T")
Keep = Literal["first", "last"]
Shortens = tuple[tuple[str, str, Keep], ...]


def cut(entries: list[T], share: float, keep: Keep = "first") -> list[T]:
    """About that share of the entries, at least one fewer."""
    count = min(int(len(entries) * share), len(entries) - 1)
    if count <= 0:
        return []
    return entries[:count] if keep == "first" else entries[-count:]


class Shortenable(BaseModel):
    """`shortens` names a list, the member that counts what is left out, and which end stays; the
    first list that still has entries gives some up."""

    shortens: ClassVar[Shortens] = ()

    def shortened(self, share: float) -> Self | None:
        """The answer with fewer entries; None when there is nothing left to leave out."""
        for name, counter, keep in self.shortens:
            entries = getattr(self, name)
            if entries:
                kept = cut(entries, share, keep)
                left_out = getattr(self, counter) + len(entries) - len(kept)
                return self.model_copy(update={name: kept, counter: left_out})
        return None


class ListAnswer(Shortenable):
    """One page of a list whose entries have ids; the rest of a page that is too long comes with
    the next one."""

    next_cursor: str | None

    def shortened(self, share: float) -> Self | None:
        for name in type(self).model_fields:
            entries: Any = getattr(self, name)
            if isinstance(entries, list) and len(entries) > 1:
                kept = cut(entries, share) or entries[:1]
                cursor = encode_cursor(kept[-1].id)
                return self.model_copy(update={name: kept, "next_cursor": cursor})
        return None
