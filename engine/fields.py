"""The fields of a record as they travel through a flow: names in order, with types where known."""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_FIELDS = 2_000
"""Most fields of one component."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `type` is a product type word, None when it is known only at run time. `is_new`
    when its source has it only since the flow was made."""

    name: str
    type: str | None = None
    is_new: bool = False


class Fields:
    """Fields in record order, found by name regardless of case."""

    def __init__(self, fields: tuple[Field, ...] = ()) -> None:
        self._fields = fields
        self._by_name = {field.name.casefold(): field for field in fields}

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def find(self, name: str) -> Field | None:
        """The field of that name, whatever its case."""
        return self._by_name.get(name.casefold())

    @property
    def names(self) -> tuple[str, ...]:
        """The names in record order."""
        return tuple(field.name for field in self._fields)
