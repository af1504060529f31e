"""Sources whose rows flow straight through to one destination, never stored on the way.

That is possible where nothing but selects stands between them: then as many rows are delivered
as were read, each is needed once, and they are counted while they pass.
"""

from collections.abc import Callable, Iterator

import pyarrow as pa

from engine.plan import Plan
from engine.reporting import RunStopped
from engine.stages import ReadTable, Stage, Transform, WriteFiles, WriteTable


def straight_path(plan: Plan, source: Stage) -> tuple[Stage, ...]:
    """The stages after a table source up to its destination; empty when rows must be kept."""
    path: list[Stage] = []
    current = source
    if isinstance(source.work, ReadTable) and source.work.keeps:
        return ()
    while not isinstance(current.work, WriteTable | WriteFiles):
        readers = [stage for stage in plan.stages if current.component_id in stage.inputs]
        if plan.consumers(current.component_id) != 1 or not _passes_on(readers[0]):
            return ()
        current = readers[0]
        path.append(current)
    if _alters_what_is_read(source, current) or any(stage.rejects for stage in (source, *path)):
        return ()
    return tuple(path)


def _passes_on(stage: Stage) -> bool:
    if isinstance(stage.work, Transform):
        return stage.work.keeps_count and not stage.work.orders
    return True


def _alters_what_is_read(source: Stage, destination: Stage) -> bool:
    """A column is not added to a table while it is being read."""
    return (
        isinstance(source.work, ReadTable)
        and isinstance(destination.work, WriteTable)
        and source.work.connection_id == destination.work.connection_id
        and destination.work.target.add_columns
    )


class FlowingSource:
    """A source that is being read while its destination is being written."""

    def __init__(
        self,
        stage: Stage,
        selects: tuple[Stage, ...],
        rows: pa.RecordBatchReader,
        stopped: Callable[[], bool],
    ) -> None:
        self.stage = stage
        self.selects = selects
        self.row_count = 0
        self.size_bytes = 0
        self.failure: Exception | None = None
        self._rows = rows
        self._stopped = stopped

    def reader(self) -> pa.RecordBatchReader:
        """The rows, to be read once. What goes wrong in reading stays in `failure`, because the
        backend that pulls the rows would tell it as a failure of its own."""
        return pa.RecordBatchReader.from_batches(self._rows.schema, self._counted())

    def _counted(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._rows:
                if self._stopped():
                    raise RunStopped
                self.row_count += batch.num_rows
                self.size_bytes += batch.nbytes
                yield batch
        except Exception as error:
            self.failure = error
            raise
