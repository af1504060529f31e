"""A database source whose rows are read while they are used."""

from collections import deque
from collections.abc import Callable, Iterator

import pyarrow as pa

from engine.reporting import RunStopped
from engine.stages import Stage

_REMEMBERED_BATCHES = 4


class FlowingSource:
    """Rows on their way into a query, counted while they pass.

    `recent` are the batches that passed last: when a row cannot be computed it is among them.
    """

    def __init__(
        self, stage: Stage, rows: pa.RecordBatchReader, stopped: Callable[[], bool]
    ) -> None:
        self.stage = stage
        self.row_count = 0
        self.size_bytes = 0
        self.failure: Exception | None = None
        self.recent: deque[pa.RecordBatch] = deque(maxlen=_REMEMBERED_BATCHES)
        self.schema = rows.schema
        self._rows = rows
        self._stopped = stopped

    def reader(self) -> pa.RecordBatchReader:
        """The rows, to be read once. What goes wrong in reading stays in `failure`, because the
        backend that pulls the rows would tell it as a failure of its own."""
        return pa.RecordBatchReader.from_batches(self.schema, self._counted())

    def _counted(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._rows:
                if self._stopped():
                    raise RunStopped
                self.row_count += batch.num_rows
                self.size_bytes += batch.nbytes
                self.recent.append(batch)
                yield batch
        except Exception as error:
            self.failure = error
            raise
