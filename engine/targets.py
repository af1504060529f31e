"""Helpers of a running plan: the driver of the right kind, and words for people."""

from collections.abc import Callable

from common.errors import ProductError
from connections.drivers import AnyDriver, RestDriver
from connections.drivers.base import (
    DatabaseDriver,
    FileDriver,
    FileWrite,
    Note,
    TableWrite,
    Writer,
    WriteToken,
)
from connections.drivers.failures import first_line
from connections.drivers.rest_answers import AnswerPlace
from connections.drivers.rest_write import RestWrite, RestWriter
from connections.drivers.web import shown
from engine.backends.base import BackendFailed
from engine.plan import Plan
from engine.reporting import StageFailed
from engine.stages import Delivered, Stage, WriteFiles, WriteTable


def target_words(target: TableWrite | FileWrite | RestWrite) -> str:
    """The target of a delivery, as a log says it."""
    if isinstance(target, FileWrite):
        return f"the directory {target.directory}"
    if isinstance(target, RestWrite):
        return f"{target.method} {shown(target.url)}"
    return f"the table {target.table} ({target.operation})"


def writer_for(
    work: Delivered,
    driver: AnyDriver,
    token: WriteToken,
    note: Note,
    answers: AnswerPlace | None = None,
) -> Callable[[], Writer]:
    """A way to make the writer of a destination."""
    if isinstance(work, WriteTable):
        table = work.target
        return lambda: database_driver(driver).writer(table, token, note)
    if isinstance(work, WriteFiles):
        folder = work.target
        return lambda: file_driver(driver).writer(folder, token, note)
    service = work.target
    return lambda: RestWriter(rest_driver(driver), service, note, answers)


def rest_driver(driver: AnyDriver) -> RestDriver:
    """The driver, when it is one for services."""
    if not isinstance(driver, RestDriver):
        raise BackendFailed(f"{driver.connection_name} is not a REST connection.")
    return driver


def file_driver(driver: AnyDriver) -> FileDriver:
    """The driver, when it is one for files."""
    if not isinstance(driver, FileDriver):
        raise BackendFailed(f"{driver.connection_name} is not a file storage connection.")
    return driver


def database_driver(driver: AnyDriver) -> DatabaseDriver:
    """The driver, when it is one for tables."""
    if not isinstance(driver, DatabaseDriver):
        raise BackendFailed(f"{driver.connection_name} is not a database connection.")
    return driver


def as_failure(plan: Plan, stage: Stage, error: Exception) -> StageFailed:
    """The failure of the component at fault: the one named, else the one being worked on."""
    if isinstance(error, StageFailed):
        return error
    if isinstance(error, BackendFailed):
        at_fault = next((s for s in plan.stages if s.component_id == error.component_id), stage)
        return StageFailed(at_fault.component_id, at_fault.component_name, error.message)
    message = error.message if isinstance(error, ProductError) else first_line(error)
    retryable = bool(getattr(error, "retryable", False))
    return StageFailed(stage.component_id, stage.component_name, message, retryable=retryable)
