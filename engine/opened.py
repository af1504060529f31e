"""What a stage expects of the connection it was given."""

from connections.drivers import AnyDriver
from connections.drivers.base import DatabaseDriver, FileDriver, FileWrite, TableWrite
from engine.backends.base import BackendFailed


def target_words(target: TableWrite | FileWrite) -> str:
    """Where rows go, for a log line."""
    if isinstance(target, FileWrite):
        return f"the directory {target.directory}"
    return f"the table {target.table} ({target.operation})"


def file_driver(driver: AnyDriver) -> FileDriver:
    """The driver of files, or a failure that names the connection."""
    if not isinstance(driver, FileDriver):
        raise BackendFailed(f"{driver.connection_name} is not a file storage connection.")
    return driver


def database_driver(driver: AnyDriver) -> DatabaseDriver:
    """The driver of a database, or a failure that names the connection."""
    if not isinstance(driver, DatabaseDriver):
        raise BackendFailed(f"{driver.connection_name} is not a database connection.")
    return driver
