"""What every step of a run stands in: drivers that are closed again, failures that find a name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import ProductError
from connections.drivers import AnyDriver
from connections.drivers.base import Writer, WriteToken
from connections.drivers.rest_answers import AnswerPlace
from engine.backends.base import BackendFailed, BackendInterrupted
from engine.plan import Plan
from engine.reporting import RunStopped, StageFailed
from engine.stages import Delivered, Stage, WriteRest
from engine.targets import as_failure, file_driver, writer_for
from engine.telling import Teller
from engine.watching import Watcher

OpenDriver = Callable[[int | None], AnyDriver]


class Surroundings:
    """Of one run."""

    def __init__(
        self,
        plan: Plan,
        run_id: int,
        open_driver: OpenDriver,
        watcher: Watcher,
        tell: Teller,
        work_dir: Path,
        secrets: frozenset[str],
    ) -> None:
        self._plan = plan
        self._run_id = run_id
        self._open_driver = open_driver
        self._watcher = watcher
        self._tell = tell
        self._work_dir = work_dir
        self._secrets = secrets

    def stage(self, component_id: str) -> Stage:
        return next(s for s in self._plan.stages if s.component_id == component_id)

    def token(self, stage: Stage) -> WriteToken:
        """What the traces of a stage in foreign systems are called by."""
        return WriteToken(self._run_id, stage.component_id)

    @contextmanager
    def driver(self, connection_id: int | None) -> Iterator[AnyDriver]:
        driver = self._open_driver(connection_id)
        try:
            yield driver
        finally:
            driver.close()

    @contextmanager
    def destination(self, stage: Stage) -> Iterator[tuple[AnyDriver, Callable[[], Writer]]]:
        """The driver of a destination and a way to make its writer."""
        work = stage.work
        if not isinstance(work, Delivered):
            raise TypeError(f"{stage.component_name} is not a destination")
        with self.driver(work.connection_id) as driver, self._answers(stage) as answers:
            note = self._tell.note(stage)
            yield driver, writer_for(work, driver, self.token(stage), note, answers)

    @contextmanager
    def _answers(self, stage: Stage) -> Iterator[AnswerPlace | None]:
        """Where the answers that a stage receives are saved, if they are."""
        wanted = stage.work.answers if isinstance(stage.work, WriteRest) else None
        if wanted is None:
            yield None
            return
        name = f"responses-{self._run_id}.csv"
        path = f"{wanted.folder}/{name}" if wanted.folder else name
        with self.driver(wanted.connection_id) as driver:
            yield AnswerPlace(
                file_driver(driver), path, wanted.bucket, self._work_dir, self._secrets
            )

    @contextmanager
    def working(self, stage: Stage) -> Iterator[None]:
        """A failure inside is told as this stage's, unless it names another or it was a stop."""
        try:
            yield
        except RunStopped:
            raise
        except (ProductError, BackendFailed, BackendInterrupted, StageFailed, OSError) as error:
            if self._watcher.is_stopped():
                raise RunStopped from None
            failed = as_failure(self._plan, stage, error)
            self._tell.failed(self.stage(failed.component_id), failed)
            raise failed from error
