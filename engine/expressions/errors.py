"""The one way an expression is refused."""

from engine.problems import Problem

Place = tuple[int, int]
"""Line and column, both from 1."""


class ExpressionRefused(Exception):
    """Why a text is not an expression we run; carries the code, words and a hint of a Problem."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, place: Place | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return self.told

    @property
    def told(self) -> str:
        """The message with the place, where it is known."""
        if self.place is None:
            return self.message
        line, column = self.place
        where = f"column {column}" if line == 1 else f"line {line}, column {column}"
        return f"{self.message.rstrip('.')} (at {where})."

    def problem(self, component_id: str, component_name: str, property_name: str) -> Problem:
        """The same, said of one property of one component."""
        return Problem(
            self.code, "error", component_id, component_name, property_name, self.told, self.hint
        )


def place_in(text: str, start: int) -> Place:
    """Line and column of a character."""
    line = text.count("\n", 0, start) + 1
    return line, start - (text.rfind("\n", 0, start) + 1) + 1
