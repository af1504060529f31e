"""The 22 TPC-H queries built of components, against plain SQL over the same files.

The data, at scale factor 0.1, is made for the test: 600,000 lines of 150,000 orders.
"""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.engine.flows import Bench, Recorder
from tests.engine.tpch import packages_1_to_11, packages_12_to_22
from tests.engine.tpch.answers import SQL
from tests.engine.tpch.building import PREFIX, Sheet

LINES = 600_572


@pytest.fixture(scope="module")
def tpch(tmp_path_factory) -> Path:
    """A folder with the eight tables as Parquet files."""
    root = tmp_path_factory.mktemp("tpch")
    program = Path(sys.executable).parent / "tpchgen-cli"
    command = [str(program), "parquet", "-s", "0.1", "--output-dir", str(root / "files" / "tpch")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return root


@pytest.fixture(scope="module")
def plain(tpch):
    with duckdb.connect() as session:
        for table in PREFIX:
            path = tpch / "files" / "tpch" / f"{table}.parquet"
            session.read_parquet(str(path)).create_view(table)
        yield session


def answer(tpch: Path, number: int, recorder: Recorder | None = None) -> list[tuple]:
    """What the package of a query delivers, in the order of its file."""
    home = packages_1_to_11 if number <= 11 else packages_12_to_22
    sheet = Sheet()
    flow = sheet.flow(getattr(home, f"q{number}")(sheet))
    target = flow["components"][-1]["cloud_storage_destination_component"]
    target.update(directory=f"answer-{number}", destination_action="replace")

    Bench(tpch).run(flow, run_id=number, recorder=recorder)

    (path,) = (tpch / "files" / f"answer-{number}").glob("*.parquet")
    with duckdb.connect() as session:
        return session.read_parquet(str(path)).fetchall()


def comparable(row: tuple) -> tuple:
    """Decimals and doubles to 12 digits: sums of doubles depend on the order of the rows."""
    return tuple(
        f"{float(value):.12g}" if isinstance(value, float | Decimal) else value for value in row
    )


@pytest.mark.long
@pytest.mark.parametrize("number", SQL)
def test_a_query_built_of_components_gives_the_rows_of_plain_sql(tpch, plain, number):
    wanted = plain.execute(SQL[number]).fetchall()

    found = answer(tpch, number)

    assert [comparable(row) for row in found] == [comparable(row) for row in wanted]
    assert wanted


def test_the_rows_between_the_components_are_counted(tpch, plain):
    recorder = Recorder()

    answer(tpch, 6, recorder)

    conditions = SQL[6].partition("WHERE")[2]
    ((kept,),) = plain.execute(f"SELECT count(*) FROM lineitem WHERE {conditions}").fetchall()  # noqa: S608
    counts = list(recorder.rows().values())
    assert counts == [(None, LINES), (LINES, kept), (kept, kept), (kept, 1), (1, 1)]
