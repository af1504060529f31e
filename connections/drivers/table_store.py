"""What the common delivery of rows asks of one database that has transactions."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from connections.drivers.base import ColumnInfo


class TableStore(Protocol):
    """One open database, inside and outside transactions."""

    connection_name: str

    def begin(self) -> None:
        """Start a writing transaction, waiting a bounded time for other writers."""

    def commit(self) -> None:
        """Make the transaction's work last."""

    def rollback(self) -> None:
        """Undo the transaction; harmless when none is open."""

    def run(self, statement: str) -> None:
        """One statement without an answer."""

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """All rows of a small answer."""

    def columns(self, schema: str | None, table: str) -> list[ColumnInfo]:
        """The table's columns. Raises NotFound."""

    def native_type(self, word: str) -> str:
        """The column type for a product type. Raises InvalidInput when there is none."""

    def widen(self, place: str, name: str, native: str) -> None:
        """Change a column to a wider type."""

    def run_actions(self, sql: str) -> int:
        """Statements of the user, none of which may end the transaction; how many there were."""

    def renew(self) -> None:
        """End the session, so that nothing the user's statements set lasts into the next."""

    def place(self, schema: str | None, table: str) -> str:
        """The quoted name of a table."""

    def stage_place(self, table: str) -> str:
        """The quoted name of a temporary table."""

    def refused_rows(
        self, columns: Sequence[ColumnInfo], batch: pa.RecordBatch
    ) -> dict[int, str] | None:
        """Rows whose values the columns do not take, with the reason; None when the store has
        savepoints, by which they are found."""

    def lock_table(self, place: str) -> None:
        """Keep other writers out of a table until the transaction ends; readers stay."""

    def index_stage(self, table: str, names: str) -> None:
        """Make the staged rows quick to find by their key columns."""

    def fill(
        self, place: str, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]
    ) -> int:
        """Insert rows into the given columns, which are in the batches' order; how many."""
