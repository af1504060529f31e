"""Everything that is wrong with one call, told together."""

from common.errors import InvalidInput

MOST_LINES = 50


class Complaints:
    """Lines such as `components[2].name: is taken`, gathered before anything is refused."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, place: str, words: str) -> None:
        self._lines.append(f"{place}: {words}")

    @property
    def are_many(self) -> bool:
        """Whether more hints would help nobody; finding them costs time."""
        return len(self._lines) >= 10

    def settle(self) -> None:
        """Raises InvalidInput with a line for each complaint; does nothing without any."""
        if not self._lines:
            return
        shown = self._lines[:MOST_LINES]
        if more := len(self._lines) - len(shown):
            shown.append(f"and {more} more of this kind")
        raise InvalidInput("\n".join(shown))
