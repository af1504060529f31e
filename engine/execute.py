"""A plan is run: sources in, transforms, deliveries out, one stage after the other."""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from common.errors import ProductError
from connections.drivers import AnyDriver
from connections.drivers.base import (
    DatabaseDriver,
    Writer,
    WriteToken,
)
from connections.drivers.failures import first_line
from engine.backends.base import Backend, BackendFailed, BackendInterrupted
from engine.delivery import Delivery, Flowing, delivered_before
from engine.opened import database_driver, file_driver, target_words
from engine.plan import Plan
from engine.putting_aside import Refused, judged_rows, settle
from engine.rejects import rejects_of
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
from engine.scope import relation
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
) -> Totals:
    """Run every stage and answer the totals.

    Raises StageFailed for a component that cannot do its work and RunStopped after a stop; both
    leave every delivery either wholly visible or not at all. `run_id` names the markers, so a
    repeated attempt of the same run must pass the same one.
    """
    with Watcher(stopped) as watcher, ExitStack() as held:
        try:
            return _Run(plan, run_id, backend, open_driver, events, ledger, watcher, held).run()
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
        self._needed: set[str] = set()
        self._tried: dict[str, list[tuple[str, str]]] = {}

    def run(self) -> Totals:
        done = self._earlier_deliveries()
        needed = self._needed = self._plan.needed(done)
        stages = [stage for stage in self._plan.in_order() if stage.component_id in needed]
        files = {
            stage.component_id: self._files(stage, stage.work)
            for stage in stages
            if isinstance(stage.work, ReadFiles)
        }
        self._backend.start(self._plan, [path for paths in files.values() for path in paths])
        later = [stage for stage in stages if self._is_tried_first(stage, needed)]
        try:
            for stage in [*stages, *later]:
                if self._watcher.is_stopped():
                    raise RunStopped
                with self._working(stage):
                    self._do(stage, files)
        except Exception:
            self._forget_trials()
            raise
        return Totals(*self._totals)

    def _is_tried_first(self, stage: Stage, needed: Collection[str]) -> bool:
        """A destination whose refused rows others deliver commits after them: an attempt that
        finds it committed has nothing left to find out."""
        return isinstance(stage.work, WriteTable) and any(
            rejects_of(stage.component_id) in other.inputs and other.component_id in needed
            for other in self._plan.stages
        )

    def _earlier_deliveries(self) -> set[str]:
        """Destinations that an earlier attempt of this run completed."""
        done = set()
        for stage in self._plan.destinations:
            with (
                self._working(stage),
                self._destination(stage) as (driver, make_writer),
                self._watcher.watching(driver),
            ):
                rows = delivered_before(self._ledger, stage.component_id, make_writer)
            if rows is not None:
                done.add(stage.component_id)
                self._totals[1] += rows
                self._log("INFO", stage, f"{rows:,} rows were delivered by an earlier attempt.")
                self._report(stage, "completed", rows, rows, 0)
        return done

    def _do(self, stage: Stage, files: dict[str, list[Path]]) -> None:
        self._started[stage.component_id] = datetime.now(UTC)
        work = stage.work
        if isinstance(work, ReadFiles):
            self._read_files(stage, work, files[stage.component_id])
        elif isinstance(work, ReadTable):
            self._read_table(stage, work)
        elif isinstance(work, Transform):
            self._transform(stage, work)
        elif (
            isinstance(work, WriteTable)
            and stage.component_id not in self._tried
            and self._is_tried_first(stage, self._needed)
        ):
            self._try(stage, work)
        else:
            self._deliver(stage, work)

    # Sources

    def _files(self, stage: Stage, work: ReadFiles) -> list[Path]:
        with self._working(stage), self._driver(work.connection_id) as driver:
            paths = file_driver(driver).local_paths(work.path)
            if not paths:
                raise StageFailed(
                    stage.component_id,
                    stage.component_name,
                    f"The file {work.path} is no longer in {driver.connection_name}. Nothing was"
                    " written. Put the file back, or correct the path of"
                    f" {stage.component_name}.",
                )
            return paths

    def _read_files(self, stage: Stage, work: ReadFiles, paths: list[Path]) -> None:
        size = sum(path.stat().st_size for path in paths)
        count = f"{len(paths)} files" if len(paths) > 1 else "1 file"
        self._log("INFO", stage, f"Reading {work.path} ({count}, {size:,} bytes).")
        self._report(stage, "running", 0, 0, 0)
        with self._watcher.watching(self._backend):
            self._backend.take_files(stage, work, paths)
        self._source_done(stage, self._backend.row_count(stage.component_id), size)

    def _read_table(self, stage: Stage, work: ReadTable) -> None:
        self._log("INFO", stage, f"Reading {work.request.table or 'the result of a query'}.")
        self._report(stage, "running", 0, 0, 0)
        with ExitStack() as opened:
            driver = database_driver(opened.enter_context(self._driver(work.connection_id)))
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
        refused = Refused(stage) if stage.rejects else None
        with self._watcher.watching(self._backend):
            reader = driver.read(work.request, refused)
            empty = pa.RecordBatch.from_pylist([], schema=reader.schema)
            self._backend.take_batch(stage, work.columns, empty)
            for batch in reader:
                if self._watcher.is_stopped():
                    raise RunStopped
                self._backend.take_batch(stage, work.columns, batch)
                self._first_rows()
                size += batch.nbytes
                self._report(stage, "running", 0, self._backend.row_count(stage.component_id), size)
            if refused is not None:
                self._backend.put_aside(stage, refused.rows)
        self._source_done(stage, self._backend.row_count(stage.component_id), size)

    def _source_done(self, stage: Stage, rows: int, size: int) -> None:
        self._first_rows()
        if stage.rejects is not None:
            rows = judged_rows(self._backend, stage)
            settle(self._plan, stage, self._backend, self._events, rows)
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
        settle(self._plan, stage, self._backend, self._events, rows_in)
        self._log("INFO", stage, f"{rows_in:,} rows in, {rows_out:,} rows out.")
        self._report(stage, "completed", rows_in, rows_out, 0)

    # Destinations

    def _deliver(self, stage: Stage, work: WriteTable | WriteFiles) -> None:
        with self._destination(stage) as (driver, make_writer):
            writer = make_writer()
            delivery = Delivery(stage.component_id, writer, self._ledger, self._watcher)
            self._log("INFO", stage, f"Writing to {target_words(work.target)}.")
            try:
                rows, size = self._load(stage, work, delivery, driver)
                delivery.commit(rows)
            except Exception:
                self._give_up(stage, delivery)
                raise
            with self._watcher.watching(driver):
                delivery.finish()
        self._totals[1] += rows
        self._totals[3] += size
        self._log("INFO", stage, f"Delivered {rows:,} rows to {target_words(work.target)}.")
        rows_in = rows + self._put_aside(stage)
        self._report(stage, "completed", rows_in, rows, size)

    def _put_aside(self, stage: Stage) -> int:
        is_rejecting = stage.rejects is not None
        return self._backend.row_count(rejects_of(stage.component_id)) if is_rejecting else 0

    def _try(self, stage: Stage, work: WriteTable) -> None:
        """Load a delivery only to learn which rows are refused; its marker stays."""
        with self._destination(stage) as (driver, make_writer):
            delivery = Delivery(stage.component_id, make_writer(), self._ledger, self._watcher)
            try:
                self._load(stage, work, delivery, driver)
            except Exception:
                self._give_up(stage, delivery)
                raise

    def _forget_trials(self) -> None:
        """After a failure, remove the markers of deliveries that were only tried."""
        for stage in self._plan.destinations:
            state = self._ledger.state(stage.component_id)
            if stage.component_id in self._tried and state == WriteState("prepared"):
                with suppress(ProductError), self._destination(stage) as (_, make_writer):
                    make_writer().discard()

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
                if stage.rejects is not None and isinstance(work, WriteTable):
                    loaded = self._load_good_rows(stage, work, delivery)
                else:
                    loaded = self._pump(stage, work.query, delivery, source)
            except (duckdb.Error, pa.ArrowException, OSError, BackendFailed) as error:
                if source is not None and source.failure is not None:
                    raise self._as_failure(source.stage, source.failure) from None
                if isinstance(error, BackendFailed):
                    raise
                raise self._backend.blame(stage, error) from None
        if source is not None:
            self._arrived(source)
        return loaded

    def _load_good_rows(
        self, stage: Stage, work: WriteTable, delivery: Delivery
    ) -> tuple[int, int]:
        """Deliver what passes the checks and is not refused; the second time, the same rows."""
        known = self._tried.get(stage.component_id)
        if known is None:
            self._backend.judge(stage, work)
        refused = Refused(stage)
        query = exp.select("*").from_(relation(stage.relation))
        loaded = self._pump(stage, query, delivery, None, refused)
        if known is None:
            self._tried[stage.component_id] = refused.rows
            rows = judged_rows(self._backend, stage)
            self._backend.put_aside(stage, refused.rows)
            settle(self._plan, stage, self._backend, self._events, rows)
        elif sorted(known) != sorted(refused.rows):
            raise BackendFailed(
                "The database refuses other rows than before, so the table has changed meanwhile."
                " Nothing was delivered. Run it again."
            )
        return loaded

    def _pump(
        self,
        stage: Stage,
        query: exp.Query,
        delivery: Delivery,
        source: FlowingSource | None,
        refused: Refused | None = None,
    ) -> tuple[int, int]:
        """When this returns or raises, nothing pulls rows from a source any more."""
        reader = self._backend.stream(stage, query)
        try:
            return delivery.load(reader, partial(self._loading, stage, source), refused)
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
                yield driver, lambda: database_driver(driver).writer(target, token, note)
            else:
                folder = work.target
                yield driver, lambda: file_driver(driver).writer(folder, token, note)

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
