"""Delivery into a PostgreSQL table: COPY in one transaction, on one connection."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import pyarrow as pa

from common.errors import UpstreamFailed
from connections.drivers.actions import statements_of
from connections.drivers.base import ColumnInfo, Note, TableWrite, WriteToken
from connections.drivers.postgres_loading import PostgresLoading
from connections.drivers.postgres_types import (
    carried_type,
    converted,
    is_unsized_numeric,
    landing_type,
    native_of_word,
)
from connections.drivers.postgres_values import write_batch
from connections.drivers.table_writer import STAGE, TableWriter, quoted
from connections.drivers.types import INTEGER_WORDS, arrow_type, decimal_parts, word_of_arrow

_LANDING = f"{STAGE}_landing"
_TEMPORARY = "pg_temp"

Columns = Callable[[str | None, str], list[ColumnInfo]]


class PostgresStore:
    """The TableStore of one session and one target."""

    def __init__(self, session: PostgresLoading, columns: Columns) -> None:
        self.connection_name = session.connection_name
        self.columns = columns
        self._session = session

    def begin(self) -> None:
        self.run("BEGIN")

    def commit(self) -> None:
        self.run("COMMIT")

    def rollback(self) -> None:
        """A new connection is surer than the old one, which may be lost, cancelled or half read."""
        self._session.reset()

    def run(self, statement: str) -> None:
        self._session.run(statement)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self._session.rows(query)

    def widen(self, place: str, name: str, native: str) -> None:
        self.run(f"ALTER TABLE {place} ALTER COLUMN {quoted(name)} TYPE {native}")

    def run_actions(self, sql: str) -> int:
        statements = statements_of(sql, "postgres")
        for statement in statements:
            self.run(statement)
        return len(statements)

    def renew(self) -> None:
        self._session.reset()

    def native_type(self, word: str) -> str:
        return native_of_word(word)

    def place(self, schema: str | None, table: str) -> str:
        return f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)

    def stage_place(self, table: str) -> str:
        return self.place(_TEMPORARY, table)

    def refused_rows(
        self, columns: Sequence[ColumnInfo], batch: pa.RecordBatch
    ) -> dict[int, str] | None:
        """It takes a savepoint to find them."""
        return None

    def lock_table(self, place: str) -> None:
        self.run(f"LOCK TABLE {place} IN SHARE ROW EXCLUSIVE MODE")

    def index_stage(self, table: str, names: str) -> None:
        self.run(f"CREATE INDEX ON {self.stage_place(table)} ({names})")
        self.run(f"ANALYZE {self.stage_place(table)}")

    def fill(
        self, place: str, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]
    ) -> int:
        """COPY all rows, through a temporary table where the server must convert a type."""
        first = next(batches, None)
        if first is None:
            return 0
        carried = [
            carried_type(column.native_type, field.type)
            for column, field in zip(columns, first.schema, strict=True)
        ]
        words = [word_of_arrow(field.type) or "string" for field in first.schema]
        types = [
            wanted if wanted is not None else arrow_type(word)
            for wanted, word in zip(carried, words, strict=True)
        ]
        fitted = (write_batch(batch, columns, types) for batch in chain([first], batches))
        if None not in carried:
            return self._session.copy_in(place, fitted)
        return self._land(place, columns, carried, words, fitted)

    def _land(
        self,
        place: str,
        columns: Sequence[ColumnInfo],
        carried: Sequence[pa.DataType | None],
        words: Sequence[str],
        batches: Iterator[pa.RecordBatch],
    ) -> int:
        names = [quoted(column.name) for column in columns]
        kinds = [
            landing_type(word) if wanted is None else column.native_type
            for column, wanted, word in zip(columns, carried, words, strict=True)
        ]
        values = [
            converted(name, column.native_type) if wanted is None else name
            for name, column, wanted in zip(names, columns, carried, strict=True)
        ]
        definitions = ", ".join(f"{name} {kind}" for name, kind in zip(names, kinds, strict=True))
        self.run(f"CREATE TEMP TABLE {quoted(_LANDING)} ({definitions}) ON COMMIT DROP")
        landing = self.stage_place(_LANDING)
        count = self._session.copy_in(landing, batches)
        self.run(
            f"INSERT INTO {place} ({', '.join(names)})"  # noqa: S608
            f" SELECT {', '.join(values)} FROM {landing}"
        )
        self.run(f"DROP TABLE {landing}")
        return count


class PostgresWriter(TableWriter):
    """The common delivery, with what a server needs besides."""

    def __init__(
        self,
        session: PostgresLoading,
        columns: Columns,
        target: TableWrite,
        token: WriteToken,
        note: Note,
    ) -> None:
        super().__init__(PostgresStore(session, columns), target, token, note)

    def has_marker(self) -> bool:
        """Asked by the lock of the marker: a commit that is still under way is waited for."""
        if not super().has_marker():
            return False
        try:
            self._store.begin()
            self._store.run(f"LOCK TABLE {self._marker_place} IN ACCESS SHARE MODE")
        except UpstreamFailed:
            if not super().has_marker():
                return False
            raise
        self._store.rollback()
        return True

    def begin(self) -> None:
        try:
            super().begin()
        except UpstreamFailed as error:
            if "permission denied" not in error.message:
                raise
            raise UpstreamFailed(
                f"{error.message}. Grant the role the right to create tables in the target's"
                " schema: a run keeps a small marker there until it is done."
            ) from None

    def _checked(self, column: ColumnInfo, word: str) -> ColumnInfo:
        is_exact_number = word in INTEGER_WORDS or decimal_parts(word) is not None
        if is_unsized_numeric(column.native_type) and is_exact_number:
            return column
        return super()._checked(column, word)

    def _overwrite(self, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]) -> int:
        """Truncating locks readers out, so it comes last, when the rows are staged."""
        if self._target.operation != "overwrite_truncate":
            return super()._overwrite(columns, batches)
        names = ", ".join(quoted(column.name) for column in columns)
        definitions = ", ".join(f"{quoted(c.name)} {c.native_type}" for c in columns)
        self._store.run(f"CREATE TEMP TABLE {quoted(STAGE)} ({definitions}) ON COMMIT DROP")
        count = self._put(self._stage, columns, batches)
        self._store.run(f"TRUNCATE {self._place}")
        self._store.run(
            f"INSERT INTO {self._place} ({names}) SELECT {names} FROM {self._stage}"  # noqa: S608
        )
        return count
