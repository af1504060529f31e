"""A plan is run: sources in, transforms, deliveries out, one stage after the other."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from common.errors import ProductError
from connections.drivers import AnyDriver
from connections.drivers.base import (
    DatabaseDriver,
    FileDriver,
    FileWrite,
    TableWrite,
    Writer,
    WriteToken,
)
from connections.drivers.failures import first_line
from engine.backends.base import Backend, BackendFailed, BackendInterrupted
from engine.delivery import Delivery, Flowing, delivered_before
from engine.files.gathering import Gathered, gather
from engine.files.manifest import Manifest
from engine.files.ready import Workshop
from engine.plan import Plan
from engine.reporting import (
    ComponentProgress,
    Events,
    Ledger,
    Level,
    RunStopped,
    StageFailed,
    Totals,
    WriteState,
)
from engine.stages import ReadFiles, ReadTable, Stage, Transform, WriteFiles, WriteTable
from engine.straight import FlowingSource, straight_path
from engine.watching import Watcher

__all__ = [
    "ComponentProgress",
    "Events",
    "Ledger",
    "RunStopped",
    "StageFailed",
    "Totals",
    "WriteState",
    "run_plan",
]

OpenDriver = Callable[[int], AnyDriver]


def run_plan(
    plan: Plan,
    *,
    run_id: int,
    backend: Backend,
    open_driver: OpenDriver,
    events: Events,
    ledger: Ledger,
    stopped: Callable[[], bool],
    work_dir: Path,
) -> Totals:
    """Run every stage and answer the totals. `work_dir` takes files that are fetched and unpacked.

    Raises StageFailed for a component that cannot do its work and RunStopped after a stop; both
    leave every delivery either wholly visible or not at all. `run_id` names the markers, so a
    repeated attempt of the same run must pass the same one.
    """
    with Watcher(stopped) as watcher, ExitStack() as held:
        try:
            run = _Run(plan, run_id, backend, open_driver, events, ledger, watcher, held, work_dir)
            return run.run()
        finally:
            backend.close()


class _Run:
    def __init__(
        self,
        plan: Plan,
        run_id: int,
        backend: Backend,
        open_driver: OpenDriver,
        events: Events,
        ledger: Ledger,
        watcher: Watcher,
        held: ExitStack,
        work_dir: Path,
    ) -> None:
        self._plan = plan
        self._run_id = run_id
        self._backend = backend
        self._open_driver = open_driver
        self._events = events
        self._ledger = ledger
        self._watcher = watcher
        self._totals = [0, 0, 0, 0]
        self._started: dict[str, datetime] = {}
        self._has_rows = False
        self._held = held
        self._flowing: dict[str, FlowingSource] = {}
        self._work_dir = work_dir

    def run(self) -> Totals:
        done = self._earlier_deliveries()
        needed = self._plan.needed(done)
        stages = [stage for stage in self._plan.stages if stage.component_id in needed]
        files = {
            stage.component_id: self._gathered(stage, stage.work, is_begun=bool(done))
            for stage in stages
            if isinstance(stage.work, ReadFiles)
        }
        paths = [file.path for gathered in files.values() for file in gathered.files]
        self._backend.start(self._plan, paths)
        for stage in stages:
            if self._watcher.is_stopped():
                raise RunStopped
            with self._working(stage):
                self._do(stage, files)
        self._remember_files()
        return Totals(*self._totals)

    def _earlier_deliveries(self) -> set[str]:
        """Destinations that an earlier attempt of this run completed."""
        done = set()
        for stage in self._plan.destinations:
            with self._working(stage), self._destination(stage) as (_, make_writer):
                rows = delivered_before(self._ledger, stage.component_id, make_writer)
            if rows is not None:
                done.add(stage.component_id)
                self._totals[1] += rows
                self._log("INFO", stage, f"{rows:,} rows were delivered by an earlier attempt.")
                self._report(stage, "completed", rows, rows, 0)
        return done

    def _do(self, stage: Stage, files: dict[str, Gathered]) -> None:
        self._started[stage.component_id] = datetime.now(UTC)
        work = stage.work
        if isinstance(work, ReadFiles):
            self._read_files(stage, work, files[stage.component_id])
        elif isinstance(work, ReadTable):
            self._read_table(stage, work)
        elif isinstance(work, Transform):
            self._transform(stage, work)
        else:
            self._deliver(stage, work)

    # Sources

    def _gathered(self, stage: Stage, work: ReadFiles, *, is_begun: bool) -> Gathered:
        """The files of a source, fetched and made ready before the backend closes its doors."""
        self._started[stage.component_id] = datetime.now(UTC)
        size = 0

        def arrived(count: int) -> None:
            nonlocal size
            size += count
            self._report(stage, "running", 0, 0, size)

        with ExitStack() as opened:
            opened.enter_context(self._working(stage))
            driver = _file_driver(opened.enter_context(self._driver(work.connection_id)))
            opened.enter_context(self._watcher.watching(driver))
            found = driver.list_files(work.path, work.bucket)
            if work.manifest_path:
                manifest = Manifest(driver, work, WriteToken(self._run_id, stage.component_id))
                found = manifest.chosen(found, is_begun=is_begun)
            elif not found:
                raise StageFailed(
                    stage.component_id,
                    stage.component_name,
                    f"The file {work.path} is no longer in {driver.connection_name}. Nothing was"
                    " written. Put the file back, or correct the path of"
                    f" {stage.component_name}.",
                )
            workshop = Workshop(self._work_dir / stage.relation, self._watcher.is_stopped)
            return gather(work, driver, found, workshop, arrived)

    def _read_files(self, stage: Stage, work: ReadFiles, gathered: Gathered) -> None:
        new = "new " if work.manifest_path else ""
        count = f"1 {new}file" if gathered.count == 1 else f"{gathered.count:,} {new}files"
        size = gathered.size_bytes
        self._log("INFO", stage, f"Reading {work.path} ({count}, {size:,} bytes).")
        self._report(stage, "running", 0, 0, size)
        with self._watcher.watching(self._backend):
            self._backend.take_files(stage, work, gathered.files)
        self._source_done(stage, self._backend.row_count(stage.component_id), size)

    def _remember_files(self) -> None:
        """Everything is delivered: the files of sources with a manifest count as read."""
        for stage in self._plan.sources:
            work = stage.work
            if isinstance(work, ReadFiles) and work.manifest_path:
                token = WriteToken(self._run_id, stage.component_id)
                with self._working(stage), self._driver(work.connection_id) as driver:
                    Manifest(_file_driver(driver), work, token).remember()

    def _read_table(self, stage: Stage, work: ReadTable) -> None:
        self._log("INFO", stage, f"Reading {work.request.table or 'the result of a query'}.")
        self._report(stage, "running", 0, 0, 0)
        with ExitStack() as opened:
            driver = _database_driver(opened.enter_context(self._driver(work.connection_id)))
            path = straight_path(self._plan, stage) if driver.reads_beside_writes else ()
            opened.enter_context(self._watcher.watching(driver))
            if path:
                self._let_flow(stage, work, driver, path)
                self._held.push(opened.pop_all())
            else:
                self._keep_rows(stage, work, driver)

    def _let_flow(
        self, stage: Stage, work: ReadTable, driver: DatabaseDriver, path: tuple[Stage, ...]
    ) -> None:
        """The rows are pulled by the delivery at the end of the path."""
        rows = driver.read(work.request)
        self._first_rows()
        source = FlowingSource(stage, path[:-1], rows, self._watcher.is_stopped)
        self._backend.take_stream(stage, work.columns, source.reader())
        for passed in path:
            self._flowing[passed.component_id] = source

    def _keep_rows(self, stage: Stage, work: ReadTable, driver: DatabaseDriver) -> None:
        size = 0
        with self._watcher.watching(self._backend):
            reader = driver.read(work.request)
            empty = pa.RecordBatch.from_pylist([], schema=reader.schema)
            self._backend.take_batch(stage, work.columns, empty)
            for batch in reader:
                if self._watcher.is_stopped():
                    raise RunStopped
                self._backend.take_batch(stage, work.columns, batch)
                self._first_rows()
                size += batch.nbytes
                self._report(stage, "running", 0, self._backend.row_count(stage.component_id), size)
        self._source_done(stage, self._backend.row_count(stage.component_id), size)

    def _source_done(self, stage: Stage, rows: int, size: int) -> None:
        self._first_rows()
        self._totals[0] += rows
        self._totals[2] += size
        self._log("INFO", stage, f"Read {rows:,} rows.")
        self._report(stage, "completed", rows, rows, size)

    def _first_rows(self) -> None:
        if not self._has_rows:
            self._has_rows = True
            self._events.first_batch()

    # Transforms

    def _transform(self, stage: Stage, work: Transform) -> None:
        if stage.component_id in self._flowing:
            self._report(stage, "running", 0, 0, 0)
            self._backend.transform(stage, work)
            return
        rows_in = sum(self._backend.row_count(component_id) for component_id in stage.inputs)
        self._report(stage, "running", rows_in, 0, 0)
        with self._watcher.watching(self._backend):
            self._backend.transform(stage, work)
        self._transformed(stage, rows_in, self._backend.row_count(stage.component_id))

    def _transformed(self, stage: Stage, rows_in: int, rows_out: int) -> None:
        self._log("INFO", stage, f"{rows_in:,} rows in, {rows_out:,} rows out.")
        self._report(stage, "completed", rows_in, rows_out, 0)

    # Destinations

    def _deliver(self, stage: Stage, work: WriteTable | WriteFiles) -> None:
        with self._destination(stage) as (driver, make_writer):
            writer = make_writer()
            delivery = Delivery(stage.component_id, writer, self._ledger, self._watcher)
            self._log("INFO", stage, f"Writing to {_target_words(work.target)}.")
            try:
                rows, size = self._load(stage, work, delivery, driver)
                delivery.commit(rows)
            except Exception:
                self._give_up(stage, delivery)
                raise
        self._totals[1] += rows
        self._totals[3] += size
        self._log("INFO", stage, f"Delivered {rows:,} rows to {_target_words(work.target)}.")
        self._report(stage, "completed", rows, rows, size)

    def _give_up(self, stage: Stage, delivery: Delivery) -> None:
        """Undo a delivery; what cannot be undone now is cleared by the next attempt."""
        try:
            delivery.give_up()
        except (ProductError, OSError) as error:
            self._log("WARN", stage, f"Could not clear up: {first_line(error)}")

    def _load(
        self, stage: Stage, work: WriteTable | WriteFiles, delivery: Delivery, driver: AnyDriver
    ) -> tuple[int, int]:
        with self._watcher.watching(driver), self._watcher.watching(self._backend):
            delivery.prepare()
            self._report(stage, "running", 0, 0, 0)
            source = self._flowing.get(stage.component_id)
            try:
                loaded = self._pump(stage, work, delivery, source)
            except (duckdb.Error, pa.ArrowException, OSError, BackendFailed) as error:
                if source is not None and source.failure is not None:
                    raise self._as_failure(source.stage, source.failure) from None
                if isinstance(error, BackendFailed):
                    raise
                raise self._backend.blame(stage, error) from None
        if source is not None:
            self._arrived(source)
        return loaded

    def _pump(
        self,
        stage: Stage,
        work: WriteTable | WriteFiles,
        delivery: Delivery,
        source: FlowingSource | None,
    ) -> tuple[int, int]:
        """When this returns or raises, nothing pulls rows from a source any more."""
        reader = self._backend.stream(stage, work.query)
        try:
            return delivery.load(reader, partial(self._loading, stage, source))
        finally:
            reader.close()

    def _arrived(self, source: FlowingSource) -> None:
        self._source_done(source.stage, source.row_count, source.size_bytes)
        for select in source.selects:
            self._transformed(select, source.row_count, source.row_count)

    def _loading(self, stage: Stage, source: FlowingSource | None, flowing: Flowing) -> None:
        if source is not None:
            self._report(source.stage, "running", 0, source.row_count, source.size_bytes)
        self._report(stage, "running", flowing.rows, flowing.rows, flowing.bytes)

    # Surroundings

    @contextmanager
    def _destination(self, stage: Stage) -> Iterator[tuple[AnyDriver, Callable[[], Writer]]]:
        """The driver of a destination and a way to make its writer."""
        work = stage.work
        if not isinstance(work, WriteTable | WriteFiles):
            raise TypeError(f"{stage.component_name} is not a destination")
        token = WriteToken(self._run_id, stage.component_id)
        note = partial(self._note, stage)
        with self._driver(work.connection_id) as driver:
            if isinstance(work, WriteTable):
                target = work.target
                yield driver, lambda: _database_driver(driver).writer(target, token, note)
            else:
                folder = work.target
                yield driver, lambda: _file_driver(driver).writer(folder, token, note)

    @contextmanager
    def _driver(self, connection_id: int) -> Iterator[AnyDriver]:
        driver = self._open_driver(connection_id)
        try:
            yield driver
        finally:
            driver.close()

    @contextmanager
    def _working(self, stage: Stage) -> Iterator[None]:
        """Every failure inside is told as this stage's, unless it was a stop."""
        try:
            yield
        except RunStopped:
            raise
        except (ProductError, BackendFailed, BackendInterrupted, StageFailed, OSError) as error:
            if self._watcher.is_stopped():
                raise RunStopped from None
            failed = self._as_failure(stage, error)
            self._log("ERROR", stage, failed.message)
            self._report(stage, "failed", 0, 0, 0)
            raise failed from error

    def _as_failure(self, stage: Stage, error: Exception) -> StageFailed:
        if isinstance(error, StageFailed):
            return error
        if isinstance(error, BackendFailed):
            at_fault = next(
                (s for s in self._plan.stages if s.component_id == error.component_id), stage
            )
            return StageFailed(at_fault.component_id, at_fault.component_name, error.message)
        message = error.message if isinstance(error, ProductError) else first_line(error)
        retryable = bool(getattr(error, "retryable", False))
        return StageFailed(stage.component_id, stage.component_name, message, retryable=retryable)

    def _note(self, stage: Stage, level: str, message: str) -> None:
        known: dict[str, Level] = {"DEBUG": "DEBUG", "WARN": "WARN", "ERROR": "ERROR"}
        self._log(known.get(level, "INFO"), stage, message)

    def _log(self, level: Level, stage: Stage, message: str) -> None:
        self._events.log(level, stage.component_name, message)

    def _report(self, stage: Stage, state: str, rows_in: int, rows_out: int, size: int) -> None:
        now = datetime.now(UTC)
        started = self._started.setdefault(stage.component_id, now)
        finished = None if state == "running" else now
        self._events.component(
            ComponentProgress(
                stage.component_id,
                "running" if state == "running" else "failed" if state == "failed" else "completed",
                None if isinstance(stage.work, ReadFiles | ReadTable) else rows_in,
                rows_out,
                size,
                started,
                finished,
            )
        )


def _target_words(target: TableWrite | FileWrite) -> str:
    if isinstance(target, FileWrite):
        return f"the directory {target.directory}"
    return f"the table {target.table} ({target.operation})"


def _file_driver(driver: AnyDriver) -> FileDriver:
    if not isinstance(driver, FileDriver):
        raise BackendFailed(f"{driver.connection_name} is not a file storage connection.")
    return driver


def _database_driver(driver: AnyDriver) -> DatabaseDriver:
    if not isinstance(driver, DatabaseDriver):
        raise BackendFailed(f"{driver.connection_name} is not a database connection.")
    return driver
