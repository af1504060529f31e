"""The embedded backend: one locked DuckDB session per run, in this process.

Every region of a plan is one statement of named queries, which DuckDB computes without storing
anything in between; only the sinks that are kept become temporary tables.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from connections.drivers.base import BATCH_ROWS
from engine.backends import source_sql as sql
from engine.backends import trying
from engine.backends.base import BackendFailed, BackendInterrupted, Capabilities
from engine.backends.counting import Profile, counted, counters, row_counts, to_be_counted
from engine.backends.file_sql import FileQuery, find_bad_text, find_bad_value, read_files
from engine.backends.file_trials import file_trials
from engine.backends.session import SessionLimits, open_session
from engine.backends.statement import Statement
from engine.backends.telling import failing_line, is_interrupt, is_out_of_memory, told
from engine.files.ready import ReadyFile
from engine.flowing import FlowingSource
from engine.plan import Plan
from engine.regions import Region
from engine.rejects import REJECT_FIELDS, rejects_of
from engine.stages import Destination, ReadFiles, SourceColumn, Stage, Transform, WriteTable

_INCOMING = "_incoming"


class EmbeddedBackend:
    """Implements the Backend protocol with DuckDB."""

    def __init__(self, limits: SessionLimits) -> None:
        self._limits = limits
        self._session: duckdb.DuckDBPyConnection | None = None
        self._queries: dict[str, str] = {}
        self._files: dict[str, FileQuery] = {}
        self._flowing: dict[str, FlowingSource] = {}
        self._counts: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._marked: set[str] = set()
        self._trials: dict[str, Sequence[trying.Trial]] = {}

    def capabilities(self) -> Capabilities:
        return Capabilities("embedded", opens_local_files=True, distributed=False)

    def validate(self, plan: Plan) -> list[str]:
        return []

    def start(self, plan: Plan, files: Sequence[Path], *, keep_order: bool) -> None:
        tries = any(stage.rejects for stage in plan.stages)
        self._session = open_session(self._limits, files=files, keep_order=keep_order, tries=tries)
        self._session.execute(counters(plan.stages))

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def cancel(self) -> None:
        if session := self._session:
            session.interrupt()

    def progress(self) -> float:
        session = self._session
        return 0.0 if session is None else min(max(session.query_progress(), 0.0) / 100, 1.0)

    def take_files(self, stage: Stage, work: ReadFiles, files: Sequence[ReadyFile]) -> None:
        self._names.update((str(file.path), file.name) for file in files)
        found = read_files(work, files)
        self._files[stage.component_id] = found
        self._queries[stage.component_id] = found.query
        if found.rows is not None:
            self._counts[stage.component_id] = found.rows
        if stage.rejects is not None:
            self._trials[stage.component_id] = file_trials(work, files)

    def take_rows(
        self, stage: Stage, columns: Sequence[SourceColumn], rows: pa.RecordBatch
    ) -> None:
        self._incoming(stage, columns, pa.Table.from_batches([rows]))
        self._counts[stage.component_id] = rows.num_rows

    def take_stream(
        self, stage: Stage, columns: Sequence[SourceColumn], source: FlowingSource
    ) -> None:
        self._incoming(stage, columns, source.reader())
        self._flowing[stage.component_id] = source

    def transform(self, stage: Stage, work: Transform) -> None:
        self._queries[stage.component_id] = work.query.sql(dialect="duckdb", comments=False)
        if stage.rejects is not None:
            self._trials[stage.component_id] = [trying.trial_of(work.query, work.checks)]

    def keep(self, region: Region) -> None:
        if region.sink.rejects is not None:
            self._divide(region)
            return
        relation = sql.name(region.sink.relation)
        statement = self._statement(region, f"SELECT * FROM {relation}")  # noqa: S608
        try:
            answer = self._require_session().execute(
                f"CREATE TEMP TABLE {relation} AS {statement.text}"
            )
            ((rows,),) = answer.fetchall()
        except duckdb.Error as error:
            raise self.blame(region, error) from None
        self.settle(region, int(rows))

    def stream(self, region: Region) -> pa.RecordBatchReader:
        work = region.sink.work
        if not isinstance(work, Destination):
            raise TypeError(f"{region.sink.component_name} is not a destination")
        query = work.query.sql(dialect="duckdb", comments=False)
        if region.sink.rejects is not None:
            query = f"SELECT * FROM {sql.name(region.sink.relation)}"  # noqa: S608
        statement = self._statement(region, query)
        return self._require_session().sql(statement.text).to_arrow_reader(BATCH_ROWS)

    def settle(self, region: Region, rows: int) -> None:
        profile = Profile(self._require_session().get_profiling_information(format="json"))
        passed = dict(profile.passed)
        is_repeatable = not any(s.component_id in self._flowing for s in region.members)
        for stage in region.members:
            if stage.component_id in self._marked:
                count = passed.get(stage.relation, 0)
                if is_repeatable and (stage.relation not in passed or profile.ended_early):
                    count = self._counted_again(region, stage)
                self._counts[stage.component_id] = count
            elif stage.component_id in self._flowing:
                self._counts[stage.component_id] = self._flowing[stage.component_id].row_count
        self._counts.update(row_counts(region, self._counts, rows))

    def put_aside(self, stage: Stage, rejects: Sequence[tuple[str, str]]) -> None:
        if not rejects:
            return
        names = [stage.component_name] * len(rejects)
        reasons, rows = zip(*rejects, strict=True)
        session = self._require_session()
        session.register(_INCOMING, pa.table([names, reasons, rows], REJECT_FIELDS.names))
        relation = sql.name(stage.rejects_relation)
        session.execute(f"INSERT INTO {relation} SELECT * FROM {_INCOMING}")  # noqa: S608
        session.unregister(_INCOMING)
        self._counts[rejects_of(stage.component_id)] += len(rejects)

    def rejects(self, stage: Stage, limit: int) -> list[tuple[str, str]]:
        query = (
            f"SELECT reject_reason, reject_row FROM {sql.name(stage.rejects_relation)}"  # noqa: S608
            f" LIMIT {int(limit)}"
        )
        rows = self._require_session().execute(query).fetchall()
        return [(str(reason), str(row)) for reason, row in rows]

    def _divide(self, region: Region) -> None:
        """Try the values of every row that reaches the sink; good rows into its relation."""
        session, stage = self._require_session(), region.sink
        trials = self._trials_of(stage)
        tried, relation = sql.name(f"{stage.relation}_tried"), sql.name(stage.relation)
        try:
            queries = [trial.query(self._given_types(region, trial)) for trial in trials]
            statement = self._before_sink(region, " UNION ALL ".join(queries))
            answer = session.execute(f"CREATE TEMP TABLE {tried} AS {statement.text}")
            ((rows,),) = answer.fetchall()
            self.settle(region, int(rows))
            session.execute(f"CREATE TEMP TABLE {relation} AS {trials[0].good_rows(tried)}")
            session.execute(trying.rejects_table(stage.rejects_relation))
            rejects = sql.name(stage.rejects_relation)
            bad = trying.bad_rows(stage.component_name, tried)
            session.execute(f"INSERT INTO {rejects} {bad}")  # noqa: S608
            ((good,),) = session.execute(f"SELECT count(*) FROM {relation}").fetchall()  # noqa: S608
            session.execute(f"DROP TABLE {tried}")
        except duckdb.Error as error:
            raise self.blame(region, error) from None
        self._counts[stage.component_id] = int(good)
        self._counts[rejects_of(stage.component_id)] = int(rows) - int(good)

    def _trials_of(self, stage: Stage) -> Sequence[trying.Trial]:
        if isinstance(stage.work, WriteTable):
            return [trying.trial_of(stage.work.query, stage.work.checks)]
        return self._trials[stage.component_id]

    def _given_types(self, region: Region, trial: trying.Trial) -> list[tuple[str, str]]:
        """The names and types of what comes to a trial."""
        source = f"SELECT * FROM {trial.source}"  # noqa: S608
        described = self._require_session().sql(self._before_sink(region, source).text)
        return list(zip(described.columns, map(str, described.types), strict=True))

    def _before_sink(self, region: Region, final: str) -> Statement:
        """The region without its sink, whose values are tried instead."""
        before = [stage for stage in region.members if stage is not region.sink]
        self._statement(region, "")
        self._marked.discard(region.sink.component_id)
        return self._parts(before, final, self._marked)

    def row_count(self, output: str) -> int:
        return self._counts[output]

    def blame(self, region: Region, error: Exception) -> BackendFailed | BackendInterrupted:
        if is_interrupt(error):
            return BackendInterrupted()
        stage, failed = self._at_fault(region, error)
        if stage is None:
            return failed
        if stage.component_id in self._files:
            work, files = stage.work, self._files[stage.component_id].files
            if stage.rejects is not None:
                failed = find_bad_text(files) or failed
            elif isinstance(work, ReadFiles):
                better = find_bad_value(self._require_session(), work, files)
                failed = better or failed
        return BackendFailed(failed.message, component_id=stage.component_id)

    def _incoming(
        self, stage: Stage, columns: Sequence[SourceColumn], rows: pa.Table | pa.RecordBatchReader
    ) -> None:
        relation = f"{stage.relation}{_INCOMING}"
        where = stage.component_name
        self._queries[stage.component_id] = sql.typed_rows(columns, rows.schema, relation, where)
        if stage.rejects is not None:
            attempts = trying.source_attempts(columns, rows.schema, where)
            self._trials[stage.component_id] = [trying.Trial(tuple(attempts), sql.name(relation))]
        self._require_session().register(relation, rows)

    def _require_session(self) -> duckdb.DuckDBPyConnection:
        if self._session is None:
            raise BackendFailed("The engine's session is not open.")
        return self._session

    def _statement(self, region: Region, final: str) -> Statement:
        """The whole region; what must be counted in it is marked."""
        flowing = {s.component_id for s in region.members if s.component_id in self._flowing}
        self._marked = to_be_counted(region, self._counts) | flowing
        return self._parts(region.members, final, self._marked)

    def _parts(
        self, members: Sequence[Stage], final: str, marked: Collection[str] = ()
    ) -> Statement:
        statement = Statement()
        for stage in members:
            query = self._queries[stage.component_id]
            is_marked = stage.component_id in marked
            statement.add(stage, counted(query, stage) if is_marked else query)
        statement.end(final)
        return statement

    def _counted_again(self, region: Region, stage: Stage) -> int:
        query = f"SELECT count(*) FROM {sql.name(stage.relation)}"  # noqa: S608
        statement = self._parts(region.members, query)
        try:
            ((rows,),) = self._require_session().execute(statement.text).fetchall()
        except duckdb.Error as error:
            raise self.blame(region, error) from None
        return int(rows)

    def _at_fault(self, region: Region, error: Exception) -> tuple[Stage | None, BackendFailed]:
        """The stage that cannot be computed: told by the error, or found by trying them all."""
        failed = told(error, self._names)
        if is_out_of_memory(error):
            return None, failed
        if region.sink.rejects is not None and region.members == (region.sink,):
            return region.sink, failed
        line = failing_line(error)
        if line is not None and (stage := self._statement(region, "").at_line(line)):
            return stage, failed
        for stage in region.members:
            if (again := self._failure_of(region, stage)) is not None:
                return stage, told(again, self._names)
        return None, failed

    def _failure_of(self, region: Region, stage: Stage) -> Exception | None:
        """What happens when the rows of one stage are computed; of streams, the latest ones."""
        session = self._require_session()
        for source in self._flowing.values():
            recent = pa.Table.from_batches(list(source.recent), schema=source.schema)
            session.register(f"{source.stage.relation}{_INCOMING}", recent)
        everything = f"SELECT * FROM {sql.name(stage.relation)}"  # noqa: S608
        try:
            statement = self._parts(region.members, everything)
            for _ in session.sql(statement.text).to_arrow_reader(BATCH_ROWS):
                pass
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            return error
        return None
