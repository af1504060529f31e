"""The one way an expression is refused."""

from engine.problems import Problem


class ExpressionRefused(Exception):
    """Why a text is not an expression we run; carries the code, words and a hint of a Problem."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def problem(self, component_id: str, component_name: str, property_name: str) -> Problem:
        """The same, said of one property of one component."""
        return Problem(
            self.code, "error", component_id, component_name, property_name, self.message, self.hint
        )
