"""The sources of one region: opened together, told of while they are read, closed when done."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pyarrow as pa

from connections.drivers.base import DatabaseDriver, ReadColumn
from connections.drivers.rest import RestDriver
from connections.drivers.rest_records import rows as rest_rows
from connections.drivers.web import shown
from engine.backends.base import Backend
from engine.files.gathering import Gathered
from engine.flowing import FlowingSource
from engine.stages import ReadFiles, ReadRest, ReadTable, Stage
from engine.telling import Teller


class RegionRows:
    """The rows that leave a region, of which the first batch is known already."""

    def __init__(
        self, first: pa.RecordBatch | None, reader: pa.RecordBatchReader, done: Callable[[], None]
    ) -> None:
        self.schema = reader.schema
        self._first = first
        self._reader = reader
        self._done = done

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if self._first is not None:
            yield self._first
            yield from self._reader
        self._done()


class Sources:
    """`opened` holds what must be closed again: drivers, and that they are watched."""

    def __init__(self, tell: Teller, backend: Backend, opened: ExitStack) -> None:
        self.opened = opened
        self._tell = tell
        self._backend = backend
        self._flowing: dict[str, FlowingSource] = {}
        self._files: dict[str, tuple[Stage, int]] = {}
        self._fraction = 0.0

    def read_files(self, stage: Stage, work: ReadFiles, gathered: Gathered) -> None:
        """Note files that the backend reads itself."""
        size = gathered.size_bytes
        self._files[stage.component_id] = (stage, size)
        new = "new " if work.manifest_path else ""
        count = f"1 {new}file" if gathered.count == 1 else f"{gathered.count:,} {new}files"
        self._tell.log("INFO", stage, f"Reading {work.path} ({count}, {size:,} bytes).")

    def read_table(
        self, stage: Stage, work: ReadTable, driver: DatabaseDriver, stopped: Callable[[], bool]
    ) -> FlowingSource:
        """Begin to read rows of a database; the backend pulls them."""
        self._tell.log("INFO", stage, f"Reading {work.request.table or 'the result of a query'}.")
        flowing = FlowingSource(stage, driver.read(work.request), stopped)
        self._flowing[stage.component_id] = flowing
        self._tell.first_rows()
        return flowing

    def read_rest(
        self, stage: Stage, work: ReadRest, driver: RestDriver, stopped: Callable[[], bool]
    ) -> FlowingSource:
        """Begin to read the pages of a service; the backend pulls them."""
        self._tell.log("INFO", stage, f"Reading {shown(work.request.url)}.")
        asked = [ReadColumn(column.name, column.type) for column in work.columns]
        rows = rest_rows(driver, work.request, asked, self._tell.note(stage))
        flowing = FlowingSource(stage, rows, stopped)
        self._flowing[stage.component_id] = flowing
        return flowing

    def until_done(self, reader: pa.RecordBatchReader) -> "RegionRows":
        """The rows of the region; its sources are closed behind the last, so that they hold no
        lock while the destination ends its work. The first rows are computed at once."""
        first = next(reader, None)
        self._tell.first_rows()
        return RegionRows(first, reader, self.opened.close)

    def failed(self) -> FlowingSource | None:
        """The source that could not be read, if any."""
        return next((f for f in self._flowing.values() if f.failure is not None), None)

    def size_bytes(self, stage: Stage) -> int:
        """What came over the border."""
        if stage.component_id in self._flowing:
            return self._flowing[stage.component_id].size_bytes
        if stage.component_id in self._files:
            return self._files[stage.component_id][1]
        return 0

    def tell(self) -> None:
        """How far the sources are, while they are read."""
        for flowing in list(self._flowing.values()):
            self._tell.report(flowing.stage, "running", 0, flowing.row_count, flowing.size_bytes)
        self._fraction = max(self._fraction, self._backend.progress())
        for stage, size in list(self._files.values()):
            self._tell.report(stage, "running", 0, 0, int(size * self._fraction))
