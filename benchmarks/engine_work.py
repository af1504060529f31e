"""One measured piece of work in a process of its own.

    python -m benchmarks.engine_work WAY FACTS

WAY is one of `WAYS`, FACTS a JSON file that says where things are. The answer, one line of JSON, is
how long the work took and how much processor time, without the start of the process, and the most
memory that the process held; of the two psql together, theirs.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb

import connections.drivers.postgres  # noqa: F401  the process that forks runs has it loaded
from benchmarks.memory import peak_mib
from connections.drivers import ConnectionSpec, Reach
from engine.worker import RunOrder, run_order
from tests.engine.flows import MemoryLedger, Recorder, chain, component, graph, never

Facts = dict[str, Any]
FOLDER, SOURCE, TARGET = 1, 2, 3
MEMORY_MB, THREADS = 1024, 2

psql_mib: list[float] = []
"""What both held together, seen now and then."""

JOIN_SQL = """
COPY (
    WITH joined AS (
        SELECT s.customer, c.region, s.month, s.amount, s.quantity
        FROM read_parquet('{folder}/sales.parquet') AS s
        JOIN read_parquet('{folder}/customers.parquet') AS c ON s.customer = c.id
    ), monthly AS (
        SELECT customer, region, month, sum(amount) AS revenue, count(*) AS orders,
               sum(quantity)::BIGINT AS pieces
        FROM joined GROUP BY customer, region, month
    )
    SELECT *, sum(revenue) OVER (PARTITION BY customer ORDER BY month
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far,
           lag(revenue) OVER (PARTITION BY customer ORDER BY month) AS before
    FROM monthly
) TO '{folder}/join-plain.parquet' (FORMAT parquet)
"""
CSV_FIELDS = {
    "id": "long",
    "customer": "int",
    "amount": "double",
    "title": "string",
    "placed_at": "datetime",
    "day": "date",
}
CSV_SQL = """
COPY (
    SELECT * FROM read_csv('{folder}/orders.csv', header = true, auto_detect = false, columns = {{
        'id': 'BIGINT', 'customer': 'INTEGER', 'amount': 'DOUBLE', 'title': 'VARCHAR',
        'placed_at': 'TIMESTAMP', 'day': 'DATE'}})
) TO '{folder}/csv-plain.parquet' (FORMAT parquet)
"""


def plain(statement: str) -> Callable[[Facts], float]:
    """The same work written as SQL, on a session set up for speed."""

    def work(facts: Facts) -> float:
        settings = {"threads": str(THREADS), "memory_limit": f"{MEMORY_MB}MB"}
        spill = str(Path(facts["folder"]) / "spill")
        with duckdb.connect(config={**settings, "temp_directory": spill}) as session:
            session.execute("SET preserve_insertion_order = false")
            return timed(lambda: session.execute(statement.format(folder=facts["folder"])))

    return work


def join_package(facts: Facts) -> float:
    sales = parquet("sales", ("customer", "month", "amount", "quantity"))
    customers = parquet("customers", ("id", "region"))
    figures = [
        {"function": "sum", "field": "amount", "alias": "revenue"},
        {"function": "count_all", "alias": "orders"},
        {"function": "sum", "field": "quantity", "alias": "pieces"},
    ]
    so_far = {"frame": {"unit": "rows", "to": 0}}
    parts = [
        sales,
        customers,
        component("join", "joined", conditions=[{"left_field": "customer", "right_field": "id"}]),
        component(
            "aggregate",
            "monthly",
            group_by=[{"field": name} for name in ("customer", "region", "month")],
            aggregations=figures,
        ),
        component(
            "window",
            "running",
            partition_by=["customer"],
            order_by=[{"field": "month"}],
            functions=[
                {"function": "sum", "field": "revenue", "alias": "so_far", "arguments": so_far},
                {"function": "lag", "field": "revenue", "alias": "before"},
            ],
        ),
        destination("join-package"),
    ]
    pairs = [("sales", "joined"), ("customers", "joined"), ("joined", "monthly"),
             ("monthly", "running"), ("running", "out")]  # fmt: skip
    return package(graph(parts, pairs), facts)


def csv_package(facts: Facts) -> float:
    source = component(
        "cloud_storage_source", "in", connection_id=FOLDER, path="orders.csv", delimiter=",",
        quote='"', header_row=True,
        schema={"fields": [{"name": name, "type": word} for name, word in CSV_FIELDS.items()]},
    )  # fmt: skip
    return package(chain(source, destination("csv-package")), facts)


def copy_package(facts: Facts) -> float:
    columns = facts["columns"]
    flow = chain(
        component(
            "database_source", "in", connection_id=SOURCE, source_table="source",
            schema={"fields": [{"name": name} for name in columns]},
        ),
        component("select", "pick", fields=[{"expression": f'"{n}"', "alias": n} for n in columns]),
        component(
            "database_destination", "out", connection_id=TARGET, target_table="target",
            operation_type="append",
        ),
    )  # fmt: skip
    return package(flow, facts)


def psql_pair(facts: Facts) -> float:
    login = ["psql", "-q", facts["url"], "-c"]

    def work() -> None:
        with (
            subprocess.Popen(
                [*login, "COPY source TO STDOUT (FORMAT binary)"], stdout=subprocess.PIPE
            ) as reader,
            subprocess.Popen(
                [*login, "COPY target FROM STDIN (FORMAT binary)"], stdin=reader.stdout
            ) as writer,
        ):
            watcher = Thread(target=watch, args=(reader.pid, writer.pid))
            watcher.start()
            if writer.wait() or reader.wait():
                sys.exit("psql failed")

    def watch(*processes: int) -> None:
        while sum(held := [peak_mib(each) for each in processes]):
            psql_mib.append(sum(held))
            time.sleep(0.05)

    return timed(work)


def package(flow: dict[str, Any], facts: Facts) -> float:
    """A package as a run of the product computes it."""
    servers = {
        number: ConnectionSpec(number, f"server {number}", "postgres", facts["server"])
        for number in (SOURCE, TARGET)
        if "server" in facts
    }
    folder = ConnectionSpec(FOLDER, "files", "local_folder", {"path": "."})
    reach = Reach(Path(facts["folder"]), allowed_hosts=("127.0.0.1",))
    run_dir = Path(tempfile.mkdtemp(dir=facts["folder"]))
    order = RunOrder(
        1, flow, {}, {}, {FOLDER: folder, **servers}, reach, run_dir, MEMORY_MB, THREADS
    )
    return timed(lambda: run_order(order, Recorder(), MemoryLedger(), never))


def parquet(name: str, columns: tuple[str, ...]) -> dict[str, Any]:
    words = {"region": "string", "amount": "double", "month": "int", "quantity": "int"}
    return component(
        "cloud_storage_source", name, connection_id=FOLDER, path=f"{name}.parquet",
        record_type="parquet",
        schema={"fields": [{"name": n, "type": words.get(n, "long")} for n in columns]},
    )  # fmt: skip


def destination(directory: str) -> dict[str, Any]:
    return component(
        "cloud_storage_destination", "out", connection_id=FOLDER, directory=directory,
        destination_format="parquet", destination_action="replace",
    )  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


WAYS: dict[str, Callable[[Facts], float]] = {
    "join-package": join_package,
    "join-plain": plain(JOIN_SQL),
    "csv-package": csv_package,
    "csv-plain": plain(CSV_SQL),
    "copy-package": copy_package,
    "copy-psql": psql_pair,
}


def main() -> None:
    way, facts = sys.argv[1:]
    is_psql = way == "copy-psql"
    whose = resource.RUSAGE_CHILDREN if is_psql else resource.RUSAGE_SELF
    before = resource.getrusage(whose)
    seconds = WAYS[way](json.loads(Path(facts).read_text()))
    after = resource.getrusage(whose)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = max(psql_mib) if is_psql else peak_mib()
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mib": peak}))


if __name__ == "__main__":
    main()
