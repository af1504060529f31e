"""PostgreSQL servers: read through Arrow Database Connectivity, written through libpq."""

from collections.abc import Iterator
from functools import partial
from itertools import chain

import pyarrow as pa

from common.errors import NotFound
from connections.drivers.base import (
    BATCH_ROWS,
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
from connections.drivers.postgres_loading import PostgresLoading
from connections.drivers.postgres_login import PostgresLogin, PostgresSettings
from connections.drivers.postgres_session import PostgresSession
from connections.drivers.postgres_split import RangeReaders
from connections.drivers.postgres_types import Reading, reading_of, shortened, word_of_native
from connections.drivers.postgres_values import read_batch
from connections.drivers.postgres_writer import PostgresWriter
from connections.drivers.rejects import good_parts
from connections.drivers.splitting import boundaries, is_splittable, predicates
from connections.drivers.table_writer import MARKER_PREFIX, column_of, quoted
from connections.drivers.types import refuse_doubled

MAX_NAME_BYTES = 63
"""Longest name a server tells apart; it would silently cut a longer one."""

_TABLES = """
SELECT n.nspname::text, c.relname::text, c.relkind::text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND has_schema_privilege(n.oid, 'USAGE')
  AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')
  AND NOT starts_with(c.relname, $1)
  AND ($2::text IS NULL OR n.nspname = $2::text)
  AND ($3::text IS NULL OR strpos(lower(c.relname), lower($3::text)) > 0)
ORDER BY 1, 2 LIMIT $4::int8 OFFSET $5::int8
"""
_COLUMNS = """
SELECT a.attname::text,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod)
            ELSE format_type(a.atttypid, a.atttypmod) END,
       NOT a.attnotnull
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


class PostgresDriver:
    """One connection that reads, in read-only transactions, and one for a delivery."""

    reads_beside_writes = True

    def __init__(self, spec: ConnectionSpec, settings: PostgresSettings, reach: Reach) -> None:
        self.connection_name = spec.name
        login = PostgresLogin(spec.name, settings, reach)
        self._new_session = partial(PostgresSession, login)
        self._session = self._new_session()
        self._loading = PostgresLoading(login)
        self._ranges: RangeReaders | None = None

    def ping(self) -> None:
        self._session.rows("SELECT 1")

    def close(self) -> None:
        if self._ranges is not None:
            self._ranges.close()
        self._session.reset()
        self._loading.reset()

    def cancel(self) -> None:
        if ranges := self._ranges:
            ranges.cancel()
        self._session.cancel()
        self._loading.cancel()

    def tables(
        self, schema: str | None, search: str | None, limit: int, offset: int
    ) -> list[TableInfo]:
        values = [MARKER_PREFIX, schema, search, limit, offset]
        return [
            TableInfo(str(name), str(table), "view" if kind in ("v", "m") else "table")
            for name, table, kind in self._session.rows(_TABLES, values)
        ]

    def columns(self, schema: str | None, table: str) -> list[ColumnInfo]:
        return columns_of(self._session, schema, table)

    def read(self, request: TableRead, rejected: Rejected | None = None) -> pa.RecordBatchReader:
        source, names = self._source(request)
        is_split = request.split_by is not None and request.connections > 1
        level = "ISOLATION LEVEL REPEATABLE READ, READ ONLY" if is_split else "READ ONLY"
        self._session.run(f"BEGIN TRANSACTION {level}")
        if request.timeout_seconds is not None:
            self._session.rows(
                "SELECT set_config('statement_timeout', $1::text, true)",
                [f"{request.timeout_seconds}s"],
            )
        readings = self._readings(request, source, names)
        selected = ", ".join(f"{r.expression} AS {quoted(r.name)}" for r in readings)
        query = f"SELECT {selected} FROM {source}"  # noqa: S608
        if is_split:
            batches = self._side_by_side(request, query)
        else:
            limit = "" if request.row_limit is None else f" LIMIT {int(request.row_limit)}"
            batches = self._session.stream(query + limit)
        names = [column.name for column in request.columns]
        first, rest = _peeked(self._until_done(batches))
        arriving = self._session.describe(query) if first is None else first.schema
        return _typed_reader(arriving, rest, names, readings, rejected)

    def _readings(self, request: TableRead, source: str, names: list[str]) -> list[Reading]:
        """How each column is asked for, by what the server announces."""
        if request.query is not None:
            self._refuse_doubled_names(request.query)
        listed = ", ".join(quoted(name) for name in names)
        announced = self._session.describe(f"SELECT {listed} FROM {source}")  # noqa: S608
        readings = [
            reading_of(field, quoted(name), column.type)
            for field, name, column in zip(announced, names, request.columns, strict=True)
        ]
        if request.value_limit is None:
            return readings
        return [
            shortened(reading, field, request.value_limit)
            for reading, field in zip(readings, announced, strict=True)
        ]

    def _refuse_doubled_names(self, query: str) -> None:
        announced = self._session.describe(f"SELECT * FROM ({query}\n) AS asked")  # noqa: S608
        refuse_doubled(announced.names)

    def _side_by_side(self, request: TableRead, query: str) -> Iterator[pa.RecordBatch]:
        """Ranges of the split column over connections of their own, all in our snapshot."""
        place = place_of(request.schema, request.table or "")
        known = self.columns(request.schema, request.table or "")
        column = column_of(known, request.split_by or "")
        if column is None:
            raise NotFound(f"The table {request.table} has no column {request.split_by}.")
        name = quoted(column.name)
        where = f" WHERE ({request.where}\n)" if request.where else ""
        bounds: list[str] = []
        if is_splittable(column.type):
            ((low, high),) = self._session.rows(
                f"SELECT min({name})::text, max({name})::text FROM {place}{where}"  # noqa: S608
            )
            if low is not None:
                bounds = boundaries(column.type, str(low), str(high), request.connections)
        if not bounds:
            return self._session.stream(query)
        ((snapshot,),) = self._session.rows("SELECT pg_export_snapshot()")
        glue = " AND " if where else " WHERE "
        queries = [f"{query}{glue}{predicate}" for predicate in predicates(name, bounds)]
        sessions = [self._new_session() for _ in queries]
        self._ranges = RangeReaders(sessions, queries, str(snapshot))
        return self._ranges.batches()

    def writer(self, target: TableWrite, token: WriteToken, note: Note) -> Writer:
        for name in (target.schema or "", target.table):
            if len(name.encode()) > MAX_NAME_BYTES:
                raise NotFound(
                    f"The name {name[:80]} is longer than {MAX_NAME_BYTES} bytes; no table of"
                    f" {self.connection_name} is called so."
                )
        columns = partial(columns_of, self._loading)
        return PostgresWriter(self._loading, columns, target, token, note)

    def run_sql(self, statement: str, most_rows: int) -> SqlAnswer:
        names, rows = self._session.statement(statement, most_rows)
        return SqlAnswer(tuple(names), tuple(rows))

    def _source(self, request: TableRead) -> tuple[str, list[str]]:
        """What stands behind FROM, and the real names of the columns asked for."""
        if request.query is not None:
            names = [column.name for column in request.columns]
            return f"({request.query}\n) AS asked", names
        table = request.table or ""
        known = self.columns(request.schema, table)
        names = []
        for column in request.columns:
            found = column_of(known, column.name)
            if found is None:
                raise NotFound(f"The table {table} has no column {column.name}.")
            names.append(found.name)
        where = f" WHERE ({request.where}\n)" if request.where else ""
        return f"{place_of(request.schema, table)}{where}", names

    def _until_done(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The transaction ends with its last row, so that it holds no lock any longer. It is rolled
        back: a large object made by a query is the one thing that read-only does not prevent."""
        yield from batches
        self._session.run("ROLLBACK")


def columns_of(
    session: PostgresSession | PostgresLoading, schema: str | None, table: str
) -> list[ColumnInfo]:
    """The columns of a table, as one of our connections sees them. Raises NotFound."""
    rows = []
    if all(len(name.encode()) <= MAX_NAME_BYTES for name in (schema or "", table)):
        rows = session.rows(_COLUMNS, [place_of(schema, table)])
    if not rows:
        full_name = f"{schema}.{table}" if schema else table
        raise NotFound(f"There is no table {full_name[:200]} in {session.connection_name}.")
    return [
        ColumnInfo(str(name), str(native), word_of_native(str(native)), bool(is_nullable))
        for name, native, is_nullable in rows
    ]


def place_of(schema: str | None, table: str) -> str:
    """The quoted name of a table."""
    return f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)


def _peeked(
    batches: Iterator[pa.RecordBatch],
) -> tuple[pa.RecordBatch | None, Iterator[pa.RecordBatch]]:
    """The first batch, None where no row comes, and all of them."""
    first = next(batches, None)
    return first, batches if first is None else chain([first], batches)


def _typed_reader(
    arriving: pa.Schema,
    batches: Iterator[pa.RecordBatch],
    names: list[str],
    readings: list[Reading],
    rejected: Rejected | None,
) -> pa.RecordBatchReader:
    types = [
        reading.type or _plain_type(field.type)
        for reading, field in zip(readings, arriving, strict=True)
    ]
    schema = pa.schema(list(zip(names, types, strict=True)))

    def typed() -> Iterator[pa.RecordBatch]:
        convert = partial(read_batch, readings=readings, schema=schema)
        for batch in batches:
            for part in good_parts(batch, convert, rejected):
                yield from _in_pieces(part)

    return pa.RecordBatchReader.from_batches(schema, typed())


def _plain_type(data_type: pa.DataType) -> pa.DataType:
    return data_type.storage_type if isinstance(data_type, pa.BaseExtensionType) else data_type


def _in_pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)
