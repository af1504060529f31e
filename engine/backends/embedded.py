"""The embedded backend: one locked DuckDB session per run, in this process.

Sources and whatever changes the number of rows become temporary tables, because their rows must
be counted exactly; select and a sort with one reader stay views, so that they cost nothing twice.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from connections.drivers.base import BATCH_ROWS
from connections.drivers.types import TEXT_WORDS
from engine.backends import file_relations
from engine.backends import source_sql as sql
from engine.backends.base import BackendFailed, BackendInterrupted, Capabilities
from engine.backends.session import SessionLimits, open_session
from engine.files.making_ready import require_text
from engine.files.ready import ReadyFile
from engine.plan import Plan
from engine.stages import ReadFiles, SourceColumn, Stage, Transform

_INCOMING = "_incoming"
_MAX_MESSAGE = 500
_CSV_ERROR = re.compile(r"CSV Error on Line: (\d+)\n(.*?)(?:Possible fixes|\n\n|\Z)", re.DOTALL)
_CSV_FILE = re.compile(r"^\s*file ?= ?(.+)$", re.MULTILINE)


class EmbeddedBackend:
    """Implements the Backend protocol with DuckDB."""

    def __init__(self, limits: SessionLimits) -> None:
        self._limits = limits
        self._session: duckdb.DuckDBPyConnection | None = None
        self._plan: Plan | None = None
        self._counts: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._views: list[Stage] = []
        self._streams: set[str] = set()

    def capabilities(self) -> Capabilities:
        return Capabilities("embedded", opens_local_files=True, distributed=False)

    def validate(self, plan: Plan) -> list[str]:
        return []

    def start(self, plan: Plan, files: Sequence[Path]) -> None:
        self._plan = plan
        self._session = open_session(self._limits, files=files, keep_order=plan.keeps_order)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def cancel(self) -> None:
        if session := self._session:
            session.interrupt()

    def take_files(self, stage: Stage, work: ReadFiles, files: Sequence[ReadyFile]) -> None:
        self._names.update((str(file.path), file.name) for file in files)
        try:
            self._make_table(stage, " UNION ALL ".join(file_relations.queries(work, files)))
        except BackendFailed as failed:
            if "unicode" in failed.message.casefold():
                require_text(files)
            self._find_bad_value(work, files)
            raise failed from None

    def take_batch(
        self, stage: Stage, columns: Sequence[SourceColumn], batch: pa.RecordBatch
    ) -> None:
        query = sql.typed_rows(columns, batch.schema, _INCOMING, stage.component_name)
        session = self._require_session()
        session.register(_INCOMING, pa.Table.from_batches([batch]))
        try:
            if stage.component_id not in self._counts:
                self._make_table(stage, query)
            else:
                self._run(f"INSERT INTO {sql.name(stage.relation)} {query}")  # noqa: S608
                self._counts[stage.component_id] += batch.num_rows
        finally:
            session.unregister(_INCOMING)

    def take_stream(
        self, stage: Stage, columns: Sequence[SourceColumn], rows: pa.RecordBatchReader
    ) -> None:
        flowing = f"{stage.relation}{_INCOMING}"
        query = sql.typed_rows(columns, rows.schema, flowing, stage.component_name)
        self._require_session().register(flowing, rows)
        self._run(f"CREATE TEMP VIEW {sql.name(stage.relation)} AS {query}")
        self._streams.add(stage.component_id)

    def transform(self, stage: Stage, work: Transform) -> None:
        query = work.query.sql(dialect="duckdb", comments=False)
        is_read_twice = self._plan is not None and self._plan.consumers(stage.component_id) > 1
        if work.keeps_count and not (work.orders and is_read_twice):
            self._run(f"CREATE TEMP VIEW {sql.name(stage.relation)} AS {query}")
            self._views.append(stage)
            if stage.inputs[0] in self._streams:
                self._streams.add(stage.component_id)
            else:
                self._counts[stage.component_id] = self._counts[stage.inputs[0]]
            return
        try:
            self._make_table(stage, query)
        except BackendFailed as failed:
            raise self._blamed(stage, failed) from None

    def row_count(self, component_id: str) -> int:
        return self._counts[component_id]

    def stream(self, stage: Stage, query: exp.Query) -> pa.RecordBatchReader:
        try:
            relation = self._require_session().sql(query.sql(dialect="duckdb", comments=False))
            return relation.to_arrow_reader(BATCH_ROWS)
        except duckdb.Error as error:
            raise self.blame(stage, error) from None

    def blame(self, stage: Stage, error: BaseException) -> BackendFailed | BackendInterrupted:
        told = self._told(error)
        return self._blamed(stage, told) if isinstance(told, BackendFailed) else told

    def _require_session(self) -> duckdb.DuckDBPyConnection:
        if self._session is None:
            raise BackendFailed("The engine's session is not open.")
        return self._session

    def _run(self, statement: str) -> None:
        try:
            self._require_session().execute(statement)
        except duckdb.Error as error:
            raise self._told(error) from None

    def _make_table(self, stage: Stage, query: str) -> None:
        relation = sql.name(stage.relation)
        self._run(f"CREATE TEMP TABLE {relation} AS {query}")
        rows = self._require_session().execute(f"SELECT count(*) FROM {relation}").fetchall()  # noqa: S608
        self._counts[stage.component_id] = int(rows[0][0])

    def _blamed(self, stage: Stage, failed: BackendFailed) -> BackendFailed:
        """A view is computed by its reader; name the view when it is what fails."""
        wanted = self._ancestors(stage)
        for view in self._views:
            if view.component_id not in wanted:
                continue
            if view.component_id in self._streams:
                return BackendFailed(failed.message, component_id=view.component_id)
            try:
                for _ in self.stream_relation(view):
                    pass
            except (duckdb.Error, pa.ArrowException, OSError) as error:
                told = self._told(error)
                message = told.message if isinstance(told, BackendFailed) else failed.message
                return BackendFailed(message, component_id=view.component_id)
        return failed

    def stream_relation(self, stage: Stage) -> Iterator[pa.RecordBatch]:
        """The rows of one finished stage."""
        query = f"SELECT * FROM {sql.name(stage.relation)}"  # noqa: S608
        yield from self._require_session().sql(query).to_arrow_reader(BATCH_ROWS)

    def _ancestors(self, stage: Stage) -> set[str]:
        by_id = {known.component_id: known for known in self._plan.stages} if self._plan else {}
        found: set[str] = set()
        waiting = list(stage.inputs)
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(by_id[current].inputs)
        return found

    def _find_bad_value(self, work: ReadFiles, files: Sequence[ReadyFile]) -> None:
        """Raise a better error than the engine's, when one value is the cause."""
        session = self._require_session()
        for relation, columns in file_relations.text_relations(work, files):
            for column in columns:
                if column.type in TEXT_WORDS or column.type is None:
                    continue
                predicate = sql.unreadable(sql.name(column.name), column.type)
                query = (
                    f"SELECT filename, {sql.name(column.name)} FROM {relation}"  # noqa: S608
                    f" WHERE {predicate} LIMIT 1"
                )
                try:
                    rows = session.execute(query).fetchall()
                except duckdb.Error:
                    return
                if rows:
                    value = str(rows[0][1])
                    raise file_relations.bad_value(self._shown(rows[0][0]), column, value)

    def _shown(self, path: str) -> str:
        """What people call a file that was made ready."""
        return self._names.get(path, Path(path).name)

    def _told(self, error: BaseException) -> BackendFailed | BackendInterrupted:
        if isinstance(error, duckdb.InterruptException) or "INTERRUPT" in str(error)[:40]:
            return BackendInterrupted()
        if found := _CSV_ERROR.search(str(error)):
            file = _CSV_FILE.search(str(error))
            where = f"The file {self._shown(file[1].strip())}" if file else "A file"
            reasons = [line.strip() for line in found[2].splitlines() if line.strip()]
            return BackendFailed(
                f"{where} cannot be read at line {found[1]}: {'; '.join(reasons)[:_MAX_MESSAGE]}."
                " Correct the file, or delimiter, quote and header_row of the source."
            )
        lines = str(error).strip().splitlines()
        return BackendFailed(lines[0][:_MAX_MESSAGE] if lines else type(error).__name__)
