"""One connection to a PostgreSQL server over ADBC: bounded waits, and errors in our words.

Rows travel in the binary COPY format both ways. The connection goes to the addresses that the
reach policy judged; of the process's surroundings (environment, password files, certificates,
Kerberos tickets) nothing is used.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import adbc_driver_postgresql.dbapi as postgresql  # type: ignore[import-untyped]
import pyarrow as pa
from adbc_driver_manager import Error as DriverError
from pydantic import BaseModel, ConfigDict, Field

from common.errors import InvalidInput, ProductError, UpstreamFailed
from connections.drivers.base import LOCK_WAIT_SECONDS, Reach
from connections.drivers.reach import Endpoint, endpoint
from connections.drivers.rejects import RowsRefused

CONNECT_SECONDS = 10
"""How long one address may take to let us in."""

_BATCH_BYTES = 1 * 1024 * 1024
_PIECE_ROWS = 4_096
_MAX_MESSAGE = 500
_SILENCE: Final = {
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
_NOTHING_OF_OURS: Final = {
    "passfile": "/dev/null",
    "sslcertmode": "disable",
    "gssencmode": "disable",
    "client_encoding": "UTF8",
    "application_name": "pipelines",
}
_RETRYABLE_STATES: Final = ("08", "40001", "40P01", "53300", "55P03", "57P")
_ABOUT_VALUES: Final = ("22", "23")
_LOST: Final = re.compile(
    r"server closed the connection|connection (?:is )?lost|no connection to the server|terminating"
    r" connection|Connection reset|Broken pipe|could not (?:receive|send) data|SSL SYSCALL"
    r"|timed out"
)

Answer = TypeVar("Answer")


class PostgresSettings(BaseModel):
    """Settings of a PostgreSQL connection."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        min_length=1, max_length=253, description="Name or address of the server, no socket."
    )
    port: int = Field(default=5432, ge=1, le=65_535, description="The server's port.")
    database: str = Field(min_length=1, max_length=63, description="The database to work in.")
    username: str = Field(min_length=1, max_length=63, description="The role to sign in as.")
    password: str = Field(
        min_length=1,
        max_length=1_024,
        description="The role's password.",
        json_schema_extra={"secret": True},
        repr=False,
    )
    ssl: bool = Field(
        default=False,
        description="Refuse connections that are not encrypted; else encrypted where offered.",
    )
    statement_timeout_seconds: int = Field(
        default=21_600,
        ge=1,
        le=604_800,
        description="Longest time one statement may take on the server.",
    )


class PostgresSession:
    """Opened when first used. After a lost connection `reset` makes the next use open a new one."""

    def __init__(self, name: str, settings: PostgresSettings, reach: Reach) -> None:
        self.connection_name = name
        self._settings = settings
        self._reach = reach
        self._connection: Any = None
        self._cursor: Any = None
        self._reader: Any = None

    def run(self, statement: str) -> None:
        """One statement without an answer."""
        _refuse_nul(statement)
        self._ask(lambda cursor: cursor.execute(statement))

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a small answer; `values` stand for $1, $2 ..."""
        _refuse_nul(query)

        def ask(cursor: Any) -> list[tuple[object, ...]]:
            cursor.execute(query, list(values) if values else None)
            return [tuple(row) for row in cursor.fetchall()]

        return self._ask(ask)

    def statement(
        self, statement: str, most_rows: int
    ) -> tuple[list[str], list[tuple[object, ...]]]:
        """Any one statement, committed by itself: the names and the first rows of its answer."""
        _refuse_nul(statement)

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
        _refuse_nul(query)
        schema: pa.Schema = self._ask(lambda cursor: cursor.adbc_execute_schema(query))
        return schema

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """Run a query; its rows come as the server sends them."""
        _refuse_nul(query)

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

    def copy_in(self, table: str, schema: str, batches: Iterator[pa.RecordBatch]) -> int:
        """Append rows to a table, in one COPY; their types are exactly those of its columns.

        Answers how many. What `batches` raises is raised here, after the COPY was broken off.
        """
        sent = _Sent()
        first = next(batches, None)
        if first is None:
            return 0
        pieces = pa.RecordBatchReader.from_batches(
            first.schema, sent.in_pieces(chain([first], batches))
        )
        try:
            self._ask(
                lambda cursor: cursor.adbc_ingest(
                    table, pieces, mode="append", db_schema_name=schema
                )
            )
        except ProductError:
            if sent.failure is not None:
                raise sent.failure from None
            raise
        return sent.row_count

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
        target = endpoint(self._settings.host, self._settings.port, self._reach)
        try:
            self._connection = postgresql.connect(self._address(target), autocommit=True)
        except DriverError as error:
            raise self._not_let_in(target, str(error)) from None
        with self._errors():
            self._cursor = self._connection.cursor()
            self._cursor.execute(
                "SELECT set_config('TimeZone', 'UTC', false),"
                " set_config('DateStyle', 'ISO', false),"
                " set_config('standard_conforming_strings', 'on', false),"
                " set_config('extra_float_digits', '3', false),"
                f" set_config('lock_timeout', '{LOCK_WAIT_SECONDS:.0f}s', false),"
                " set_config('statement_timeout',"
                f" '{self._settings.statement_timeout_seconds}s', false)"
            )
            self._cursor.fetchall()

    def _address(self, target: Endpoint) -> str:
        """The connection's address; every part is quoted, so no part can bring in another."""
        count = len(target.addresses)
        options = {
            "host": ",".join([target.host] * count),
            "hostaddr": ",".join(target.addresses),
            "port": ",".join([str(target.port)] * count),
            "user": self._settings.username,
            "password": self._settings.password,
            "dbname": self._settings.database,
            "sslmode": "require" if self._settings.ssl else "prefer",
            "connect_timeout": str(CONNECT_SECONDS),
            **_SILENCE,
            **_NOTHING_OF_OURS,
        }
        return f"postgresql:///?{urlencode(options, quote_via=quote)}"

    def _not_let_in(self, target: Endpoint, told: str) -> UpstreamFailed:
        """Only PostgreSQL's own refusals are repeated, never what another service answers."""
        place = f"{target.host}:{target.port}"
        refusal = re.search(r"FATAL:\s+(.+)", told)
        if refusal:
            text = refusal[1].strip()[:_MAX_MESSAGE]
            is_passing = "starting up" in text or "too many" in text or "shutting down" in text
            return UpstreamFailed(
                f"{self.connection_name}: {place} refused: {text}", retryable=is_passing
            )
        if "Connection refused" in told:
            words = f"connection to {place} refused. Check host and port, and that the server runs."
        elif "timeout expired" in told or "timed out" in told:
            words = f"connection to {place} timed out after {CONNECT_SECONDS} seconds."
        elif "does not support SSL" in told:
            words = f"the server at {place} does not support SSL, but ssl is set."
        elif "unreachable" in told or "No route" in told:
            words = f"the network of {place} is unreachable."
        else:
            words = f"{place} did not answer like a PostgreSQL server."
        return UpstreamFailed(f"{self.connection_name}: {words}", retryable="SSL" not in words)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (DriverError, pa.ArrowException, OSError) as error:
            raise self._told(error) from None

    def _told(self, error: Exception) -> UpstreamFailed | InvalidInput:
        """What the server said: its sentence, which row or key, never our statement."""
        text = str(error)
        state = str(getattr(error, "sqlstate", None) or "")
        is_lost = state.startswith(("08", "57P")) or bool(_LOST.search(text))
        found = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.+)", text)
        words = found[1].strip() if found else text.strip().splitlines()[0]
        detail = re.search(r"DETAIL:\s+(.+)", text)
        if detail and state.startswith(("23503", "23505", "23P01")):
            words = f"{words} ({detail[1].strip().rstrip('.')})"
        place = re.search(r"CONTEXT:\s+COPY .+?, line \d+, column (.+)", text)
        if place and state == "22021" and "0x00" in words:
            return InvalidInput(
                f"{self.connection_name}: the field {place[1].strip()[:200]} holds a NUL character,"
                " which a PostgreSQL text cannot. Remove it with replace(...) in a select before."
            )
        if place:
            words = f"{words} (column {place[1].strip()[:200]})"
        if is_lost:
            words = f"the connection was lost: {words}"
        if state == "55P03":
            words = f"{words}: another writer held the table for {LOCK_WAIT_SECONDS:.0f} seconds"
        message = f"{self.connection_name}: {words}"[:_MAX_MESSAGE]
        if state.startswith(_ABOUT_VALUES):
            return RowsRefused(message)
        return UpstreamFailed(message, retryable=is_lost or state.startswith(_RETRYABLE_STATES))


class _Sent:
    """Rows on their way: what passed, and the failure that the driver cannot hand on."""

    def __init__(self) -> None:
        self.row_count = 0
        self.failure: BaseException | None = None

    def in_pieces(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Small pieces fit into the socket's buffer: the next is encoded meanwhile."""
        try:
            for batch in batches:
                for start in range(0, batch.num_rows, _PIECE_ROWS):
                    yield batch.slice(start, _PIECE_ROWS)
                self.row_count += batch.num_rows
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error
            raise


def _refuse_nul(text: str) -> None:
    if "\x00" in text:
        raise InvalidInput("A name, a clause or a query holds a NUL character; remove it.")
