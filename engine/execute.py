"""A plan is run: region after region, each as one stream from its sources into its sink."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from common.errors import ProductError
from connections.drivers.failures import first_line
from engine.backends.base import Backend, BackendFailed
from engine.delivery import Delivery, Flowing, delivered_before
from engine.files.gathering import Gathered, gather
from engine.files.manifest import Manifest
from engine.files.ready import Workshop
from engine.plan import Plan
from engine.putting_aside import Refused, judged_rows, settle
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
from engine.surroundings import OpenDriver, Surroundings
from engine.targets import (
    as_failure,
    database_driver,
    file_driver,
    rest_driver,
    target_words,
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
    secrets: frozenset[str] = frozenset(),
) -> Totals:
    """Run every stage and answer the totals. `work_dir` takes files that are fetched and unpacked;
    `secrets` are masked in what is written about the run.

    Raises StageFailed for a component that cannot do its work and RunStopped after a stop; both
    leave every delivery either wholly visible or not at all. `run_id` names the markers, so a
    repeated attempt of the same run must pass the same one.
    """
    with Watcher(stopped) as watcher:
        try:
            run = _Run(
                plan, run_id, backend, open_driver, events, ledger, watcher, work_dir, secrets
            )
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
        secrets: frozenset[str],
    ) -> None:
        self._plan = plan
        self._backend = backend
        self._ledger = ledger
        self._watcher = watcher
        self._tell = Teller(events)
        self._around = Surroundings(
            plan, run_id, open_driver, watcher, self._tell, work_dir / "answers", secrets
        )
        self._files: dict[str, Gathered] = {}
        self._work_dir = work_dir
        self._tried: dict[str, list[tuple[str, str]]] = {}

    def run(self) -> Totals:
        done = self._earlier_deliveries()
        plan = self._plan.without(done)
        if plan.stages:
            plan = Plan(tuple(plan.in_order()), plan.warnings)
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
        try:
            for sink in regions.sinks():
                for source in self._to_be_kept_before(regions.ending_at(sink)):
                    self._compute(regions.keep(source))
                self._compute(regions.ending_at(sink))
                if sink.rejects is not None and isinstance(sink.work, WriteTable):
                    self._deliver_good_rows(sink, only_try=plan.keeps_rejects(sink))
            for stage in [s for s in plan.destinations if s.component_id in self._tried]:
                if plan.keeps_rejects(stage):
                    self._deliver_good_rows(stage, only_try=False)
        except Exception:
            self._forget_trials()
            raise

    def _earlier_deliveries(self) -> set[str]:
        """Destinations that an earlier attempt of this run completed."""
        done = set()
        for stage in self._plan.destinations:
            if isinstance(stage.work, WriteLog):
                continue
            with (
                self._around.working(stage),
                self._around.destination(stage) as (driver, make_writer),
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
            opened.enter_context(self._around.working(stage))
            driver = file_driver(opened.enter_context(self._around.driver(work.connection_id)))
            opened.enter_context(self._watcher.watching(driver))
            found = driver.list_files(work.path, work.bucket)
            if work.manifest_path:
                manifest = Manifest(driver, work, self._around.token(stage))
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
                token = self._around.token(stage)
                with self._around.working(stage), self._around.driver(work.connection_id) as driver:
                    Manifest(file_driver(driver), work, token).remember()

    def _to_be_kept_before(self, region: Region) -> list[Stage]:
        """Database sources that must be read to their end before the destination is written."""
        kept = []
        for stage in region.members:
            if region.sink.rejects is not None:
                continue
            if isinstance(stage.work, ReadTable) and isinstance(region.sink.work, WriteTable):
                with (
                    self._around.working(stage),
                    self._around.driver(stage.work.connection_id) as driver,
                ):
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
                with self._around.working(stage):
                    self._describe(stage, sources)
            with self._around.working(region.sink), pulse(sources.tell):
                finish = self._fill_sink(region, sources)
            for id_, refused in sources.refused.items():
                self._backend.put_aside(self._around.stage(id_), refused.rows)
            for stage in region.members:
                with self._around.working(stage):
                    self._tell_of(stage, sources)
            finish()

    def _fill_sink(self, region: Region, sources: Sources) -> Callable[[], None]:
        """Let the rows flow; answers what tells of a destination when all before it is told."""
        if isinstance(region.sink.work, Delivered) and not region.sink.rejects:
            return self._deliver(region, sources)
        with self._watcher.watching(self._backend), self._blaming(region, sources):
            if isinstance(region.sink.work, WriteLog):
                return self._show(region, region.sink.work)
            self._backend.keep(region)
        return lambda: None

    def _describe(self, stage: Stage, sources: Sources) -> None:
        work, hold = stage.work, sources.opened.enter_context
        self._tell.begun(stage)
        if isinstance(work, ReadFiles):
            gathered = self._files[stage.component_id]
            sources.read_files(stage, work, gathered)
            self._backend.take_files(stage, work, gathered.files)
        elif isinstance(work, ReadTable):
            driver = database_driver(hold(self._around.driver(work.connection_id)))
            hold(self._watcher.watching(driver))
            flowing = sources.read_table(stage, work, driver, self._watcher.is_stopped)
            self._backend.take_stream(stage, work.columns, flowing)
        elif isinstance(work, ReadRest):
            service = rest_driver(hold(self._around.driver(work.connection_id)))
            hold(self._watcher.watching(service))
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
            settle(self._plan, stage, self._backend, self._tell, rows_in)
            self._tell.transformed(stage, rows_in, rows)
        else:
            if stage.rejects is not None:
                rows = judged_rows(self._backend, stage)
                settle(self._plan, stage, self._backend, self._tell, rows)
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

    def _deliver(
        self, region: Region, sources: Sources, *, only_try: bool = False
    ) -> Callable[[], None]:
        stage, work = region.sink, region.sink.work
        if not isinstance(work, Delivered):
            raise TypeError(f"{stage.component_name} is not a destination")
        with self._around.destination(stage) as (driver, make_writer):
            kind = Sending if isinstance(work, WriteRest) else Delivery
            delivery = kind(stage.component_id, make_writer(), self._ledger, self._watcher)
            place = target_words(work.target)
            self._tell.begun(stage)
            try:
                with self._watcher.watching(driver), self._watcher.watching(self._backend):
                    rows, size = self._load(region, sources, delivery, place)
                if only_try:
                    return lambda: None
                with self._watcher.watching(driver) if kind is Sending else nullcontext():
                    delivery.commit(rows)
            except Exception:
                self._give_up(stage, delivery)
                raise
            try:
                with self._watcher.watching(driver):
                    delivery.finish()
            except ProductError:
                self._give_up(stage, delivery)
                raise
        message = f"Delivered {rows:,} rows to {place}."
        rows_in = rows if stage.rejects is None else self._rows_in(stage)
        return partial(self._tell.delivered, stage, rows, size, message, rows_in)

    def _rows_in(self, stage: Stage) -> int:
        refused = len(self._tried.get(stage.component_id, []))
        return judged_rows(self._backend, stage) - refused

    def _deliver_good_rows(self, stage: Stage, *, only_try: bool) -> None:
        """Deliver the stored good rows of a destination that puts rows aside.

        Others deliver the refused rows first: then this is done twice, and the first time only to
        learn which rows are refused; its marker stays.
        """
        with self._around.working(stage), ExitStack() as opened:
            if self._watcher.is_stopped():
                raise RunStopped
            sources = Sources(self._tell, self._backend, opened)
            self._deliver(Region((stage,)), sources, only_try=only_try)()

    def _note_refused(self, stage: Stage, refused: Refused) -> None:
        """Count the rows that were refused; the second time they must be the same."""
        known = self._tried.get(stage.component_id)
        if known is None:
            self._tried[stage.component_id] = refused.rows
            rows = judged_rows(self._backend, stage)
            self._backend.put_aside(stage, refused.rows)
            settle(self._plan, stage, self._backend, self._tell, rows)
        elif sorted(known) != sorted(refused.rows):
            raise BackendFailed(
                "The database refuses other rows than before, so the table has changed meanwhile."
                " Nothing was delivered. Run it again."
            )

    def _forget_trials(self) -> None:
        """After a failure, remove the markers of deliveries that were only tried."""
        for stage in self._plan.destinations:
            state = self._ledger.state(stage.component_id)
            if stage.component_id in self._tried and state == WriteState("prepared"):
                with suppress(ProductError), self._around.destination(stage) as (_, make_writer):
                    make_writer().discard()

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
            refused = Refused(region.sink) if region.sink.rejects is not None else None
            rows, size = delivery.load(given, partial(self._loading, region.sink), refused)
            if refused is None:
                self._backend.settle(region, rows)
        if refused is not None:
            self._note_refused(region.sink, refused)
        return rows, size

    def _loading(self, stage: Stage, flowing: Flowing) -> None:
        self._tell.report(stage, "running", flowing.rows, flowing.rows, flowing.bytes)

    def _give_up(self, stage: Stage, delivery: Delivery) -> None:
        """Undo a delivery; what cannot be undone now is cleared by the next attempt."""
        try:
            delivery.give_up()
        except (ProductError, OSError) as error:
            self._tell.log("WARN", stage, f"Could not clear up: {first_line(error)}")


def _alters_what_is_read(read: ReadTable, write: WriteTable) -> bool:
    """A column is not added to a table while it is being read."""
    return read.connection_id == write.connection_id and write.target.add_columns
