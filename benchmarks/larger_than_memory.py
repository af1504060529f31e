"""A sort and a join of far more rows than fit into the memory limit, and what the process held.

    python -m benchmarks.larger_than_memory [--rows 60000000] [--limit 1024] [--only sort join]

Each package runs in a process of its own, from Parquet to Parquet, on two threads. What it made is
checked: every row is there, in order or with its partner. The exit code is 1 when the process held
more than the limit and 250 MiB. Takes about 100 bytes of disk a row below `--folder`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

import benchmarks.without_polars  # noqa: F401
from benchmarks.memory import peak_mib
from config.launch.layout import ROOT
from connections.drivers import ConnectionSpec, Reach
from engine.worker import RunOrder, run_order
from tests.engine.flows import FILES, MemoryLedger, Recorder, chain, component, graph, never

BESIDES_MIB = 250
COLUMNS = {"id": "long", "place": "long", "label": "string"}
MAKE = """
COPY (SELECT i AS id, (i * 7919 + 13) % {rows} AS place, 'label ' || md5(i::VARCHAR) AS label
      FROM range({rows}) AS r(i)) TO '{folder}/rows.parquet' (FORMAT parquet);
COPY (SELECT i * 3 AS id, 'other ' || md5(i::VARCHAR) AS other
      FROM range({rows} // 3) AS r(i)) TO '{folder}/others.parquet' (FORMAT parquet)
"""


def main() -> int:
    options = parsed()
    if options.child:
        return child(options.child, Path(options.folder), options.limit)
    held = True
    with tempfile.TemporaryDirectory(prefix="larger-", dir=options.folder) as scratch:
        folder = Path(scratch)
        rows = options.rows - options.rows % 3
        while rows % 7919 == 0:
            rows -= 3
        with duckdb.connect(config={"memory_limit": "1GB"}) as session:
            session.execute("SET preserve_insertion_order = false")
            session.execute(MAKE.format(rows=rows, folder=folder))
        for kind in options.only:
            told = in_child(kind, folder, options.limit)
            check(kind, folder, rows)
            most = options.limit + BESIDES_MIB
            held = held and told["peak_mib"] <= most
            print(json.dumps({"kind": kind, "rows": rows, "most_mib": most, **told}), flush=True)
    return 0 if held else 1


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000_000)
    parser.add_argument("--limit", type=int, default=1024, help="MiB that the engine may take")
    parser.add_argument("--only", nargs="+", choices=("sort", "join"), default=["sort", "join"])
    parser.add_argument("--folder", help="where the data goes; the system's by default")
    parser.add_argument("--child", choices=("sort", "join"), help=argparse.SUPPRESS)
    return parser.parse_args()


def in_child(kind: str, folder: Path, limit: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.larger_than_memory", "--child", kind]
    command += ["--folder", str(folder), "--limit", str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"{kind} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def child(kind: str, folder: Path, limit: int) -> int:
    flow = sort_flow() if kind == "sort" else join_flow()
    run_dir = Path(tempfile.mkdtemp(dir=folder))
    connection = ConnectionSpec(FILES, "files", "local_folder", {"path": "."})
    order = RunOrder(1, flow, {}, {}, {FILES: connection}, Reach(folder), run_dir, limit, 2)
    started = time.perf_counter()
    run_order(order, Recorder(), MemoryLedger(), never)
    seconds = round(time.perf_counter() - started, 1)
    print(json.dumps({"seconds": seconds, "peak_mib": round(peak_mib())}))
    return 0


def source(name: str, columns: dict[str, str]) -> dict[str, Any]:
    fields = [{"name": column, "type": word} for column, word in columns.items()]
    return component(
        "cloud_storage_source", name, connection_id=FILES, path=f"{name}.parquet",
        record_type="parquet", schema={"fields": fields},
    )  # fmt: skip


def target(kind: str) -> dict[str, Any]:
    return component(
        "cloud_storage_destination", "out", connection_id=FILES, directory=kind,
        destination_format="parquet",
    )  # fmt: skip


def sort_flow() -> dict[str, Any]:
    sort = component("sort", "sorted", sort_fields=[{"field": "place"}])
    return chain(source("rows", COLUMNS), sort, target("sort"))


def join_flow() -> dict[str, Any]:
    others = source("others", {"id": "long", "other": "string"})
    keys = [{"left_field": "id", "right_field": "id"}]
    join = component("join", "joined", join_type="left", conditions=keys)
    pairs = [("rows", "joined"), ("others", "joined"), ("joined", "out")]
    return graph([source("rows", COLUMNS), others, join, target("join")], pairs)


def check(kind: str, folder: Path, rows: int) -> None:
    """Stop unless every row is there: in its place, or with its partner."""
    (path,) = (folder / kind).glob("*.parquet")
    with duckdb.connect(config={"memory_limit": "1GB"}) as session:
        relation = session.read_parquet(str(path), file_row_number=True)
        if kind == "sort":
            figures = "count(*), count(DISTINCT id), count(*) FILTER (place <> file_row_number)"
            wanted = (rows, rows, 0)
        else:
            found = "other = 'other ' || md5((id // 3)::VARCHAR)"
            figures = f"count(*), count(*) FILTER ({found}), count(other)"
            wanted = (rows, rows // 3, rows // 3)
        (told,) = relation.aggregate(figures).fetchall()
    if told != wanted:
        sys.exit(f"{kind}: {told} instead of {wanted}")
    path.unlink()


if __name__ == "__main__":
    raise SystemExit(main())
