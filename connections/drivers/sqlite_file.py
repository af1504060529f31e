"""SQLite database files, through the standard library."""

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import pyarrow as pa

from common.errors import InvalidInput, NotFound, UpstreamFailed
from connections.drivers.actions import sqlite_statements
from connections.drivers.base import (
    BATCH_ROWS,
    LOCK_WAIT_SECONDS,
    ColumnInfo,
    ConnectionSpec,
    Note,
    Reach,
    Rejected,
    SqlAnswer,
    TableInfo,
    TableRead,
    TableWrite,
    Writer,
    WriteToken,
)
from connections.drivers.failures import first_line, upstream, writer_waits
from connections.drivers.paths import DatabaseFileSettings, below, local_root
from connections.drivers.rejects import RowsRefused
from connections.drivers.sqlite_values import (
    changes_text,
    column_values,
    guessed_word,
    native_type,
    record_batches,
    word_of_declaration,
)
from connections.drivers.table_writer import TableWriter, is_marker, quoted
from connections.drivers.types import TEXT_WORDS, arrow_type, refuse_doubled

_RETRY_SECONDS = 0.05
_INSTRUCTIONS_BETWEEN_LOOKS = 10_000
_READING: Final = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    }
)


class SqliteDriver:
    """One SQLite file; opened read-only until something is to be written."""

    reads_beside_writes = False

    def __init__(self, spec: ConnectionSpec, settings: DatabaseFileSettings, reach: Reach) -> None:
        self.connection_name = spec.name
        self._relative = settings.database
        self._path = below(local_root(reach), settings.database, "The database file")
        self._connection: sqlite3.Connection | None = None
        self._writable = False
        self._cancelled = False

    def ping(self) -> None:
        with self._errors():
            self._open().execute("SELECT count(*) FROM sqlite_schema").fetchall()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def cancel(self) -> None:
        self._cancelled = True
        if connection := self._connection:
            connection.interrupt()

    def tables(
        self, schema: str | None, search: str | None, limit: int, offset: int
    ) -> list[TableInfo]:
        if schema not in (None, "", "main"):
            return []
        with self._errors():
            rows = (
                self._open()
                .execute(
                    "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"
                    " AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
                    " AND (?1 IS NULL OR instr(lower(name), lower(?1)) > 0) ORDER BY name",
                    [search],
                )
                .fetchall()
            )
        found = [TableInfo("main", name, kind) for name, kind in rows if not is_marker(name)]
        return found[offset : offset + limit]

    def columns(self, schema: str | None, table: str) -> list[ColumnInfo]:
        with self._errors():
            rows = (
                self._open()
                .execute(
                    'SELECT name, type, "notnull" FROM pragma_table_xinfo(?1) WHERE hidden <> 1',
                    [table],
                )
                .fetchall()
            )
        if not rows or schema not in (None, "", "main"):
            raise NotFound(f"There is no table {table} in {self.connection_name}.")
        return [
            ColumnInfo(name, native, word_of_declaration(native), not is_required)
            for name, native, is_required in rows
        ]

    def read(self, request: TableRead, rejected: Rejected | None = None) -> pa.RecordBatchReader:
        query, words = self._query(request)
        with self._errors():
            connection = self._open()
            connection.set_authorizer(_only_reading)
            if request.timeout_seconds is not None:
                deadline = time.monotonic() + request.timeout_seconds
                connection.set_progress_handler(
                    lambda: time.monotonic() > deadline, _INSTRUCTIONS_BETWEEN_LOOKS
                )
            cursor = connection.execute(query)
            first = cursor.fetchmany(BATCH_ROWS)
        names = [column.name for column in request.columns]
        known = [
            word or guessed_word([row[index] for row in first]) for index, word in enumerate(words)
        ]
        schema = pa.schema(
            [(name, arrow_type(word)) for name, word in zip(names, known, strict=True)]
        )
        batches = self._batches(cursor, first, schema, known, rejected)
        return pa.RecordBatchReader.from_batches(schema, batches)

    def _batches(
        self,
        cursor: sqlite3.Cursor,
        rows: list[tuple[object, ...]],
        schema: pa.Schema,
        words: list[str],
        rejected: Rejected | None,
    ) -> Iterator[pa.RecordBatch]:
        while rows:
            yield from record_batches(rows, schema, words, rejected)
            with self._errors():
                rows = cursor.fetchmany(BATCH_ROWS)

    def writer(self, target: TableWrite, token: WriteToken, note: Note) -> Writer:
        if target.schema not in (None, "", "main"):
            raise InvalidInput("SQLite has no schemas; leave target_schema empty.")
        self._writable = True
        self.close()
        return SqliteWriter(self, target, token, note)

    def run_sql(self, statement: str, most_rows: int) -> SqlAnswer:
        self._writable = True
        self.close()
        self.begin()
        try:
            with self._errors():
                connection = self._open()
                connection.set_authorizer(_within_one_file)
                cursor = connection.execute(statement)
                names = tuple(str(column[0]) for column in cursor.description or ())
                rows = tuple(tuple(row) for row in cursor.fetchmany(most_rows))
                cursor.close()
                connection.set_authorizer(None)
            self.commit()
        except BaseException:
            self.close()
            raise
        return SqlAnswer(names, rows)

    def _query(self, request: TableRead) -> tuple[str, list[str | None]]:
        """The query, and the types its values get here; texts are left to whoever casts them."""
        names = ", ".join(_selected(column.name, request) for column in request.columns)
        if request.query is not None:
            self._refuse_doubled_names(request.query)
            query = f"SELECT {names} FROM ({request.query}\n) AS asked"  # noqa: S608
            return query + _limit(request), [column.type for column in request.columns]
        table = request.table or ""
        known = {column.name.casefold(): column for column in self.columns(request.schema, table)}
        words = []
        for column in request.columns:
            if column.name.casefold() not in known:
                raise NotFound(f"The table {table} has no column {column.name}.")
            own = known[column.name.casefold()].type
            words.append(own if own in TEXT_WORDS else column.type or own)
        where = f" WHERE ({request.where}\n)" if request.where else ""
        return f"SELECT {names} FROM {quoted(table)}{where}{_limit(request)}", words  # noqa: S608

    def _refuse_doubled_names(self, query: str) -> None:
        """SQLite itself would call the second `name:1` and read the first for both."""
        with self._errors():
            connection = self._open()
            connection.set_authorizer(_only_reading)
            found = connection.execute(f"SELECT * FROM ({query}\n) AS asked LIMIT 0")  # noqa: S608
        names = [str(column[0]) for column in found.description]
        refuse_doubled([re.sub(r":[0-9]+$", "", name) for name in names])

    # The TableStore side, used by the writer.

    def begin(self) -> None:
        """Take the write lock, waiting a bounded time."""
        connection = self._open()
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise upstream(self.connection_name, error) from None
            else:
                return
            if time.monotonic() > deadline:
                raise writer_waits(self.connection_name, LOCK_WAIT_SECONDS)
            if self._cancelled:
                raise UpstreamFailed(f"{self.connection_name}: cancelled while waiting.")
            time.sleep(_RETRY_SECONDS)

    def commit(self) -> None:
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                self._open().execute("COMMIT")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise upstream(self.connection_name, error) from None
            else:
                return
            if time.monotonic() > deadline:
                raise writer_waits(self.connection_name, LOCK_WAIT_SECONDS)
            time.sleep(_RETRY_SECONDS)

    def rollback(self) -> None:
        self._cancelled = False
        self.close()

    def run(self, statement: str) -> None:
        with self._errors():
            self._open().execute(statement)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self._errors():
            return self._open().execute(query).fetchall()

    def widen(self, place: str, name: str, native: str) -> None:
        """A column here takes numbers and texts of every size."""

    def run_actions(self, sql: str) -> int:
        statements = sqlite_statements(sql)
        connection = self._open()
        connection.set_authorizer(_within_one_file)
        try:
            for statement in statements:
                self.run(statement)
        finally:
            connection.set_authorizer(None)
        return len(statements)

    def renew(self) -> None:
        self.close()

    def native_type(self, word: str) -> str:
        return native_type(word)

    def place(self, schema: str | None, table: str) -> str:
        return quoted(table)

    def stage_place(self, table: str) -> str:
        return f"temp.{quoted(table)}"

    def refused_rows(
        self, columns: Sequence[ColumnInfo], batch: pa.RecordBatch
    ) -> dict[int, str] | None:
        """It takes a savepoint to find them."""
        return None

    def lock_table(self, place: str) -> None:
        """The transaction holds the whole file already."""

    def index_stage(self, table: str, names: str) -> None:
        self.run(f"CREATE UNIQUE INDEX temp.{quoted(table + '_key')} ON {quoted(table)} ({names})")

    def fill(
        self, place: str, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]
    ) -> int:
        return sum(self._insert(place, columns, batch) for batch in batches)

    def _insert(self, place: str, columns: Sequence[ColumnInfo], batch: pa.RecordBatch) -> int:
        names = ", ".join(quoted(column.name) for column in columns)
        signs = ", ".join("?" for _ in columns)
        values = [
            column_values(array, column)
            for array, column in zip(batch.columns, columns, strict=True)
        ]
        with self._errors():
            self._open().executemany(
                f"INSERT INTO {place} ({names}) VALUES ({signs})",  # noqa: S608
                zip(*values, strict=True),
            )
        return int(batch.num_rows)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if isinstance(error, sqlite3.IntegrityError):
                raise RowsRefused(f"{self.connection_name}: {first_line(error)}") from None
            is_busy = code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            raise upstream(self.connection_name, error, retryable=is_busy) from None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        if not self._writable and not self._path.is_file():
            raise NotFound(
                f"The database file {self._relative} of {self.connection_name} does not exist."
            )
        mode = "rwc" if self._writable else "ro"
        with self._errors():
            connection = sqlite3.connect(
                f"file:{quote(str(self._path))}?mode={mode}",
                uri=True,
                timeout=1.0,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA temp_store = MEMORY")
        self._connection = connection
        return connection


class SqliteWriter(TableWriter):
    """The common delivery; texts are kept away from columns that would make numbers of them."""

    def _checked(self, column: ColumnInfo, word: str) -> ColumnInfo:
        if word in TEXT_WORDS and changes_text(column.native_type):
            raise self._lossy(column, word)
        return super()._checked(column, word)


def _selected(name: str, request: TableRead) -> str:
    column = quoted(name)
    if request.value_limit is None:
        return column
    short = f"substr({column}, 1, {int(request.value_limit)})"
    return f"CASE WHEN typeof({column}) IN ('text', 'blob') THEN {short} ELSE {column} END"


def _limit(request: TableRead) -> str:
    return "" if request.row_limit is None else f" LIMIT {int(request.row_limit)}"


def _only_reading(action: int, *_details: object) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _within_one_file(action: int, *_details: object) -> int:
    """A statement of a user does not reach for other files, nor end the transaction it is in."""
    is_refused = action in (
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_PRAGMA,
        sqlite3.SQLITE_TRANSACTION,
    )
    return sqlite3.SQLITE_DENY if is_refused else sqlite3.SQLITE_OK
