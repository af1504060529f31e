"""A plan is run: region after region, each as one stream from its sources into its sink."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from common.errors import ProductError
from connections.drivers import AnyDriver
from connections.drivers.base import (
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
from engine.regions import Region, Regions
from engine.reporting import (
    ComponentProgress,
    Events,
    Ledger,
    RunStopped,
    StageFailed,
    Totals,
    WriteState,
)
from engine.sending import Sending
from engine.showing import as_batch, show
from engine.sources import Sources
from engine.stages import (
    Delivered,
    ReadFiles,
    ReadRest,
    ReadRows,
    ReadTable,
    Stage,
    Transform,
    WriteLog,
    WriteRest,
    WriteTable,
)
from engine.targets import (
    as_failure,
    database_driver,
    file_driver,
    rest_driver,
    target_words,
    writer_for,
)
from engine.telling import Teller
from engine.watching import Watcher, pulse

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

OpenDriver = Callable[[int | None], AnyDriver]


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
    with Watcher(stopped) as watcher:
        try:
            run = _Run(plan, run_id, backend, open_driver, events, ledger, watcher, work_dir)
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
        work_dir: Path,
    ) -> None:
        self._plan = plan
        self._run_id = run_id
        self._backend = backend
        self._open_driver = open_driver
        self._ledger = ledger
        self._watcher = watcher
        self._tell = Teller(events)
        self._files: dict[str, Gathered] = {}
        self._work_dir = work_dir

    def run(self) -> Totals:
        done = self._earlier_deliveries()
        plan = self._plan.without(done)
        if plan.stages:
            self._run_stages(plan, is_begun=bool(done))
        self._remember_files()
        return self._tell.totals()

    def _run_stages(self, plan: Plan, *, is_begun: bool) -> None:
        regions = Regions(plan)
        for stage in plan.stages:
            if isinstance(stage.work, ReadFiles):
                gathered = self._gathered(stage, stage.work, is_begun=is_begun)
                self._files[stage.component_id] = gathered
        files = [file.path for gathered in self._files.values() for file in gathered.files]
        self._backend.start(plan, files, keep_order=regions.keeps_order)
        for sink in regions.sinks():
            for source in self._to_be_kept_before(regions.ending_at(sink)):
                self._compute(regions.keep(source))
            self._compute(regions.ending_at(sink))

    def _earlier_deliveries(self) -> set[str]:
        """Destinations that an earlier attempt of this run completed."""
        done = set()
        for stage in self._plan.destinations:
            if isinstance(stage.work, WriteLog):
                continue
            with (
                self._working(stage),
                self._destination(stage) as (driver, make_writer),
                self._watcher.watching(driver),
            ):
                rows = delivered_before(self._ledger, stage.component_id, make_writer)
            if rows is not None:
                done.add(stage.component_id)
                message = f"{rows:,} rows were delivered by an earlier attempt."
                self._tell.delivered(stage, rows, 0, message)
        return done

    def _gathered(self, stage: Stage, work: ReadFiles, *, is_begun: bool) -> Gathered:
        """The files of a source, fetched and made ready before the backend closes its doors."""
        with ExitStack() as opened:
            opened.enter_context(self._working(stage))
            driver = file_driver(opened.enter_context(self._driver(work.connection_id)))
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
            return gather(work, driver, found, workshop, partial(self._tell.arrived, stage))

    def _remember_files(self) -> None:
        """Everything is delivered: the files of sources with a manifest count as read."""
        for stage in self._plan.sources:
            work = stage.work
            if isinstance(work, ReadFiles) and work.manifest_path:
                token = WriteToken(self._run_id, stage.component_id)
                with self._working(stage), self._driver(work.connection_id) as driver:
                    Manifest(file_driver(driver), work, token).remember()

    def _to_be_kept_before(self, region: Region) -> list[Stage]:
        """Database sources that must be read to their end before the destination is written."""
        kept = []
        for stage in region.members:
            if isinstance(stage.work, ReadTable) and isinstance(region.sink.work, WriteTable):
                with self._working(stage), self._driver(stage.work.connection_id) as driver:
                    flows = database_driver(driver).reads_beside_writes
                if not flows or _alters_what_is_read(stage.work, region.sink.work):
                    kept.append(stage)
        return kept

    # Regions

    def _compute(self, region: Region) -> None:
        if self._watcher.is_stopped():
            raise RunStopped
        with ExitStack() as opened:
            sources = Sources(self._tell, self._backend, opened)
            for stage in region.members:
                with self._working(stage):
                    self._describe(stage, sources)
            with self._working(region.sink), pulse(sources.tell):
                finish = self._fill_sink(region, sources)
            for stage in region.members:
                self._tell_of(stage, sources)
            finish()

    def _fill_sink(self, region: Region, sources: Sources) -> Callable[[], None]:
        """Let the rows flow; answers what tells of a destination when all before it is told."""
        if isinstance(region.sink.work, Delivered):
            return self._deliver(region, sources)
        with self._watcher.watching(self._backend), self._blaming(region, sources):
            if isinstance(region.sink.work, WriteLog):
                return self._show(region, region.sink.work)
            self._backend.keep(region)
        return lambda: None

    def _describe(self, stage: Stage, sources: Sources) -> None:
        work = stage.work
        self._tell.begun(stage)
        if isinstance(work, ReadFiles):
            gathered = self._files[stage.component_id]
            sources.read_files(stage, work, gathered)
            self._backend.take_files(stage, work, gathered.files)
        elif isinstance(work, ReadTable):
            driver = database_driver(sources.opened.enter_context(self._driver(work.connection_id)))
            sources.opened.enter_context(self._watcher.watching(driver))
            flowing = sources.read_table(stage, work, driver, self._watcher.is_stopped)
            self._backend.take_stream(stage, work.columns, flowing)
        elif isinstance(work, ReadRest):
            service = rest_driver(sources.opened.enter_context(self._driver(work.connection_id)))
            sources.opened.enter_context(self._watcher.watching(service))
            flowing = sources.read_rest(stage, work, service, self._watcher.is_stopped)
            self._backend.take_stream(stage, work.columns, flowing)
        elif isinstance(work, ReadRows):
            self._backend.take_rows(stage, work.columns, as_batch(work))
        elif isinstance(work, Transform):
            self._backend.transform(stage, work)

    def _tell_of(self, stage: Stage, sources: Sources) -> None:
        rows = self._backend.row_count(stage.component_id)
        if isinstance(stage.work, Transform):
            rows_in = sum(self._backend.row_count(id_) for id_ in stage.inputs)
            self._tell.transformed(stage, rows_in, rows)
        else:
            self._tell.read(stage, rows, sources.size_bytes(stage))

    @contextmanager
    def _blaming(self, region: Region, sources: Sources) -> Iterator[None]:
        """Errors of the engine become those of the component at fault."""
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError, BackendFailed) as error:
            if (flowing := sources.failed()) is not None and flowing.failure is not None:
                raise as_failure(self._plan, flowing.stage, flowing.failure) from None
            if isinstance(error, BackendFailed):
                raise
            raise self._backend.blame(region, error) from None

    # Destinations

    def _show(self, region: Region, work: WriteLog) -> Callable[[], None]:
        stage = region.sink
        self._tell.begun(stage)
        log = partial(self._tell.log, "INFO", stage)
        with self._backend.stream(region) as reader:
            rows, shown = show(reader, work.row_count, log, self._watcher.is_stopped)
            self._backend.settle(region, rows)
        return partial(self._tell.shown, stage, rows, shown)

    def _deliver(self, region: Region, sources: Sources) -> Callable[[], None]:
        stage, work = region.sink, region.sink.work
        if not isinstance(work, Delivered):
            raise TypeError(f"{stage.component_name} is not a destination")
        with self._destination(stage) as (driver, make_writer):
            kind = Sending if isinstance(work, WriteRest) else Delivery
            delivery = kind(stage.component_id, make_writer(), self._ledger, self._watcher)
            place = target_words(work.target)
            self._tell.begun(stage)
            try:
                with self._watcher.watching(driver), self._watcher.watching(self._backend):
                    rows, size = self._load(region, sources, delivery, place)
                with self._watcher.watching(driver) if kind is Sending else nullcontext():
                    delivery.commit(rows)
            except Exception:
                self._give_up(stage, delivery)
                raise
            with self._watcher.watching(driver):
                delivery.finish()
        message = f"Delivered {rows:,} rows to {place}."
        return partial(self._tell.delivered, stage, rows, size, message)

    def _load(
        self, region: Region, sources: Sources, delivery: Delivery, place: str
    ) -> tuple[int, int]:
        """The first rows are computed before the destination is opened, so that nobody has to wait
        for its locks meanwhile. When this returns or raises, nothing pulls from a source."""
        with self._blaming(region, sources), ExitStack() as reading:
            reader = reading.enter_context(self._backend.stream(region))
            given = sources.until_done(reader)
            self._tell.log("INFO", region.sink, f"Writing to {place}.")
            delivery.prepare()
            rows, size = delivery.load(given, partial(self._loading, region.sink))
            self._backend.settle(region, rows)
        return rows, size

    def _loading(self, stage: Stage, flowing: Flowing) -> None:
        self._tell.report(stage, "running", flowing.rows, flowing.rows, flowing.bytes)

    def _give_up(self, stage: Stage, delivery: Delivery) -> None:
        """Undo a delivery; what cannot be undone now is cleared by the next attempt."""
        try:
            delivery.give_up()
        except (ProductError, OSError) as error:
            self._tell.log("WARN", stage, f"Could not clear up: {first_line(error)}")

    # Surroundings

    @contextmanager
    def _destination(self, stage: Stage) -> Iterator[tuple[AnyDriver, Callable[[], Writer]]]:
        """The driver of a destination and a way to make its writer."""
        work = stage.work
        if not isinstance(work, Delivered):
            raise TypeError(f"{stage.component_name} is not a destination")
        token = WriteToken(self._run_id, stage.component_id)
        note = self._tell.note(stage)
        with self._driver(work.connection_id) as driver:
            yield driver, writer_for(work, driver, token, note)

    @contextmanager
    def _driver(self, connection_id: int | None) -> Iterator[AnyDriver]:
        driver = self._open_driver(connection_id)
        try:
            yield driver
        finally:
            driver.close()

    @contextmanager
    def _working(self, stage: Stage) -> Iterator[None]:
        """A failure inside is told as this stage's, unless it names another or it was a stop."""
        try:
            yield
        except RunStopped:
            raise
        except (ProductError, BackendFailed, BackendInterrupted, StageFailed, OSError) as error:
            if self._watcher.is_stopped():
                raise RunStopped from None
            failed = as_failure(self._plan, stage, error)
            self._tell.failed(self._stage(failed.component_id), failed)
            raise failed from error

    def _stage(self, component_id: str) -> Stage:
        return next(s for s in self._plan.stages if s.component_id == component_id)


def _alters_what_is_read(read: ReadTable, write: WriteTable) -> bool:
    """A column is not added to a table while it is being read."""
    return read.connection_id == write.connection_id and write.target.add_columns
