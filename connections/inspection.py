"""Looking through a connection: is it alive, which tables are there, what do they hold.

Every question goes to the real system, reads only, and ends within seconds. Texts of foreign
systems pass the redaction before anybody sees them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from accounts.models import Account
from accounts.owned import get_owned
from common.errors import InvalidInput, NotFound, ProductError
from common.redact import redact
from connections import vault
from connections.drivers import DRIVERS, AnyDriver, DatabaseDriver, open_driver
from connections.drivers.base import ColumnInfo, FileDriver, ReadColumn, TableInfo, TableRead
from connections.file_columns import FileColumns, FileOptions
from connections.file_detection import columns_of_file
from connections.models import Connection
from connections.queries import installation_reach, open_specs
from connections.where import judged

MAX_PREVIEW_ROWS = 200
MAX_PREVIEW_COLUMNS = 200
"""Columns of a wider table are left out of its preview."""

MAX_CELL_CHARACTERS = 300
MAX_PREVIEW_BYTES = 36_000
"""Rows are left out of a preview that would become larger."""

PREVIEW_SECONDS = 10
MAX_TEST_ERROR = 500
NOT_A_DATABASE = "connection not found, or not a database connection"
NOT_CLOUD_STORAGE = "connection not found, or not a cloud storage connection"
_NOT_OF_CATEGORY = {
    Connection.Category.DATABASE: NOT_A_DATABASE,
    Connection.Category.CLOUD_STORAGE: NOT_CLOUD_STORAGE,
}

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Columns of a table and some of its rows; `is_cut` says that something was left out."""

    columns: list[ColumnInfo]
    rows: list[dict[str, Cell]]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What one file holds; `matches` counts the files that the path named, the first is it."""

    path: str
    matches: int
    columns: FileColumns


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Whether the system could be used as set up, and in which words it could not."""

    success: bool
    error_message: str | None


def list_tables(
    *,
    account: Account,
    connection_id: int,
    schema_name: str | None,
    search: str | None,
    limit: int,
    offset: int,
) -> list[TableInfo]:
    """Tables and views by schema and name. Raises NotFound for what is no database connection."""
    connection = _owned(account, connection_id, Connection.Category.DATABASE)
    with _opened(connection) as driver:
        return driver.tables(schema_name, search, limit, offset)


def preview_rows(
    *,
    account: Account,
    connection_id: int,
    table: str,
    schema_name: str | None,
    row_count: int,
    where_clause: str | None,
) -> Preview:
    """The first rows the database comes by, those that `where_clause` lets through.

    Raises InvalidInput for a clause that is refused, before anything is asked with it.
    """
    connection = _owned(account, connection_id, Connection.Category.DATABASE)
    dialect = DRIVERS[connection.kind].dialect or ""
    with _opened(connection) as driver:
        columns = driver.columns(schema_name, table)
        where = None
        if where_clause is not None:
            names = [column.name for column in columns]
            where = judged(where_clause, dialect=dialect, columns=names)
        shown = columns[:MAX_PREVIEW_COLUMNS]
        request = TableRead(
            columns=tuple(ReadColumn(column.name, _readable(column)) for column in shown),
            schema=schema_name,
            table=table,
            where=where,
            row_limit=min(row_count, MAX_PREVIEW_ROWS),
            timeout_seconds=PREVIEW_SECONDS,
            value_limit=MAX_CELL_CHARACTERS + 1,
        )
        found = driver.read(request).read_all().to_pylist()
    rows = list(_within_limit(found))
    return Preview(shown, rows, is_cut=len(rows) < len(found) or len(shown) < len(columns))


def detect_file_columns(
    *,
    account: Account,
    connection_id: int,
    path: str,
    options: FileOptions,
    bucket: str | None = None,
) -> FoundFile:
    """The columns of the file that a path names, or the first by name of several.

    At most 1 MiB of it is read, or the footer of a Parquet file. Raises NotFound for what is no
    cloud storage connection and for an absent file, InvalidInput for a file that cannot be read so.
    Source: discover_file_schema in the product documentation, "Pipeline diagnostics".
    """
    connection = _owned(account, connection_id, Connection.Category.CLOUD_STORAGE)
    with _opened_any(connection) as driver:
        if not isinstance(driver, FileDriver):
            raise NotFound(NOT_CLOUD_STORAGE)
        files = driver.list_files(path, bucket or None)
        if not files:
            words = f"path: the connection has no file '{path[:200]}'"
            raise NotFound(words, quotes_outside=False)
        try:
            columns = columns_of_file(driver, files[0], options)
        except InvalidInput as error:
            if len(files) > 1:
                words = f"{files[0].path}: {error.message}"
                raise InvalidInput(words, quotes_outside=True) from None
            raise
        return FoundFile(files[0].path, len(files), columns)


def check_connection(
    *, account: Account, connection_id: int, kind: str | None = None
) -> CheckResult:
    """Ask the system for a sign of life and remember the outcome at the connection.

    Raises NotFound for an absent connection, and for one of another kind than `kind`.
    """
    connections = Connection.objects.for_account(account)
    if kind is not None:
        connections = connections.filter(kind=kind)
    connection = get_owned(connections, connection_id, "connection")
    error_message = None
    try:
        with _opened_any(connection) as driver:
            driver.ping()
    except ProductError as error:
        error_message = error.message[:MAX_TEST_ERROR]
    is_alive = error_message is None
    connection.status = Connection.Status.OK if is_alive else Connection.Status.FAILING
    connection.last_tested_at = timezone.now()
    connection.last_test_error = error_message or ""
    connection.save(update_fields=["status", "last_tested_at", "last_test_error"])
    return CheckResult(is_alive, error_message)


def _owned(account: Account, connection_id: int, category: Connection.Category) -> Connection:
    """The account's connection of that category; what is missing is told in the same words."""
    connections = Connection.objects.for_account(account).filter(category=category)
    try:
        return get_owned(connections, connection_id, "connection")
    except NotFound:
        raise NotFound(_NOT_OF_CATEGORY[category]) from None


@contextmanager
def _opened(connection: Connection) -> Iterator[DatabaseDriver]:
    with _opened_any(connection) as driver:
        if not isinstance(driver, DatabaseDriver):
            raise NotFound(NOT_A_DATABASE)
        yield driver


@contextmanager
def _opened_any(connection: Connection) -> Iterator[AnyDriver]:
    """The connection's driver; what it tells of failures comes out without secrets, and known as
    words from outside."""
    secrets = [str(value) for value in vault.decrypt(connection.secrets).values() if value]
    spec = open_specs(connection.account, [connection.pk])[connection.pk]
    try:
        driver = open_driver(spec, installation_reach())
        try:
            yield driver
        finally:
            driver.close()
    except ProductError as error:
        error.message = redact(error.message, secrets)
        if error.quotes_outside is None:
            error.quotes_outside = True
        raise


def _readable(column: ColumnInfo) -> str | None:
    """Numbers of no declared size are shown by their digits, whatever they are."""
    return "string" if column.native_type.startswith("numeric") else None


def _within_limit(rows: list[dict[str, object]]) -> Iterator[dict[str, Cell]]:
    size = 0
    for row in rows:
        cells = {name: _cell(value) for name, value in row.items()}
        size += sum(len(name) + len(str(value)) + 8 for name, value in cells.items())
        if size > MAX_PREVIEW_BYTES:
            return
        yield cells


def _cell(value: object) -> Cell:
    """A value as JSON can show it: decimals and times as text, bytes as hexadecimal digits."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = value.hex() if isinstance(value, bytes) else str(value)
    is_long = len(text) > MAX_CELL_CHARACTERS
    return f"{text[:MAX_CELL_CHARACTERS]}…" if is_long else text
