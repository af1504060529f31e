"""How fast packages run, beside the same work done by others on the same machine.

    python -m benchmarks.engine [--rows 10000000] [--rounds 3] [--only join csv copy]
                               [--without-dlt] [--grow N ... [--groups-grow]]

Three cases, each way of doing it in a process of its own, one after the other in every round, so
that ratios are taken within a round; what each made is compared value by value.

join  join, aggregate and window over `--rows` rows of Parquet, beside plain DuckDB SQL
csv   CSV to Parquet, half as many rows, beside plain DuckDB SQL
copy  PostgreSQL to PostgreSQL, a fifth as many rows of ten columns, beside `psql COPY | psql COPY`
      in binary and dlt with its fast settings, in a throw-away environment

A complete comparison is drawn into docs/engine-benchmark.svg. The exit code is 1 when a promise is
not kept. `--grow 1000000 10000000 100000000` measures instead how join and csv grow with their
rows; the join has as many customers and so as many groups at every size, or with `--groups-grow` a
customer for 50 rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import duckdb

from benchmarks.engine_chart import draw
from benchmarks.engine_copy import CopyTask
from benchmarks.engine_report import Results, table, verdicts
from benchmarks.mcp_servers.processes import busy_seconds
from config.launch.layout import ROOT

CHART = ROOT / "docs" / "engine-benchmark.svg"
CASES = ("join", "csv", "copy")
SHARE = {"join": 1.0, "csv": 0.5, "copy": 0.2}
MOST_SECONDS = 1_200
ROWS_OF_A_CUSTOMER = 50

MAKE_SALES = """
COPY (SELECT i AS id, (hash(i) % {customers})::BIGINT AS customer,
             (hash(i * 3) % 12 + 1)::INTEGER AS month, (hash(i * 7) % 100000) / 4.0 AS amount,
             (i % 9 + 1)::INTEGER AS quantity
      FROM range({rows}) AS r(i)) TO '{folder}/sales.parquet' (FORMAT parquet);
COPY (SELECT i AS id, 'region ' || (i % 40) AS region, 'customer ' || i AS name
      FROM range({customers}) AS r(i)) TO '{folder}/customers.parquet' (FORMAT parquet)
"""
MAKE_ORDERS = """
COPY (SELECT i AS id, (hash(i) % 100000)::INTEGER AS customer,
             (hash(i * 7) % 1000000) / 8.0 AS amount, 'order ' || md5(i::VARCHAR) AS title,
             TIMESTAMP '2024-01-01' + to_seconds(i % 30000000) AS placed_at,
             DATE '2020-01-01' + (i % 1500)::INTEGER AS day
      FROM range({rows}) AS r(i)) TO '{folder}/orders.csv' (FORMAT csv, HEADER)
"""


def main() -> int:
    options = parsed()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engine-benchmark-")))
        if options.grow:
            for case in options.only:
                if case != "copy":
                    grow(folder, case, options.grow, groups_grow=options.groups_grow)
            return 0
        results = Results({})
        started = busy_seconds()
        for case in options.only:
            rows = int(options.rows * SHARE[case])
            print(f"{case}: {rows:,} rows", file=sys.stderr)
            if case == "copy":
                task = stack.enter_context(CopyTask(folder, rows, with_dlt=not options.without_dlt))
                ways = task.ways()
            else:
                make(folder, case, rows)
                ways = {f"{case}-plain": None, f"{case}-package": None}
            results.rows[case] = rows
            for number in range(options.rounds):
                order = list(ways)
                for way in order[number % len(order) :] + order[: number % len(order)]:
                    told = task.measure(way) if case == "copy" else measure(folder, way)
                    results.add(case, way, told)
                    print(f"  {way} {told['seconds']:.2f} s", file=sys.stderr, flush=True)
                if case != "copy":
                    compare(folder, case)
        taken = results.seconds()
        busy = busy_seconds() - started
    note = f"Medians of {options.rounds} rounds, 2 processors, memory limit 1 GiB."
    print(note, *table(results), sep="\n")
    print(f"\n{taken:.0f} s of measured work; all processors worked {busy:.0f} s meanwhile.")
    told = verdicts(results)
    print("", *(words for _, words in told), sep="\n")
    if set(options.only) == set(CASES):
        CHART.write_text(draw(results, note))
        print(f"\nDrawn: {CHART.relative_to(ROOT)}")
    return 0 if all(holds for holds, _ in told) else 1


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--without-dlt", action="store_true")
    parser.add_argument("--grow", type=int, nargs="+", metavar="ROWS")
    parser.add_argument("--groups-grow", action="store_true")
    return parser.parse_args()


def make(folder: Path, case: str, rows: int, customers: int | None = None) -> None:
    """The data of a case that reads files, with a customer for 50 rows unless told."""
    customers = customers or max(rows // ROWS_OF_A_CUSTOMER, 100)
    with duckdb.connect() as session:
        text = MAKE_SALES if case == "join" else MAKE_ORDERS
        session.execute(text.format(folder=folder, rows=rows, customers=customers))


def measure(folder: Path, way: str) -> dict[str, float]:
    """Seconds and peak MiB of one way, in a fresh process, with nothing left to go to the disk."""
    os.sync()
    facts = folder / "facts.json"
    if not facts.exists():
        facts.write_text(json.dumps({"folder": str(folder)}))
    command = [sys.executable, "-m", "benchmarks.engine_work", way, str(facts)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=MOST_SECONDS, check=False
    )
    if done.returncode:
        sys.exit(f"{way} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def compare(folder: Path, case: str) -> None:
    """Stop unless both ways made the same rows, whatever their order; then make room for more."""
    (made,) = (folder / f"{case}-package").glob("*.parquet")
    paths = [folder / f"{case}-plain.parquet", made]
    with duckdb.connect() as session:
        relations = [session.read_parquet(str(path)) for path in paths]
        if relations[0].columns != relations[1].columns:
            sys.exit(f"{case}: the columns differ: {[each.columns for each in relations]}")
        figures = ", ".join(f'sum(hash("{n}")::HUGEINT)' for n in relations[0].columns)
        sums = [each.aggregate(f"count(*), {figures}").fetchall() for each in relations]
    if sums[0] != sums[1]:
        sys.exit(f"{case}: the package made other rows than plain SQL: {sums}")
    for path in paths:
        path.unlink()


def grow(folder: Path, case: str, sizes: list[int], *, groups_grow: bool) -> None:
    """Seconds for each million rows at every size, by themselves and beside plain SQL."""
    customers = None if groups_grow else max(sizes[0] // ROWS_OF_A_CUSTOMER, 100)
    first = None
    print(case)
    print(f"{'rows':>14}{'seconds':>10}{'s/million':>11}{'growth':>8}{'plain':>8}{'peak MiB':>10}")
    for rows in sizes:
        make(folder, case, rows, customers)
        plain = measure(folder, f"{case}-plain")["seconds"]
        told = measure(folder, f"{case}-package")
        each = told["seconds"] / rows * 1e6
        first = first or each
        print(
            f"{rows:14,}{told['seconds']:10.2f}{each:11.3f}{each / first:8.2f}"
            f"{told['seconds'] / plain:8.2f}{told['peak_mib']:10.0f}",
            flush=True,
        )


if __name__ == "__main__":
    raise SystemExit(main())
