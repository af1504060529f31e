"""What the catalogue says of one function, and how its signature is read.

A signature such as `substring(text: string, start: int, [count: int]) -> string` gives names,
kinds and count of the arguments and the type of the result. The meaning is written in DuckDB's
spelling with `$name` for the arguments, one text for each number of them, or is a builder; a few
are written in the expression language itself.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.expressions.typed import Typed


@dataclass(frozen=True, slots=True)
class Spelled:
    """A meaning written in the expression language itself."""

    text: str


Builder = Callable[["Function", Sequence[Typed]], Typed]
Meaning = str | tuple[str, ...] | Spelled | Builder

GROUPS: Final = ("string", "pattern", "date", "math", "logic", "json", "array", "hash")
"""The groups in the order of the documentation."""

KINDS: Final = {
    "any": "any value",
    "string": "a text",
    "json": "a text that holds JSON",
    "array": "a JSON array",
    "number": "a number",
    "int": "a whole number",
    "boolean": "a boolean",
    "time": "a date or datetime",
    "date": "a date",
    "datetime": "a datetime",
    "binary": "a binary value",
    "constant": "a text written out in the expression",
    "unit": "a unit of time written out in the expression, such as 'day'",
}
"""What an argument may be, in words."""

NULL_WHEN_NULL: Final = "NULL when an argument is NULL"
SKIPS_NULLS: Final = "NULL arguments are left out"

_SIGNATURE = re.compile(r"(?P<name>[a-z_0-9]+)\((?P<inner>.*)\) -> (?P<result>.+)")
_PARAMETER = re.compile(
    r"(?P<open>\[)?(?P<name>[a-z_0-9]+): (?P<kind>[a-z]+)(?P<dots>\.\.\.)?(?(open)\])"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument. The last one of a function may stand for any number of them."""

    name: str
    kind: str
    is_optional: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One row of the catalogue. `example` is an expression and its value.

    `result` is a type word, `same` (as the first argument) or `common` (what all arguments have in
    common). `nulls` says what NULL arguments do.
    """

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    result: str
    meaning: Meaning
    example: tuple[str, object]
    nulls: str = NULL_WHEN_NULL
    note: str = ""

    @property
    def least(self) -> int:
        """The smallest number of arguments."""
        return sum(not parameter.is_optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """The largest number of arguments; None when there is no limit."""
        repeats = bool(self.parameters) and self.parameters[-1].repeats
        return None if repeats else len(self.parameters)

    @property
    def signature(self) -> str:
        """As it is shown: `substring(text, start [, count])`."""
        shown = ""
        for parameter in self.parameters:
            name = f"{parameter.name}, ..." if parameter.repeats else parameter.name
            comma = ", " if shown else ""
            optional = f" [{comma}{name}]" if shown else f"[{name}]"
            shown += optional if parameter.is_optional else f"{comma}{name}"
        return f"{self.name}({shown})"

    def takes(self, count: int) -> bool:
        """Whether it may be called with so many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)

    def parameter(self, index: int) -> Parameter:
        """What the argument of that place is."""
        return self.parameters[min(index, len(self.parameters) - 1)]


def row(
    group: str,
    signature: str,
    meaning: Meaning,
    example: tuple[str, object],
    nulls: str = NULL_WHEN_NULL,
    note: str = "",
) -> Function:
    """A row from its signature. Raises ValueError for one that cannot be read."""
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        raise ValueError(f"not a signature: {signature}")
    parts = [part for part in re.split(r", (?=\[?[a-z_0-9]+:)", found["inner"]) if part]
    parameters = []
    for part in parts:
        read = _PARAMETER.fullmatch(part)
        if read is None or read["kind"] not in KINDS:
            raise ValueError(f"not a parameter: {part}")
        parameters.append(
            Parameter(read["name"], read["kind"], bool(read["open"]), bool(read["dots"]))
        )
    return Function(
        found["name"], group, tuple(parameters), found["result"], meaning, example, nulls, note
    )
