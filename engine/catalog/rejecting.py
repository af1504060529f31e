"""The properties of components that can put bad rows aside."""

from typing import ClassVar, Literal

from pydantic import Field

from engine.catalog.base import Component
from engine.rejects import RejectRule


class Rejecting(Component):
    """A component with a port of rejected rows."""

    can_reject: ClassVar[bool] = True

    on_error: Literal["fail", "reject"] = Field(
        default="fail",
        description="What a bad row does: fail the run, or go out of the port rejects with the"
        " fields reject_component, reject_reason and reject_row (the row as JSON). Draw an edge"
        " with source_port rejects to keep them; else they are counted and some are logged.",
    )
    max_rejects: int | None = Field(
        default=None, ge=0, description="With more bad rows the run fails and nothing is delivered."
    )
    max_reject_percent: float | None = Field(
        default=None, ge=0, le=100, description="The same as a share of the component's rows."
    )

    def reject_rule(self) -> RejectRule | None:
        """The limits; None when bad rows fail the run."""
        if self.on_error == "fail":
            return None
        return RejectRule(self.max_rejects, self.max_reject_percent)
