"""The case of copying a table from PostgreSQL to PostgreSQL, with dlt among the ways."""

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from config.launch.layout import ROOT
from tests.services.postgres import PostgresServer, own_postgres

COLUMNS = ("id", "customer", "amount", "rate", "title", "code", "placed_at", "day", "paid", "score")
MAKE_SOURCE = """
CREATE TABLE source AS
SELECT i::int8 AS id, (i % 1000)::int4 AS customer,
       (i * 7 % 100000 / 100.0)::numeric(12,2) AS amount,
       (i * 13 % 1000000 / 10000.0)::numeric(14,4) AS rate, 'title ' || i AS title,
       md5(i::text) AS code, timestamp '2024-01-01' + i * interval '1 second' AS placed_at,
       date '2020-01-01' + (i % 1000)::int AS day, i % 2 = 0 AS paid, i / 3.0::float8 AS score
FROM generate_series(1, {rows}) AS i
"""
CHECKSUM = """
SELECT count(*), sum(amount), sum(rate), sum(hashtextextended(ROW({columns})::text, 0)::numeric)
FROM {table}
"""
DLT_PROGRAM = """
import json, sys, time
import dlt
from dlt.sources.sql_database import sql_table
url, folder, file_format = sys.argv[1:]
pipeline = dlt.pipeline("copy", destination=dlt.destinations.postgres(url), dataset_name="by_dlt",
                        pipelines_dir=folder)
table = sql_table(credentials=url, table="source", backend="pyarrow", chunk_size=50_000)
started, cpu = time.perf_counter(), time.process_time()
pipeline.run(table, write_disposition="replace", loader_file_format=file_format)
seconds = time.perf_counter() - started
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
cpu = time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mib": int(peak.split()[1]) / 1024}))
"""
DLT_PACKAGES = (
    "dlt[postgres,sql-database]>=1.31,<2",
    "pyarrow",
    "psycopg[binary]",
    "adbc-driver-manager",
    "adbc-driver-postgresql",
)


class CopyTask:
    """A private server with the table; each way of copying it is measured on a fresh target."""

    def __init__(self, folder: Path, rows: int, *, with_dlt: bool) -> None:
        self._with_dlt = with_dlt
        self._folder = folder
        self._rows = rows
        self._stack = ExitStack()
        self._server: PostgresServer
        self._python = folder / "dlt" / "bin" / "python"

    def __enter__(self) -> "CopyTask":
        self._server = self._stack.enter_context(
            own_postgres(max_wal_size="8GB", shared_buffers="512MB")
        )
        self._server.database = self._server.new_database()
        self._execute(MAKE_SOURCE.format(rows=self._rows), "VACUUM ANALYZE source")
        facts = {
            "folder": str(self._folder),
            "columns": COLUMNS,
            "url": self._server.url(self._server.database),
            "server": {
                "host": self._server.host,
                "port": self._server.port,
                "database": self._server.database,
                "username": self._server.user,
                "password": self._server.password,
            },
        }
        (self._folder / "copy.json").write_text(json.dumps(facts))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def ways(self) -> list[str]:
        """dlt is left out, with a message, where it cannot be installed."""
        ours = ["copy-psql", "copy-package"]
        if not self._with_dlt or not self._has_dlt():
            return ours
        return [*ours, "copy-dlt-csv", "copy-dlt-parquet"]

    def measure(self, way: str) -> dict[str, float]:
        """Seconds and peak MiB; stops unless every value arrived exactly."""
        self._execute(
            "DROP TABLE IF EXISTS target",
            "DROP SCHEMA IF EXISTS by_dlt CASCADE",
            "CREATE TABLE target (LIKE source)",
            "CHECKPOINT",
        )
        if way.startswith("copy-dlt"):
            url = self._server.url(self._server.database)
            pipelines = str(self._folder / f"pipelines-{way}")
            shutil.rmtree(pipelines, ignore_errors=True)
            command = [str(self._python), "-c", DLT_PROGRAM, url, pipelines, way.split("-")[-1]]
        else:
            command = [sys.executable, "-m", "benchmarks.engine_work", way]
            command.append(str(self._folder / "copy.json"))
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode:
            sys.exit(f"{way} failed:\n{done.stderr[-3000:]}")
        self._compare("by_dlt.source" if way.startswith("copy-dlt") else "target")
        answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    def _has_dlt(self) -> bool:
        uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
        if uv is None:
            print("dlt is left out: uv, which installs it, was not found.")
            return False
        for step in (
            [uv, "venv", "-q", "--python", sys.executable, str(self._python.parents[1])],
            [uv, "pip", "install", "-q", "--python", str(self._python), *DLT_PACKAGES],
        ):
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"dlt is left out: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
                return False
        return True

    def _execute(self, *statements: str) -> None:
        with self._server.connect(self._server.database) as connection:
            for statement in statements:
                connection.execute(statement)

    def _compare(self, table: str) -> None:
        columns = ", ".join(COLUMNS)
        with self._server.connect(self._server.database) as connection:
            sums = [
                connection.execute(CHECKSUM.format(columns=columns, table=name)).fetchone()
                for name in ("source", table)
            ]
        if sums[0] != sums[1]:
            sys.exit(f"{table} differs from the source: {sums[0]} became {sums[1]}")
