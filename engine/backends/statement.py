"""One SQL statement for many stages: a named query for each, on lines of its own."""

from engine.backends.source_sql import name
from engine.stages import Stage


class Statement:
    """A WITH statement that remembers which lines came from which stage."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._ends: list[tuple[int, Stage]] = []
        self._lines = 0
        self._final = ""

    def add(self, stage: Stage, query: str) -> None:
        """A stage's rows, over those of the stages before."""
        part = f"{name(stage.relation)} AS NOT MATERIALIZED ({query})"
        self._parts.append(part)
        self._lines += part.count("\n") + 1
        self._ends.append((self._lines, stage))

    def end(self, final: str) -> None:
        """The query of the whole."""
        self._final = final

    @property
    def text(self) -> str:
        """The statement; its first line is the first stage's."""
        if not self._parts:
            return self._final
        named = ",\n".join(self._parts)
        return f"WITH {named}\n{self._final}"

    def at_line(self, line: int) -> Stage | None:
        """The stage that a line belongs to, counted from 1; None behind the last."""
        return next((stage for end, stage in self._ends if line <= end), None)
