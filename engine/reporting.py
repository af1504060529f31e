"""How a running plan speaks to its surroundings, and how it ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Level = Literal["DEBUG", "INFO", "WARN", "ERROR"]


@dataclass(frozen=True, slots=True)
class ComponentProgress:
    """How far one component is. `bytes` counts what crossed the border to a foreign system.

    `rows_in` is None for a source: nothing in the flow comes before it.
    """

    component_id: str
    state: Literal["running", "completed", "failed"]
    rows_in: int | None
    rows_out: int
    bytes: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class WriteState:
    """The last thing durably known of one delivery. `rows` is known from `committing` on."""

    state: Literal["prepared", "committing", "committed"]
    rows: int | None = None


class Ledger(Protocol):
    """Durable memory of deliveries; each call returns only when its fact is stored."""

    def state(self, component_id: str) -> WriteState | None:
        """The last known state, from an earlier attempt of the same run."""

    def prepared(self, component_id: str) -> None:
        """The marker exists in the foreign system."""

    def committing(self, component_id: str, rows: int) -> None:
        """All rows are loaded; the commit comes next."""

    def committed(self, component_id: str, rows: int) -> None:
        """The rows are visible and the marker is gone."""


class Events(Protocol):
    """Where log lines and progress go. Texts of foreign systems come as they are."""

    def log(self, level: Level, component_name: str | None, message: str) -> None:
        """One line about a component, or about the run."""

    def component(self, progress: ComponentProgress) -> None:
        """The newest figures of a component."""

    def first_batch(self) -> None:
        """The first rows have arrived in the engine; called once."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows and bytes over the borders, all sources and all destinations together."""

    rows_read: int
    rows_written: int
    bytes_read: int
    bytes_written: int


class StageFailed(Exception):
    """A component could not do its work; the run ends and nothing of it becomes visible."""

    def __init__(
        self, component_id: str, component_name: str, message: str, *, retryable: bool = False
    ) -> None:
        super().__init__(component_id, component_name, message, retryable)
        self.component_id = component_id
        self.component_name = component_name
        self.message = message
        self.retryable = retryable

    def __str__(self) -> str:
        return f"{self.component_name}: {self.message}"


class RunStopped(Exception):
    """The run was asked to stop and did; what was not committed is rolled back."""
