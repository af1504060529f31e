"""Rows put aside: what is known of them, and when there are too many.

A component that rejects hands bad rows out of a port of its own instead of failing. They have three
fields, whatever the component: its name, the reason, and the row as it was, as JSON.
"""

from dataclasses import dataclass
from typing import Final

from engine.fields import Field, Fields

PORT: Final = "rejects"
"""The outgoing port of rejected rows."""

REJECT_FIELDS: Final = Fields(
    (
        Field("reject_component", "string"),
        Field("reject_reason", "string"),
        Field("reject_row", "json"),
    )
)

SAMPLE_ROWS: Final = 5
"""How many rejected rows are shown in the log when nobody takes them."""

MAX_REFUSED: Final = 100_000
"""Most rows that a database itself may refuse in one delivery: they are remembered in memory."""


@dataclass(frozen=True, slots=True)
class RejectRule:
    """How many rows may be rejected; None is no limit."""

    most: int | None = None
    percent: float | None = None

    def exceeded_by(self, rejected: int, rows: int) -> str | None:
        """Which limit so many of so many rows are over, in words."""
        if self.most is not None and rejected > self.most:
            return f"max_rejects is {self.most:,}"
        if self.percent is not None and rejected * 100 > self.percent * rows:
            return f"max_reject_percent is {self.percent:g}"
        return None


@dataclass(frozen=True, slots=True)
class Check:
    """What is told of a row when one outgoing value cannot be had, and what it has to be."""

    field: str
    failing: str
    required: bool = False
    length: int | None = None


def rejects_of(component_id: str) -> str:
    """The name of a component's rejected rows among the inputs of stages."""
    return f"{component_id}:{PORT}"


def component_of(output: str) -> str:
    """The component whose rows, or rejected rows, an input of a stage is."""
    return output.partition(":")[0]
