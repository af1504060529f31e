"""One destination's delivery, exactly once, whenever the process may die.

The order of marker, ledger and commit is the whole point; see `connections.drivers.base` for the
marker and `engine.reporting.Ledger` for the states.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from connections.drivers.base import Rejected, Writer
from engine.reporting import Ledger, RunStopped
from engine.watching import Watcher

_REPORT_SECONDS = 0.5


class Rows(Protocol):
    """Batches of one schema, to be read once."""

    @property
    def schema(self) -> pa.Schema:
        """That of every batch."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The batches in order."""


@dataclass(slots=True)
class Flowing:
    """What has passed so far."""

    rows: int = 0
    bytes: int = 0


def delivered_before(ledger: Ledger, component_id: str, writer: Callable[[], Writer]) -> int | None:
    """Rows that an earlier attempt made visible; None when the delivery is still to be done.

    After `committing`, the absence of the marker proves that the commit happened. What was to be
    done after the commit is done then, where it is still open.
    """
    state = ledger.state(component_id)
    if state is None or state.state == "prepared":
        return None
    rows = state.rows or 0
    earlier = writer()
    if state.state == "committing":
        if earlier.has_marker():
            return None
        ledger.committed(component_id, rows)
    earlier.finish()
    return rows


class Delivery:
    """Carries one stream of batches through one writer."""

    def __init__(self, component_id: str, writer: Writer, ledger: Ledger, watcher: Watcher) -> None:
        self._id = component_id
        self._writer = writer
        self._ledger = ledger
        self._watcher = watcher
        self._has_begun = False

    def prepare(self) -> None:
        """Make the marker, over what an earlier attempt left, and remember it.

        The ledger forgets `committing` before an old marker can go: else a death before the new
        one is made would look like a delivery.
        """
        state = self._ledger.state(self._id)
        if state is not None and state.state == "committing":
            self._ledger.prepared(self._id)
        self._writer.begin()
        self._has_begun = True
        self._ledger.prepared(self._id)

    def load(
        self, given: Rows, report: Callable[[Flowing], None], rejected: Rejected | None = None
    ) -> tuple[int, int]:
        """Hand every batch to the writer; rows and bytes that passed."""
        flowing = Flowing()
        rows = self._writer.load(given.schema, self._passing(given, flowing, report), rejected)
        if self._watcher.is_stopped():
            raise RunStopped
        return rows, flowing.bytes

    def _passing(
        self,
        given: Rows,
        flowing: Flowing,
        report: Callable[[Flowing], None],
    ) -> Iterator[pa.RecordBatch]:
        last = time.monotonic()
        for batch in given:
            if self._watcher.is_stopped():
                raise RunStopped
            yield batch
            flowing.rows += batch.num_rows
            flowing.bytes += batch.nbytes
            if time.monotonic() - last > _REPORT_SECONDS:
                last = time.monotonic()
                report(flowing)

    def commit(self, rows: int) -> None:
        """Make the rows visible. From here on the run is no longer stopped."""
        self._ledger.committing(self._id, rows)
        try:
            self._writer.commit()
        except Exception:
            if self._writer.has_marker():
                raise
        self._ledger.committed(self._id, rows)

    def finish(self) -> None:
        """Do what the user wants done once the rows are visible; they stay when it fails."""
        self._writer.finish()

    def give_up(self) -> None:
        """Undo everything after a failure.

        The ledger goes back to `prepared` first: were the marker removed while the ledger says
        `committing`, a later attempt would take the rows for delivered. While nobody can be asked
        for the marker, the commit may have happened: then everything stays for a later attempt to
        find out. Before the marker is made there is nothing to undo, and no reason to wait for
        whoever holds the target.
        """
        if not self._has_begun:
            return
        state = self._ledger.state(self._id)
        if state is not None and state.state == "committing":
            if not self._writer.has_marker():
                return
            self._ledger.prepared(self._id)
        self._writer.discard()
