"""DuckDB database files. The file is opened in a session of its own that reaches nothing else."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import duckdb
import pyarrow as pa

from common.errors import InvalidInput, NotFound, UpstreamFailed
from connections.drivers.actions import statements_of
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
from connections.drivers.duckdb_types import COARSE, carried, word_of_native
from connections.drivers.failures import upstream, writer_waits
from connections.drivers.paths import DatabaseFileSettings, below, local_root
from connections.drivers.table_writer import TableWriter, is_marker, quoted
from connections.drivers.types import duckdb_type, refuse_doubled

_LOCKED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": "2",
    "memory_limit": "512MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "enable_external_access": "false",
}
_RETRY_SECONDS = 0.1

_CONNECTING = threading.Lock()
"""Connections of one process to one file share their settings; the first of them locks these."""

Answer = TypeVar("Answer")


class DuckDbDriver:
    """One DuckDB file; opened for reading until something is to be written."""

    reads_beside_writes = False

    def __init__(self, spec: ConnectionSpec, settings: DatabaseFileSettings, reach: Reach) -> None:
        self.connection_name = spec.name
        self._relative = settings.database
        self._path = below(local_root(reach), settings.database, "The database file")
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._writable = False
        self._in_transaction = False
        self._cancelled = False

    def ping(self) -> None:
        self._ask(lambda connection: connection.execute("SELECT 1").fetchall())

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        self._in_transaction = False

    def cancel(self) -> None:
        self._cancelled = True
        if connection := self._connection:
            connection.interrupt()

    def tables(
        self, schema: str | None, search: str | None, limit: int, offset: int
    ) -> list[TableInfo]:
        rows = self._ask(
            lambda connection: connection.execute(
                "SELECT table_schema, table_name, table_type FROM information_schema.tables"
                " WHERE table_catalog = current_database()"
                " AND ($1 IS NULL OR table_schema = $1)"
                " AND ($2 IS NULL OR contains(lower(table_name), lower($2)))"
                " ORDER BY table_schema, table_name",
                [schema, search],
            ).fetchall()
        )
        found = [
            TableInfo(row[0], row[1], "view" if "VIEW" in row[2] else "table")
            for row in rows
            if not is_marker(row[1])
        ]
        return found[offset : offset + limit]

    def columns(self, schema: str | None, table: str) -> list[ColumnInfo]:
        rows = self._ask(
            lambda connection: connection.execute(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
                " WHERE table_catalog = current_database()"
                " AND table_schema = coalesce($1, current_schema())"
                " AND lower(table_name) = lower($2) ORDER BY ordinal_position",
                [schema, table],
            ).fetchall()
        )
        if not rows:
            raise NotFound(
                f"There is no table {_full_name(schema, table)} in {self.connection_name}."
            )
        return [ColumnInfo(row[0], row[1], word_of_native(row[1]), row[2] == "YES") for row in rows]

    def read(self, request: TableRead, rejected: Rejected | None = None) -> pa.RecordBatchReader:
        query = self._query(request)
        if request.row_limit is not None:
            query = f"SELECT * FROM ({query}) LIMIT {int(request.row_limit)}"  # noqa: S608
        if request.timeout_seconds is not None:
            return self._read_in_time(query, request.timeout_seconds)
        return self._ask(lambda connection: connection.sql(query).to_arrow_reader(BATCH_ROWS))

    def _read_in_time(self, query: str, seconds: int) -> pa.RecordBatchReader:
        timer = threading.Timer(seconds, self.cancel)
        timer.daemon = True
        timer.start()
        try:
            table = self._ask(lambda connection: connection.sql(query).to_arrow_table())
        finally:
            timer.cancel()
        return table.to_reader(BATCH_ROWS)

    def writer(self, target: TableWrite, token: WriteToken, note: Note) -> Writer:
        self._writable = True
        self.close()
        return DuckDbWriter(self, target, token, note)

    def run_sql(self, statement: str, most_rows: int) -> SqlAnswer:
        self._writable = True
        self.close()
        if len(self._ask(lambda connection: connection.extract_statements(statement))) != 1:
            raise InvalidInput("Write exactly one statement.")

        def ask(connection: duckdb.DuckDBPyConnection) -> SqlAnswer:
            answer = connection.execute(statement)
            names = tuple(str(column[0]) for column in answer.description or ())
            return SqlAnswer(names, tuple(answer.fetchmany(most_rows)) if names else ())

        answer = self._ask(ask)
        self.close()
        return answer

    def _query(self, request: TableRead) -> str:
        if request.query is not None:
            asked = request.query
            self._check_query(asked)
            described = self._ask(lambda connection: connection.sql(asked))
            refuse_doubled(described.columns)
            kinds = {
                name.casefold(): str(kind)
                for name, kind in zip(described.columns, described.types, strict=True)
            }
            names = ", ".join(
                f"{carried(quoted(column.name), kinds.get(column.name.casefold(), ''))}"
                f" AS {quoted(column.name)}"
                for column in request.columns
            )
            return f"SELECT {names} FROM ({asked}\n) AS asked"  # noqa: S608
        table = request.table or ""
        known = {column.name.casefold(): column for column in self.columns(request.schema, table)}
        for column in request.columns:
            if column.name.casefold() not in known:
                raise NotFound(f"The table {table} has no column {column.name}.")
        names = ", ".join(
            f"{_selected(known[column.name.casefold()], request)} AS {quoted(column.name)}"
            for column in request.columns
        )
        where = f" WHERE ({request.where}\n)" if request.where else ""
        query = f"SELECT {names} FROM {self.place(request.schema, table)}{where}"  # noqa: S608
        self._check_query(query)
        return query

    def _check_query(self, query: str) -> None:
        statements = self._ask(lambda connection: connection.extract_statements(query))
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InvalidInput("The query must be exactly one SELECT statement.")

    # The TableStore side, used by the writer.

    def begin(self) -> None:
        self.run("BEGIN TRANSACTION")
        self._in_transaction = True

    def commit(self) -> None:
        self.run("COMMIT")
        self._in_transaction = False

    def rollback(self) -> None:
        self._cancelled = False
        if self._in_transaction:
            self.close()

    def run(self, statement: str) -> None:
        self._ask(lambda connection: connection.execute(statement))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self._ask(lambda connection: connection.execute(query).fetchall())

    def widen(self, place: str, name: str, native: str) -> None:
        self.run(f"ALTER TABLE {place} ALTER COLUMN {quoted(name)} TYPE {native}")

    def run_actions(self, sql: str) -> int:
        statements = statements_of(sql, "duckdb")
        for statement in statements:
            self.run(statement)
        return len(statements)

    def renew(self) -> None:
        self.close()

    def native_type(self, word: str) -> str:
        return duckdb_type(word)

    def place(self, schema: str | None, table: str) -> str:
        return f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)

    def stage_place(self, table: str) -> str:
        return f"temp.{quoted(table)}"

    def refused_rows(
        self, columns: Sequence[ColumnInfo], batch: pa.RecordBatch
    ) -> dict[int, str] | None:
        """A failing statement would end the transaction, so the casts are tried before."""
        refused: dict[int, str] = {}

        def look(connection: duckdb.DuckDBPyConnection) -> None:
            connection.register("_etl_incoming", pa.Table.from_batches([batch]))
            for given, column in zip(batch.schema.names, columns, strict=True):
                value, cast = quoted(given), f"TRY_CAST({quoted(given)} AS {column.native_type})"
                query = (
                    f"SELECT place FROM (SELECT row_number() OVER () - 1 AS place, {value}"  # noqa: S608
                    f" FROM _etl_incoming) WHERE {value} IS NOT NULL AND {cast} IS NULL"
                )
                words = f"{column.name}: is not {column.native_type}"
                for (place,) in connection.execute(query).fetchall():
                    refused[place] = f"{refused[place]}; {words}" if place in refused else words
            connection.unregister("_etl_incoming")

        self._ask(look)
        return refused

    def lock_table(self, place: str) -> None:
        """The transaction holds the whole file already."""

    def index_stage(self, table: str, names: str) -> None:
        """DuckDB joins by hashing; an index would only cost."""

    def fill(
        self, place: str, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]
    ) -> int:
        return sum(self._insert(place, columns, batch) for batch in batches)

    def _insert(self, place: str, columns: Sequence[ColumnInfo], batch: pa.RecordBatch) -> int:
        names = ", ".join(quoted(column.name) for column in columns)
        incoming = ", ".join(quoted(name) for name in batch.schema.names)

        def insert(connection: duckdb.DuckDBPyConnection) -> None:
            connection.register("_etl_incoming", pa.Table.from_batches([batch]))
            connection.execute(
                f"INSERT INTO {place} ({names}) SELECT {incoming} FROM _etl_incoming"  # noqa: S608
            )
            connection.unregister("_etl_incoming")

        self._ask(insert)
        return int(batch.num_rows)

    def _ask(self, question: Callable[[duckdb.DuckDBPyConnection], Answer]) -> Answer:
        if self._connection is None:
            self._connection = self._open()
        try:
            return question(self._connection)
        except duckdb.Error as error:
            raise upstream(self.connection_name, error) from None

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Opens the file, waiting while another process writes to it."""
        if not self._writable and not self._path.is_file():
            raise NotFound(
                f"The database file {self._relative} of {self.connection_name} does not exist."
            )
        if not self._path.parent.is_dir():
            raise NotFound(
                f"The folder of the database file {self._relative} does not exist. Create it first."
            )
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                return _connect(self._path, read_only=not self._writable)
            except duckdb.Error as error:
                if not _is_lock(error):
                    raise upstream(self.connection_name, error) from None
            if time.monotonic() > deadline:
                raise writer_waits(self.connection_name, LOCK_WAIT_SECONDS)
            if self._cancelled:
                raise UpstreamFailed(f"{self.connection_name}: cancelled while waiting.")
            time.sleep(_RETRY_SECONDS)


class DuckDbWriter(TableWriter):
    """The common delivery; times are kept away from columns that would round them."""

    def _checked(self, column: ColumnInfo, word: str) -> ColumnInfo:
        if word == "datetime" and column.native_type in COARSE:
            raise self._lossy(column, word)
        return super()._checked(column, word)


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    with _CONNECTING:
        connection = duckdb.connect(str(path), read_only=read_only, config=dict(_LOCKED))
        query = "SELECT current_setting('lock_configuration')"
        if not connection.execute(query).fetchall()[0][0]:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET lock_configuration = true")
        return connection


def _is_lock(error: duckdb.Error) -> bool:
    text = str(error)
    return "Could not set lock" in text or "different configuration" in text


def _full_name(schema: str | None, table: str) -> str:
    return f"{schema}.{table}" if schema else table


def _selected(column: ColumnInfo, request: TableRead) -> str:
    name = quoted(column.name)
    if request.value_limit is None:
        return carried(name, column.native_type)
    if column.native_type in ("VARCHAR", "JSON"):
        return f"left({name}::VARCHAR, {int(request.value_limit)})"
    if column.native_type == "BLOB":
        return f"{name}[1:{int(request.value_limit)}]"
    return name
