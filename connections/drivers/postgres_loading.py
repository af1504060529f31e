"""One connection to a PostgreSQL server through libpq, which writes: rows go by binary COPY.

Apart from the session that reads, because pgpq encodes rows in a quarter of the time ADBC takes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any, TypeVar

import psycopg
import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder

from connections.drivers.postgres_login import PostgresLogin, refuse_nul
from connections.drivers.table_writer import quoted

_PIECE_ROWS = 4_096
"""Rows that are encoded at a time: the server takes them in while the next are encoded."""

_CANCEL_SECONDS = 5

Answer = TypeVar("Answer")
Connection = psycopg.Connection[Any]


class PostgresLoading:
    """Opened when first used. After a lost connection `reset` makes the next use open a new one."""

    def __init__(self, login: PostgresLogin) -> None:
        self.connection_name = login.connection_name
        self._login = login
        self._connection: Connection | None = None

    def run(self, statement: str) -> None:
        """One statement without an answer."""
        refuse_nul(statement)
        self._ask(lambda connection: connection.execute(statement.encode()))

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a small answer; `values` stand for $1, $2 ..."""
        refuse_nul(query)
        return self._ask(
            lambda connection: connection.execute(query.encode(), values or None).fetchall()
        )

    def copy_in(self, place: str, batches: Iterator[pa.RecordBatch]) -> int:
        """Append rows to a table, in one COPY; names and types are exactly those of its columns.

        Answers how many. What `batches` raises is raised here, after the COPY was broken off.
        """
        first = next(batches, None)
        if first is None:
            return 0
        encoder = ArrowToPostgresBinaryEncoder(first.schema)
        listed = ", ".join(map(quoted, first.schema.names))
        statement = f"COPY {place} ({listed}) FROM STDIN (FORMAT binary)"

        def ask(connection: Connection) -> int:
            count = 0
            with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                copy.write(encoder.write_header())
                for batch in chain([first], batches):
                    for start in range(0, batch.num_rows, _PIECE_ROWS):
                        copy.write(encoder.write_batch(batch.slice(start, _PIECE_ROWS)))
                    count += batch.num_rows
                copy.write(encoder.finish())
            return count

        return self._ask(ask)

    def cancel(self) -> None:
        """Stop what another thread is asking; harmless when it asks nothing."""
        if connection := self._connection:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=_CANCEL_SECONDS)

    def reset(self) -> None:
        """End the connection; a transaction that is open is rolled back by the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _ask(self, question: Callable[[Connection], Answer]) -> Answer:
        connection = self._connection or self._opened()
        with self._errors():
            return question(connection)

    def _opened(self) -> Connection:
        target = self._login.target()
        try:
            connection = psycopg.connect(
                self._login.address(target),
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=psycopg.RawCursor,
            )
        except psycopg.Error as error:
            raise self._login.not_let_in(target, str(error)) from None
        self._connection = connection
        with self._errors():
            connection.execute(self._login.surroundings.encode())
        return connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._login.told(error) from None
