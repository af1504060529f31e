"""Helpers of a running plan: the driver of the right kind, and words for people."""

from common.errors import ProductError
from connections.drivers import AnyDriver
from connections.drivers.base import DatabaseDriver, FileDriver, FileWrite, TableWrite
from connections.drivers.failures import first_line
from engine.backends.base import BackendFailed
from engine.plan import Plan
from engine.reporting import StageFailed
from engine.stages import Stage


def target_words(target: TableWrite | FileWrite) -> str:
    """The target of a delivery, as a log says it."""
    if isinstance(target, FileWrite):
        return f"the directory {target.directory}"
    return f"the table {target.table} ({target.operation})"


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
