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
from connections.drivers.types import TEXT_WORDS, duckdb_type
from engine.backends import source_sql as sql
from engine.backends import trying
from engine.backends.base import BackendFailed, BackendInterrupted, Capabilities
from engine.backends.session import SessionLimits, open_session
from engine.plan import Plan
from engine.rejects import REJECT_FIELDS, Check, component_of, rejects_of
from engine.stages import ReadFiles, SourceColumn, Stage, Transform, WriteTable

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
        self._views: list[Stage] = []
        self._streams: set[str] = set()

    def capabilities(self) -> Capabilities:
        return Capabilities("embedded", opens_local_files=True, distributed=False)

    def validate(self, plan: Plan) -> list[str]:
        return []

    def start(self, plan: Plan, files: Sequence[Path]) -> None:
        self._plan = plan
        self._session = open_session(
            self._limits,
            files=files,
            keep_order=plan.keeps_order,
            tries=any(stage.rejects for stage in plan.stages),
        )

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def cancel(self) -> None:
        if session := self._session:
            session.interrupt()

    def take_files(self, stage: Stage, work: ReadFiles, files: Sequence[Path]) -> None:
        parts = list(
            self._parquet_parts(work, files)
            if work.format == "parquet"
            else self._delimited_parts(work, files)
        )
        if not parts:
            parts = [_empty_rows(work.columns)]
        try:
            self._make_table(stage, " UNION ALL ".join(parts))
        except BackendFailed as failed:
            if work.format == "delimited":
                self._find_bad_value(work, files)
            raise failed from None

    def take_batch(
        self, stage: Stage, columns: Sequence[SourceColumn], batch: pa.RecordBatch
    ) -> None:
        session = self._require_session()
        session.register(_INCOMING, pa.Table.from_batches([batch]))
        try:
            if stage.rejects is not None:
                attempts = trying.source_attempts(columns, batch.schema, stage.component_name)
                self._divide(stage, attempts, _INCOMING)
                return
            query = sql.typed_rows(columns, batch.schema, _INCOMING, stage.component_name)
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

    def judge(self, stage: Stage, work: WriteTable) -> None:
        self._divide_query(stage, work.query, work.checks)

    def put_aside(self, stage: Stage, rejects: Sequence[tuple[str, str]]) -> None:
        if not rejects:
            return
        self._open_rejects(stage)
        names = [stage.component_name] * len(rejects)
        reasons, rows = zip(*rejects, strict=True)
        session = self._require_session()
        session.register(_INCOMING, pa.table([names, reasons, rows], REJECT_FIELDS.names))
        try:
            relation = sql.name(stage.rejects_relation)
            self._run(f"INSERT INTO {relation} SELECT * FROM {_INCOMING}")  # noqa: S608
        finally:
            session.unregister(_INCOMING)
        self._counts[rejects_of(stage.component_id)] += len(rejects)

    def rejects(self, stage: Stage, limit: int) -> list[tuple[str, str]]:
        self._open_rejects(stage)
        query = (
            f"SELECT reject_reason, reject_row FROM {sql.name(stage.rejects_relation)}"  # noqa: S608
            f" LIMIT {int(limit)}"
        )
        rows = self._require_session().execute(query).fetchall()
        return [(str(reason), str(row)) for reason, row in rows]

    def _open_rejects(self, stage: Stage) -> None:
        output = rejects_of(stage.component_id)
        if output not in self._counts:
            self._run(trying.rejects_table(stage.rejects_relation))
            self._counts[output] = 0

    def _divide_query(self, stage: Stage, query: exp.Query, checks: Sequence[Check]) -> None:
        """Try each selected value over the one relation that the query selects from."""
        attempts = [
            trying.attempt(selected.unalias(), check)
            for selected, check in zip(query.selects, checks, strict=True)
        ]
        source = query.args["from_"].this.sql(dialect="duckdb")
        self._divide(stage, attempts, source)

    def _divide(self, stage: Stage, attempts: Sequence[trying.Attempt], source: str) -> None:
        """Add the good rows of a relation to the stage's, and the bad ones to its rejects."""
        self._open_rejects(stage)
        session = self._require_session()
        described = session.sql(f"SELECT * FROM {source}")  # noqa: S608
        types = [(name, str(kind)) for name, kind in
                 zip(described.columns, described.types, strict=True)]  # fmt: skip
        tried = sql.name(f"{stage.relation}_tried")
        self._run(f"CREATE TEMP TABLE {tried} AS {trying.tried_rows(attempts, source, types)}")
        good = trying.good_rows(attempts, tried)
        bad = trying.bad_rows(stage.component_name, tried)
        relation, rejects = sql.name(stage.relation), sql.name(stage.rejects_relation)
        if stage.component_id in self._counts:
            self._run(f"INSERT INTO {relation} {good}")  # noqa: S608
        else:
            self._run(f"CREATE TEMP TABLE {relation} AS {good}")
        self._run(f"INSERT INTO {rejects} {bad}")  # noqa: S608
        self._run(f"DROP TABLE {tried}")
        self._recount(stage.component_id, relation)
        self._recount(rejects_of(stage.component_id), rejects)

    def _recount(self, output: str, relation: str) -> None:
        rows = self._require_session().execute(f"SELECT count(*) FROM {relation}").fetchall()  # noqa: S608
        self._counts[output] = int(rows[0][0])

    def transform(self, stage: Stage, work: Transform) -> None:
        if stage.rejects is not None:
            self._divide_query(stage, work.query, work.checks)
            return
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

    def row_count(self, output: str) -> int:
        return self._counts[output]

    def stream(self, stage: Stage, query: exp.Query) -> pa.RecordBatchReader:
        try:
            relation = self._require_session().sql(query.sql(dialect="duckdb", comments=False))
            return relation.to_arrow_reader(BATCH_ROWS)
        except duckdb.Error as error:
            raise self.blame(stage, error) from None

    def blame(self, stage: Stage, error: BaseException) -> BackendFailed | BackendInterrupted:
        told = _told(error)
        return self._blamed(stage, told) if isinstance(told, BackendFailed) else told

    def _require_session(self) -> duckdb.DuckDBPyConnection:
        if self._session is None:
            raise BackendFailed("The engine's session is not open.")
        return self._session

    def _run(self, statement: str) -> None:
        try:
            self._require_session().execute(statement)
        except duckdb.Error as error:
            raise _told(error) from None

    def _make_table(self, stage: Stage, query: str) -> None:
        relation = sql.name(stage.relation)
        self._run(f"CREATE TEMP TABLE {relation} AS {query}")
        self._recount(stage.component_id, relation)

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
                told = _told(error)
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
            current = component_of(waiting.pop())
            if current not in found:
                found.add(current)
                waiting.extend(by_id[current].inputs)
        return found

    def _delimited_parts(self, work: ReadFiles, files: Sequence[Path]) -> Iterator[str]:
        """One query per distinct header, over all files that have it."""
        selected = ", ".join(
            sql.typed_column(column, "string", "the file") for column in _with_text(work.columns)
        )
        for header, members in _by_header(work, files).items():
            relation = sql.delimited_relation(work, members, header)
            yield f"SELECT {selected} FROM {relation}"  # noqa: S608

    def _parquet_parts(self, work: ReadFiles, files: Sequence[Path]) -> Iterator[str]:
        for path in files:
            words = sql.parquet_words(path)
            sql.require_columns(work, path, list(words))
            by_name = {name.casefold(): word for name, word in words.items()}
            selected = ", ".join(
                sql.typed_column(column, by_name[column.name.casefold()], path.name)
                for column in work.columns
            )
            yield f"SELECT {selected} FROM read_parquet({sql.text(str(path))})"  # noqa: S608

    def _find_bad_value(self, work: ReadFiles, files: Sequence[Path]) -> None:
        """Raise a better error than the engine's, when one value is the cause."""
        session = self._require_session()
        for header, members in _by_header(work, files).items():
            relation = sql.delimited_relation(work, members, header, with_filename=True)
            for column in work.columns:
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
                    raise _bad_value(Path(rows[0][0]).name, column, str(rows[0][1]))


def _with_text(columns: Sequence[SourceColumn]) -> list[SourceColumn]:
    return [SourceColumn(column.name, column.alias, column.type or "string") for column in columns]


def _by_header(work: ReadFiles, files: Sequence[Path]) -> dict[tuple[str, ...], list[Path]]:
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path, header in sql.delimited_headers(work, files):
        sql.require_columns(work, path, header)
        groups.setdefault(tuple(header), []).append(path)
    return groups


def _empty_rows(columns: Sequence[SourceColumn]) -> str:
    selected = ", ".join(
        f"CAST(NULL AS {duckdb_type(column.type or 'string')}) AS {sql.name(column.alias)}"
        for column in columns
    )
    return f"SELECT {selected} LIMIT 0"


def _bad_value(file_name: str, column: SourceColumn, value: str) -> BackendFailed:
    return BackendFailed(
        f"The file {file_name} holds '{value[:80]}' in the column {column.name}, which is not"
        f" {column.type}. Correct the file, declare the column as string, or set null_string to"
        " the text that stands for a missing value."
    )


def _told(error: BaseException) -> BackendFailed | BackendInterrupted:
    if isinstance(error, duckdb.InterruptException) or "INTERRUPT" in str(error)[:40]:
        return BackendInterrupted()
    if found := _CSV_ERROR.search(str(error)):
        file = _CSV_FILE.search(str(error))
        where = f"The file {Path(file[1].strip()).name}" if file else "A file"
        reasons = [line.strip() for line in found[2].splitlines() if line.strip()]
        return BackendFailed(
            f"{where} cannot be read at line {found[1]}: {'; '.join(reasons)[:_MAX_MESSAGE]}."
            " Correct the file, or delimiter, quote and header_row of the source."
        )
    lines = str(error).strip().splitlines()
    return BackendFailed(lines[0][:_MAX_MESSAGE] if lines else type(error).__name__)
