"""One connection to a PostgreSQL server over ADBC, which reads: rows come by binary COPY."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import adbc_driver_postgresql.dbapi as postgresql  # type: ignore[import-untyped]
import pyarrow as pa
from adbc_driver_manager import Error as DriverError

from common.errors import UpstreamFailed
from connections.drivers.postgres_login import PostgresLogin, refuse_nul

_BATCH_BYTES = 1 * 1024 * 1024

Answer = TypeVar("Answer")


class PostgresSession:
    """Opened when first used. After a lost connection `reset` makes the next use open a new one."""

    def __init__(self, login: PostgresLogin) -> None:
        self.connection_name = login.connection_name
        self._login = login
        self._connection: Any = None
        self._cursor: Any = None
        self._reader: Any = None

    def run(self, statement: str) -> None:
        """One statement without an answer."""
        refuse_nul(statement)
        self._ask(lambda cursor: cursor.execute(statement))

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a small answer; `values` stand for $1, $2 ..."""
        refuse_nul(query)

        def ask(cursor: Any) -> list[tuple[object, ...]]:
            cursor.execute(query, list(values) if values else None)
            return [tuple(row) for row in cursor.fetchall()]

        return self._ask(ask)

    def statement(
        self, statement: str, most_rows: int
    ) -> tuple[list[str], list[tuple[object, ...]]]:
        """Any one statement, committed by itself: the names and the first rows of its answer."""
        refuse_nul(statement)

        def ask(_: Any) -> tuple[list[str], list[tuple[object, ...]]]:
            with self._connection.cursor() as cursor:
                cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
                cursor.execute(statement)
                names = [str(column[0]) for column in cursor.description or ()]
                found = cursor.fetchmany(most_rows) if names else []
                return names, [tuple(row) for row in found]

        return self._ask(ask)

    def describe(self, query: str) -> pa.Schema:
        """The columns that a query would give; it is not run."""
        refuse_nul(query)
        schema: pa.Schema = self._ask(lambda cursor: cursor.adbc_execute_schema(query))
        return schema

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """Run a query; its rows come as the server sends them."""
        refuse_nul(query)

        def ask(cursor: Any) -> pa.RecordBatchReader:
            cursor.adbc_statement.set_options(
                **{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)}
            )
            cursor.execute(query)
            return cursor.fetch_record_batch()

        self._reader = self._ask(ask)
        while (batch := self._next_batch()) is not None:
            yield batch

    def _next_batch(self) -> pa.RecordBatch | None:
        if self._reader is None:
            raise UpstreamFailed(
                f"{self.connection_name}: the connection was closed while reading."
            )
        with self._errors():
            return next(self._reader, None)

    def cancel(self) -> None:
        """Stop what another thread is asking; harmless when it asks nothing."""
        if connection := self._connection:
            with suppress(DriverError):
                connection.adbc_cancel()

    def reset(self) -> None:
        """End the connection; a transaction that is open is rolled back by the server."""
        parts = (self._reader, self._cursor, self._connection)
        self._reader = self._cursor = self._connection = None
        for part in parts:
            if part is not None:
                with suppress(DriverError, RuntimeError):
                    part.close()

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        if self._connection is None:
            self._open()
        with self._errors():
            return question(self._cursor)

    def _open(self) -> None:
        target = self._login.target()
        try:
            self._connection = postgresql.connect(self._login.address(target), autocommit=True)
        except DriverError as error:
            raise self._login.not_let_in(target, str(error)) from None
        with self._errors():
            self._cursor = self._connection.cursor()
            self._cursor.execute(self._login.surroundings)
            self._cursor.fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (DriverError, pa.ArrowException, OSError) as error:
            raise self._login.told(error) from None
