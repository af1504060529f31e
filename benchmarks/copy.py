"""How fast a package copies a table from PostgreSQL to PostgreSQL, beside two yardsticks.

    python -m benchmarks.copy [--rows 2000000] [--rounds 3] [--without-dlt]

Three ways copy the same table of ten columns on a private server on loopback, one after the other
in every round: the pair `psql COPY | psql COPY` in binary (the limit), a package of source, select
and destination through the engine in a process of its own, and dlt in a throw-away environment.
The rows that arrive are compared with the source by a checksum over every value.
"""

import argparse
import json
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connections.drivers import ConnectionSpec, Reach
from engine.worker import RunOrder, run_order
from tests.engine.flows import MemoryLedger, Recorder, chain, component, never
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
url, folder = sys.argv[1:]
pipeline = dlt.pipeline("copy", destination=dlt.destinations.postgres(url), dataset_name="by_dlt",
                        pipelines_dir=folder)
table = sql_table(credentials=url, table="source", backend="pyarrow", chunk_size=50_000)
started = time.perf_counter()
pipeline.run(table, write_disposition="replace", loader_file_format="csv")
seconds = time.perf_counter() - started
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"seconds": seconds, "peak_mib": int(peak.split()[1]) / 1024}))
"""


@dataclass
class Figures:
    """What one way of copying took, per round."""

    name: str
    seconds: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def add(self, seconds: float, peak_mib: float | None) -> None:
        self.seconds.append(seconds)
        if peak_mib is not None:
            self.peak_mib.append(peak_mib)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-dlt", action="store_true")
    options = parser.parse_args()
    with (
        own_postgres(max_wal_size="8GB", shared_buffers="512MB") as server,
        tempfile.TemporaryDirectory() as scratch,
    ):
        server.database = server.new_database()
        execute(server, MAKE_SOURCE.format(rows=options.rows), "VACUUM ANALYZE source")
        ways = [Figures("psql COPY | psql COPY"), Figures("package through the engine")]
        for _ in range(options.rounds):
            fresh_target(server)
            ways[0].add(timed(lambda: psql_pair(server)), None)
            compare(server, "target")
            fresh_target(server)
            ways[1].add(*in_child(server, Path(scratch)))
            compare(server, "target")
        if not options.without_dlt:
            ways.extend(dlt_copy(server, Path(scratch)))
    show(ways, options.rows)
    return 0


def execute(server: PostgresServer, *statements: str) -> None:
    with server.connect(server.database) as connection:
        for statement in statements:
            connection.execute(statement)


def fresh_target(server: PostgresServer) -> None:
    execute(
        server, "DROP TABLE IF EXISTS target", "CREATE TABLE target (LIKE source)", "CHECKPOINT"
    )


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def psql_pair(server: PostgresServer) -> None:
    login = ["psql", "-q", server.url(server.database), "-c"]
    with subprocess.Popen(
        [*login, "COPY source TO STDOUT (FORMAT binary)"], stdout=subprocess.PIPE
    ) as reader:
        subprocess.run(
            [*login, "COPY target FROM STDIN (FORMAT binary)"], stdin=reader.stdout, check=True
        )


def in_child(server: PostgresServer, scratch: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one run of the package in a fresh process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    settings = {
        "host": server.host,
        "port": server.port,
        "database": server.database,
        "username": server.user,
        "password": server.password,
    }
    child = context.Process(target=run_package, args=(settings, str(scratch), sender))
    child.start()
    sender.close()
    answer: tuple[float, float] = receiver.recv()
    child.join()
    return answer


def run_package(settings: dict[str, Any], scratch: str, answer: Any) -> None:
    listed = [{"name": name} for name in COLUMNS]
    expressions = [{"expression": f'"{name}"', "alias": name} for name in COLUMNS]
    flow = chain(
        component(
            "database_source", "in", connection_id=1, source_table="source",
            schema={"fields": listed},
        ),
        component("select", "pick", fields=expressions),
        component(
            "database_destination", "out", connection_id=2, target_table="target",
            operation_type="append",
        ),
    )  # fmt: skip
    run_dir = Path(tempfile.mkdtemp(dir=scratch))
    specs = {n: ConnectionSpec(n, f"server {n}", "postgres", settings) for n in (1, 2)}
    reach = Reach(None, allowed_hosts=(settings["host"],))
    order = RunOrder(1, flow, {}, {}, specs, reach, run_dir, 256, 2)
    seconds = timed(lambda: run_order(order, Recorder(), MemoryLedger(), never))
    answer.send((seconds, peak_mib()))


def peak_mib() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def compare(server: PostgresServer, table: str) -> None:
    """Stop the benchmark unless every value arrived exactly."""
    columns = ", ".join(COLUMNS)
    with server.connect(server.database) as connection:
        sums = [
            connection.execute(CHECKSUM.format(columns=columns, table=name)).fetchone()
            for name in ("source", table)
        ]
    if sums[0] != sums[1]:
        sys.exit(f"{table} differs from the source: {sums[0]} became {sums[1]}")


def dlt_copy(server: PostgresServer, scratch: Path) -> list[Figures]:
    """One copy by dlt; nothing, with a message, where it cannot be installed or does not run."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        print("dlt is left out: uv, which installs it, was not found.")
        return []
    python = scratch / "dlt" / "bin" / "python"
    install = [uv, "pip", "install", "-q", "--python", str(python)]
    steps = [
        [uv, "venv", "-q", "--python", sys.executable, str(scratch / "dlt")],
        [*install, "dlt[postgres,sql-database]>=1.31,<2", "pyarrow", "psycopg[binary]"],
        [str(python), "-c", DLT_PROGRAM, server.url(server.database), str(scratch / "pipelines")],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"dlt is left out: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
            return []
    told = json.loads(done.stdout.strip().splitlines()[-1])
    compare(server, "by_dlt.source")
    return [Figures("dlt, pyarrow backend", [told["seconds"]], [told["peak_mib"]])]


def show(ways: list[Figures], rows: int) -> None:
    limit = statistics.median(ways[0].seconds)
    print(
        f"{'copy of ' + format(rows, ',') + ' rows':32}{'rows/s':>12}{'ratio':>8}{'peak MiB':>10}"
    )
    for way in ways:
        seconds = statistics.median(way.seconds)
        peak = f"{max(way.peak_mib):.0f}" if way.peak_mib else "-"
        print(f"{way.name:32}{rows / seconds:12,.0f}{limit / seconds:8.2f}{peak:>10}")


if __name__ == "__main__":
    raise SystemExit(main())
