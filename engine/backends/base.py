"""What a backend must do: compute rows as one stream, hand them out, stop when told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from engine.flowing import FlowingSource
from engine.plan import Plan
from engine.regions import Region
from engine.stages import ReadFiles, SourceColumn, Stage, Transform

if TYPE_CHECKING:
    from engine.files.ready import ReadyFile


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
    """One backend serves one run. All methods may raise BackendFailed or BackendInterrupted.

    Sources and transformations are only described to it, stage by stage; the rows are computed
    when the region that they belong to is kept or streamed.
    """

    def capabilities(self) -> Capabilities:
        """What this backend is."""

    def validate(self, plan: Plan) -> list[str]:
        """Reasons why this plan cannot run here; empty when it can."""

    def start(self, plan: Plan, files: Sequence[Path], *, keep_order: bool) -> None:
        """Get ready; `files` are all the local files the run may open, by real path.

        With `keep_order`, rows that are kept stay in the order in which they were computed.
        """

    def take_files(self, stage: Stage, work: ReadFiles, files: Sequence["ReadyFile"]) -> None:
        """The stage's rows are those of files that were made ready."""

    def take_rows(
        self, stage: Stage, columns: Sequence[SourceColumn], rows: pa.RecordBatch
    ) -> None:
        """The stage's rows are at hand."""

    def take_stream(
        self, stage: Stage, columns: Sequence[SourceColumn], source: FlowingSource
    ) -> None:
        """The stage's rows come from a stream, which is read only once."""

    def transform(self, stage: Stage, work: Transform) -> None:
        """The stage's rows are those of a query over earlier ones."""

    def keep(self, region: Region) -> None:
        """Compute a region and store the rows of its sink; of one that rejects, only the good
        rows, and the others as its rejects. A destination that rejects gives its rows later."""

    def put_aside(self, stage: Stage, rejects: Sequence[tuple[str, str]]) -> None:
        """Add rows that a foreign system refused to a stage's rejects: reason and row."""

    def rejects(self, stage: Stage, limit: int) -> list[tuple[str, str]]:
        """Some of the rows that a stage has put aside: reason and row."""

    def stream(self, region: Region) -> pa.RecordBatchReader:
        """Compute a region; the rows of its destination, in batches."""

    def settle(self, region: Region, rows: int) -> None:
        """Note that a region's stream has been read to its end, and gave so many rows."""

    def row_count(self, output: str) -> int:
        """Exact number of rows of a component whose region is computed, or of its rejects."""

    def progress(self) -> float:
        """About which part of its sources the current work has read, from 0 to 1; asked from
        another thread."""

    def blame(self, region: Region, error: Exception) -> BackendFailed | BackendInterrupted:
        """What an error raised while computing a region means, and which component is at fault."""

    def cancel(self) -> None:
        """Stop the current work, from another thread. May be called at any time."""

    def close(self) -> None:
        """Give everything back."""
