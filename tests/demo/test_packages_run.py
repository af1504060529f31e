"""The demo packages run by the real engine, every row compared with a second calculation."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from connections.drivers import ConnectionSpec, Reach
from demo.account import CONNECTIONS, DATA_DIRECTORY, DATA_FILES, FLIGHT_FILES, WAREHOUSE
from demo.packages import packages
from engine.execute import ComponentProgress, StageFailed, Totals, WriteState
from engine.worker import RunOrder, run_order
from tests.demo import expected

FILES_ID, WAREHOUSE_ID = 11, 22

PACKAGES = {package.key: package for package in packages(files=FILES_ID, warehouse=WAREHOUSE_ID)}

ORDER_BY = {
    "carrier_delays": ["carrier", "flight_day"],
    "longest_delays": [
        *("dep_delay", "year", "month", "day", "sched_dep_time", "carrier", "flight", "origin"),
    ],
    "airport_departures": ["origin"],
}

COLUMN_TYPES = {
    "carrier_delays": "VARCHAR VARCHAR DATE BIGINT BIGINT BIGINT DOUBLE INTEGER DOUBLE DOUBLE",
    "longest_delays": "INTEGER INTEGER VARCHAR INTEGER VARCHAR VARCHAR VARCHAR"
    " INTEGER INTEGER INTEGER INTEGER",
    "airport_departures": "VARCHAR VARCHAR BIGINT BIGINT BIGINT DOUBLE BIGINT",
}


@dataclass
class Recorder:
    """Events and ledger of one run, kept in memory."""

    lines: list[tuple[str, str | None, str]] = field(default_factory=list)
    progress: dict[str, ComponentProgress] = field(default_factory=dict)
    states: dict[str, WriteState] = field(default_factory=dict)
    first_batches: int = 0

    def log(self, level: str, component_name: str | None, message: str) -> None:
        self.lines.append((level, component_name, message))

    def component(self, progress: ComponentProgress) -> None:
        self.progress[progress.component_id] = progress

    def first_batch(self) -> None:
        self.first_batches += 1

    def state(self, component_id: str) -> WriteState | None:
        return self.states.get(component_id)

    def prepared(self, component_id: str) -> None:
        self.states[component_id] = WriteState("prepared")

    def committing(self, component_id: str, rows: int) -> None:
        self.states[component_id] = WriteState("committing", rows)

    def committed(self, component_id: str, rows: int) -> None:
        self.states[component_id] = WriteState("committed", rows)


@dataclass
class Place:
    """A root of local files with the demo's data, and a way to run a package there."""

    root: Path
    runs: int = 0

    @property
    def folder(self) -> Path:
        return self.root / FLIGHT_FILES.settings["path"]

    def run(self, key: str, **overrides: str) -> tuple[Totals, Recorder]:
        self.runs += 1
        run_dir = self.root.parent / f"run-{self.runs}"
        run_dir.mkdir(mode=0o700)
        package = PACKAGES[key]
        recorder = Recorder()
        order = RunOrder(
            run_id=self.runs,
            flow=package.flow,
            variables={**package.variables, **overrides},
            predefined={},
            connections=specs(),
            reach=Reach(local_root=self.root),
            run_dir=run_dir,
            memory_limit_mb=512,
            threads=2,
        )
        return run_order(order, recorder, recorder, lambda: False), recorder

    def tables(self) -> set[str]:
        found = self._ask("SELECT table_name FROM duckdb_tables()")
        return {row["table_name"] for row in found}

    def columns(self, table: str) -> list[str]:
        """The types of a warehouse table's columns, in their order."""
        return [row["column_type"] for row in self._ask(f"DESCRIBE {table}")]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a warehouse table, sorted by its key."""
        keys = [f"{name} DESC" if name == "dep_delay" else name for name in ORDER_BY[table]]
        return self._ask(f"SELECT * FROM {table} ORDER BY {', '.join(keys)}")  # noqa: S608

    def _ask(self, sql: str) -> list[dict[str, Any]]:
        path = self.root / WAREHOUSE.settings["database"]
        with duckdb.connect(path, read_only=True) as connection:
            found: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
        return found


def specs() -> Mapping[int, ConnectionSpec]:
    ids = {"files": FILES_ID, "warehouse": WAREHOUSE_ID}
    return {
        ids[entry.key]: ConnectionSpec(ids[entry.key], entry.name, entry.kind, entry.settings)
        for entry in CONNECTIONS
    }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "local")
    for name in DATA_FILES:
        (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DATA_DIRECTORY / name, made.folder / name)
    return made


def assert_same_rows(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Equal in every value and type; doubles within a relative 1e-9."""
    assert len(found) == len(wanted)
    for row, other in zip(found, wanted, strict=True):
        assert list(row) == list(other)
        assert [type(value) for value in row.values()] == [type(v) for v in other.values()]
        assert row == {
            name: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            for name, value in other.items()
        }


@pytest.mark.parametrize(
    ("key", "calculate"),
    [
        ("carrier_delays", expected.carrier_delays),
        ("longest_delays", expected.longest_delays),
        ("airport_departures", expected.airport_departures),
    ],
)
def test_a_package_writes_exactly_the_rows_of_the_second_calculation(
    place: Place, key: str, calculate: Callable[[], expected.Rows]
):
    totals, recorder = place.run(key)

    wanted = calculate()
    assert_same_rows(place.rows(key), wanted)
    assert totals.rows_written == len(wanted)
    assert recorder.first_batches == 1
    assert place.tables() == {key}


@pytest.mark.parametrize("key", COLUMN_TYPES)
def test_a_package_makes_its_table_with_these_column_types(place: Place, key: str):
    place.run(key)

    columns = place.columns(key)

    assert columns == COLUMN_TYPES[key].split()


@pytest.mark.parametrize("key", ["carrier_delays", "longest_delays", "airport_departures"])
def test_a_second_run_of_a_package_leaves_the_same_rows(place: Place, key: str):
    place.run(key)
    first = place.rows(key)

    place.run(key)

    assert_same_rows(place.rows(key), first)


def test_the_rows_of_each_component_are_counted(place: Place):
    totals, recorder = place.run("carrier_delays")

    counts = {
        component_id.removeprefix("c_"): (progress.state, progress.rows_out)
        for component_id, progress in recorder.progress.items()
    }
    assert counts == {
        "flights": ("completed", 27_004),
        "airlines": ("completed", 16),
        "weather": ("completed", 2_226),
        "flag_cancelled": ("completed", 27_004),
        "with_airline": ("completed", 27_004),
        "with_weather": ("completed", 27_004),
        "delay_facts": ("completed", 27_004),
        "per_carrier_day": ("completed", 460),
        "carrier_delays": ("completed", 460),
    }
    assert totals.rows_read == 27_004 + 16 + 2_226


def test_a_run_may_ask_for_longer_delays_than_the_default(place: Place):
    place.run("longest_delays", min_delay="400")

    wanted = expected.longest_delays(min_delay=400)
    assert 0 < len(wanted) < 100
    assert_same_rows(place.rows("longest_delays"), wanted)


def test_the_parquet_files_hold_every_flight_with_its_types(place: Place):
    totals, _ = place.run("flights_to_parquet")
    place.run("flights_to_parquet")

    found = pl.read_parquet(place.folder / "lake" / "flights" / "*.parquet")
    keys = ["flight_day", "sched_dep_time", "carrier", "flight", "origin"]
    wanted = pl.DataFrame(expected.typed_flights(), infer_schema_length=None)
    assert totals.rows_written == 27_004
    assert found.schema["flight_day"] == pl.Date
    assert found.schema["time_hour"] == pl.Datetime("us")
    assert found.schema["dep_delay"] == pl.Int32
    assert found.sort(keys).select(wanted.columns).to_dicts() == wanted.sort(keys).to_dicts()


def test_the_archive_import_fails_with_the_name_of_the_file_and_of_its_folder(place: Place):
    with pytest.raises(StageFailed) as failure:
        place.run("plane_utilisation")

    assert failure.value.component_name == "planes_2012"
    assert failure.value.message.startswith(
        "The file planes-2012.csv.gz is no longer in flight-files."
    )
    assert failure.value.retryable is False
    assert not (place.root / WAREHOUSE.settings["database"]).exists()
