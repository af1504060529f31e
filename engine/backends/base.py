"""What a backend must do: take in rows, transform them, hand them out, stop when told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from engine.plan import Plan
from engine.stages import ReadFiles, SourceColumn, Stage, Transform, WriteTable


class BackendFailed(Exception):
    """The backend could not do a piece of work; `message` is fit to be shown.

    `component_id` names the component at fault when that is not the one being worked on.
    """

    def __init__(self, message: str, *, component_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.component_id = component_id


class BackendInterrupted(Exception):
    """Work ended because of `cancel`."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend is able to do besides the protocol."""

    name: str
    opens_local_files: bool
    distributed: bool


class Backend(Protocol):
    """One backend serves one run. All methods may raise BackendFailed or BackendInterrupted."""

    def capabilities(self) -> Capabilities:
        """What this backend is."""

    def validate(self, plan: Plan) -> list[str]:
        """Reasons why this plan cannot run here; empty when it can."""

    def start(self, plan: Plan, files: Sequence[Path]) -> None:
        """Get ready; `files` are all the local files the run may open, by real path."""

    def take_files(self, stage: Stage, work: ReadFiles, files: Sequence[Path]) -> None:
        """Read local files into the stage's relation."""

    def take_batch(
        self, stage: Stage, columns: Sequence[SourceColumn], batch: pa.RecordBatch
    ) -> None:
        """Put a batch behind those that the stage's relation holds already."""

    def take_stream(
        self, stage: Stage, columns: Sequence[SourceColumn], rows: pa.RecordBatchReader
    ) -> None:
        """Make rows that come later the stage's relation, which is then read only once.

        Nobody may ask for its `row_count`, nor for that of a stage that only passes it on.
        """

    def transform(self, stage: Stage, work: Transform) -> None:
        """Define the stage's relation by a query over earlier ones."""

    def judge(self, stage: Stage, work: WriteTable) -> None:
        """Make the good rows of a destination its relation, and put the others aside."""

    def put_aside(self, stage: Stage, rejects: Sequence[tuple[str, str]]) -> None:
        """Add rows that a foreign system refused to those that a stage puts aside: reason, row."""

    def rejects(self, stage: Stage, limit: int) -> list[tuple[str, str]]:
        """Some of the rows that a stage has put aside: reason and row."""

    def row_count(self, output: str) -> int:
        """Exact number of rows of a component whose stage is done, or of those it put aside."""

    def stream(self, stage: Stage, query: exp.Query) -> pa.RecordBatchReader:
        """The rows of a query, streamed in batches."""

    def blame(self, stage: Stage, error: BaseException) -> BackendFailed | BackendInterrupted:
        """What an error raised while streaming means, and which component is at fault."""

    def cancel(self) -> None:
        """Stop the current work, from another thread. May be called at any time."""

    def close(self) -> None:
        """Give everything back."""
