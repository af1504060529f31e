"""Delivery of rows into one table, the same for every database that has transactions.

All SQL here is of the common kind; what differs between systems is asked of the `TableStore`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from common.errors import InvalidInput, NotFound, ProductError, UpstreamFailed
from connections.drivers.base import ColumnInfo, Note, Rejected, TableWrite, WriteToken
from connections.drivers.rejects import (
    RowsRefused,
    batch_row_json,
    is_longer_text,
    without_misfits,
)
from connections.drivers.table_store import TableStore
from connections.drivers.types import can_store, widens, word_of_arrow

MARKER_PREFIX = "_etl_run_"
"""How the names of marker tables begin; listings leave them out."""

STAGE = "_etl_stage"
"""The temporary table that takes the rows of a merge first."""


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def is_marker(table: str) -> bool:
    """Whether a table is a run's marker and not the user's."""
    return table.startswith((MARKER_PREFIX, STAGE))


def column_of(columns: Sequence[ColumnInfo], name: str) -> ColumnInfo | None:
    """The column of exactly that name, else the one that differs in case only."""
    alike = [column for column in columns if column.name.casefold() == name.casefold()]
    exact = [column for column in alike if column.name == name]
    return next(iter(exact or alike), None)


def in_pieces(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of at most so many rows."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


class TableWriter:
    """Implements the Writer protocol of the base module in one transaction."""

    def __init__(
        self, store: TableStore, target: TableWrite, token: WriteToken, note: Note
    ) -> None:
        self._store = store
        self._target = target
        self._marker = f"{MARKER_PREFIX}{token.suffix}"
        self._place = store.place(target.schema, target.table)
        self._marker_place = store.place(target.schema, self._marker)
        self._after_marker = f"{self._marker}_after"
        self._after_place = store.place(target.schema, self._after_marker)
        self._stage = store.stage_place(STAGE)
        self._note = note
        self._rejected: Rejected | None = None

    def has_marker(self) -> bool:
        """Asked outside the transaction: inside, a commit that failed has dropped it already."""
        self._store.rollback()
        return self._exists(self._marker)

    def discard(self) -> None:
        self._store.rollback()
        self._store.begin()
        self._store.run(f"DROP TABLE IF EXISTS {self._marker_place}")
        self._store.run(f"DROP TABLE IF EXISTS {self._after_place}")
        self._store.commit()

    def begin(self) -> None:
        """What is to be done before is done with the making of the marker, so never twice."""
        self._store.rollback()
        self._store.begin()
        is_new = not self._target.before or not self._exists(self._marker)
        self._store.run(f"CREATE TABLE IF NOT EXISTS {self._marker_place} (run INTEGER)")
        if self._target.before and is_new:
            self._act("pre_action_sql", self._target.before)
        self._store.commit()
        if self._target.before:
            self._store.renew()

    def load(
        self,
        schema: pa.Schema,
        batches: Iterator[pa.RecordBatch],
        rejected: Rejected | None = None,
    ) -> int:
        """All but the commit: what could fail before it must not look like a lost answer."""
        self._rejected = rejected
        self._store.begin()
        columns = self._prepare(schema)
        if self._target.batch_rows is not None:
            batches = in_pieces(batches, self._target.batch_rows)
        count = self._fill(columns, batches)
        self._store.run(f"DROP TABLE {self._marker_place}")
        if self._target.after:
            self._store.run(f"CREATE TABLE {self._after_place} (run INTEGER)")
        return count

    def _fill(self, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]) -> int:
        if self._target.operation.startswith("merge"):
            return self._merge(columns, batches)
        if self._target.operation.startswith("overwrite"):
            return self._overwrite(columns, batches)
        return self._put(self._place, columns, batches)

    def _put(
        self, place: str, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]
    ) -> int:
        """Insert rows; those that are refused for their values are put aside where asked for."""
        rejected = self._rejected
        if rejected is None:
            return self._store.fill(place, columns, batches)
        fitting = (without_misfits(batch, columns, rejected) for batch in batches)
        return sum(self._put_or_reject(place, columns, batch, rejected) for batch in fitting)

    def _put_or_reject(
        self,
        place: str,
        columns: Sequence[ColumnInfo],
        batch: pa.RecordBatch,
        rejected: Rejected,
    ) -> int:
        """Halves of a refused batch are tried until the rows that are refused stand alone."""
        refused = self._store.refused_rows(columns, batch)
        if refused is not None:
            for index, reason in sorted(refused.items()):
                rejected(reason, batch_row_json(batch, index))
            good = pa.array([index not in refused for index in range(batch.num_rows)], pa.bool_())
            return self._store.fill(place, columns, iter([batch.filter(good)]))
        self._store.run("SAVEPOINT part")
        try:
            count = self._store.fill(place, columns, iter([batch]))
        except (RowsRefused, InvalidInput) as failure:
            self._store.run("ROLLBACK TO SAVEPOINT part")
            self._store.run("RELEASE SAVEPOINT part")
            if batch.num_rows == 1:
                rejected(failure.message, batch_row_json(batch))
                return 0
            middle = batch.num_rows // 2
            parts = (batch.slice(0, middle), batch.slice(middle))
            return sum(self._put_or_reject(place, columns, part, rejected) for part in parts)
        self._store.run("RELEASE SAVEPOINT part")
        return count

    def commit(self) -> None:
        """The marker goes, and one that tells that something is to be done after comes."""
        self._store.commit()

    def finish(self) -> None:
        if not self._target.after or not self._exists(self._after_marker):
            return
        self._store.begin()
        self._act("post_action_sql", self._target.after)
        self._store.run(f"DROP TABLE {self._after_place}")
        self._store.commit()

    def _act(self, name: str, sql: str) -> None:
        try:
            count = self._store.run_actions(sql)
        except UpstreamFailed as error:
            raise UpstreamFailed(f"{name}: {error.message}", retryable=error.retryable) from None
        except ProductError as error:
            raise InvalidInput(f"{name}: {error.message}") from None
        self._note("INFO", f"Ran {name} ({count} {'statement' if count == 1 else 'statements'}).")

    def _exists(self, table: str) -> bool:
        try:
            self._store.columns(self._target.schema, table)
        except NotFound:
            return False
        return True

    def _prepare(self, schema: pa.Schema) -> list[ColumnInfo]:
        """The target's columns in the order of the incoming ones, made where that is allowed."""
        incoming = {field.name: self._word(field) for field in schema}
        try:
            existing = self._store.columns(self._target.schema, self._target.table)
        except NotFound as error:
            if not self._target.create_table:
                raise NotFound(
                    f"{error.message} Set create_table to true, or create the table first."
                ) from None
            return self._create(incoming)
        return [
            self._checked(
                self._wide(column_of(existing, name) or self._add(name, word), word), word
            )
            for name, word in incoming.items()
        ]

    def _wide(self, column: ColumnInfo, word: str) -> ColumnInfo:
        """The column, made wider where that is allowed and what comes would not fit."""
        native = self._native(column.name, word)
        is_longer = is_longer_text(native, column.native_type)
        if not self._target.widens or not (
            is_longer or (column.type is not None and widens(column.type, word))
        ):
            return column
        self._store.widen(self._place, column.name, native)
        self._note("INFO", f"Made the column {column.name} {native}; it was {column.native_type}.")
        return replace(column, native_type=native, type=word)

    def _word(self, field: pa.Field) -> str:
        word = word_of_arrow(field.type)
        if word is None:
            raise InvalidInput(
                f"The field {field.name} has the type {field.type}, which no column can take."
                " Cast it in a select before."
            )
        return word

    def _create(self, incoming: dict[str, str]) -> list[ColumnInfo]:
        required = {name.casefold() for name in self._target.not_null + self._target.keys}
        natives = {name: self._native(name, word) for name, word in incoming.items()}
        definitions = [
            f"{quoted(name)} {native}" + (" NOT NULL" if name.casefold() in required else "")
            for name, native in natives.items()
        ]
        self._store.run(f"CREATE TABLE {self._place} ({', '.join(definitions)})")
        self._note("INFO", f"Created the table {self._target.table}.")
        return [
            ColumnInfo(name, natives[name], word, name.casefold() not in required)
            for name, word in incoming.items()
        ]

    def _native(self, name: str, word: str) -> str:
        """The type of a column to be made."""
        lengths = {column.casefold(): length for column, length in self._target.lengths}
        if word == "string" and name.casefold() in lengths:
            return f"character varying({lengths[name.casefold()]})"
        return self._store.native_type(word)

    def _add(self, name: str, word: str) -> ColumnInfo:
        is_key = name.casefold() in {key.casefold() for key in self._target.keys}
        if not self._target.add_columns or is_key:
            way_out = (
                "Key columns are never added; create it."
                if is_key
                else "Add the column, set add_columns to true, or take the field away."
            )
            raise NotFound(f"The table {self._target.table} has no column {name}. {way_out}")
        native = self._native(name, word)
        self._store.run(f"ALTER TABLE {self._place} ADD COLUMN {quoted(name)} {native}")
        self._note("INFO", f"Added the column {name} to {self._target.table}.")
        return ColumnInfo(name, native, word, True)

    def _checked(self, column: ColumnInfo, word: str) -> ColumnInfo:
        if column.type is None or can_store(word, column.type):
            return column
        raise self._lossy(column, word)

    def _lossy(self, column: ColumnInfo, word: str) -> InvalidInput:
        return InvalidInput(
            f"The column {column.name} of {self._target.table} is {column.native_type} and the"
            f" incoming field is {word}, which it cannot hold without loss. Cast the field in a"
            " select, or change the column."
        )

    def _overwrite(self, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]) -> int:
        self._store.lock_table(self._place)
        self._store.run(f"DELETE FROM {self._place}")  # noqa: S608
        return self._put(self._place, columns, batches)

    def _merge(self, columns: Sequence[ColumnInfo], batches: Iterator[pa.RecordBatch]) -> int:
        definitions = ", ".join(f"{quoted(c.name)} {c.native_type}" for c in columns)
        self._store.run(f"CREATE TEMP TABLE {STAGE} ({definitions})")
        count = self._put(self._stage, columns, batches)
        self._note("INFO", f"Staged {count:,} rows for {self._target.table}.")
        keys = self._key_columns(columns)
        self._check_keys(keys)
        self._store.lock_table(self._place)
        if self._target.operation == "merge_delete_insert":
            self._delete_matching(keys)
        else:
            self._update_matching(keys, [c.name for c in columns if c.name not in keys])
        self._insert_missing(keys, [column.name for column in columns])
        self._store.run(f"DROP TABLE {self._stage}")
        return count

    def _key_columns(self, columns: Sequence[ColumnInfo]) -> list[str]:
        wanted = {key.casefold() for key in self._target.keys}
        return [column.name for column in columns if column.name.casefold() in wanted]

    def _check_keys(self, keys: list[str]) -> None:
        names = ", ".join(quoted(key) for key in keys)
        any_null = " OR ".join(f"{quoted(key)} IS NULL" for key in keys)
        nulls = self._store.rows(f"SELECT count(*) FROM {self._stage} WHERE {any_null}")  # noqa: S608
        if nulls[0][0]:
            raise InvalidInput(
                f"{nulls[0][0]:,} incoming rows for {self._target.table} have no value in the merge"
                f" key ({', '.join(keys)}). Filter them out before. Nothing was changed."
            )
        doubles = self._store.rows(
            f"SELECT {names}, count(*) FROM {self._stage} GROUP BY {names}"  # noqa: S608
            " HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
        )
        if doubles:
            *values, count = doubles[0]
            example = ", ".join(
                f"{key} = {str(value)[:80]}" for key, value in zip(keys, values, strict=True)
            )
            raise InvalidInput(
                f"The merge key of {self._target.table} is not unique in the incoming rows:"
                f" {example} comes {count} times. Aggregate the rows or add a key field. Nothing"
                " was changed."
            )
        self._store.index_stage(STAGE, names)

    def _match(self, keys: list[str]) -> str:
        return " AND ".join(f"target.{quoted(key)} = stage.{quoted(key)}" for key in keys)

    def _delete_matching(self, keys: list[str]) -> None:
        self._store.run(
            f"DELETE FROM {self._place} AS target WHERE EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {self._stage} AS stage WHERE {self._match(keys)})"
        )

    def _update_matching(self, keys: list[str], others: list[str]) -> None:
        if not others:
            return
        changes = ", ".join(f"{quoted(name)} = stage.{quoted(name)}" for name in others)
        self._store.run(
            f"UPDATE {self._place} AS target SET {changes}"  # noqa: S608
            f" FROM {self._stage} AS stage WHERE {self._match(keys)}"
        )

    def _insert_missing(self, keys: list[str], names: list[str]) -> None:
        listed = ", ".join(quoted(name) for name in names)
        staged = ", ".join(f"stage.{quoted(name)}" for name in names)
        self._store.run(
            f"INSERT INTO {self._place} ({listed}) SELECT {staged}"  # noqa: S608
            f" FROM {self._stage} AS stage LEFT JOIN {self._place} AS target"
            f" ON {self._match(keys)} WHERE target.{quoted(keys[0])} IS NULL"
        )
