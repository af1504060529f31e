"""The demo's data files: as many, as small, as clean and as consistent as the packages need."""

import csv
import gzip
import re
from collections import Counter

import pytest

from demo.account import DATA_DIRECTORY, DATA_FILES
from demo.tables import AIRLINES, AIRPORTS, FLIGHTS, PLANES, WEATHER

SIZE_LIMIT_BYTES = 2_000_000

COLUMNS = {
    "airlines.csv": AIRLINES,
    "airports.csv": AIRPORTS,
    "flights/2013-01.csv.gz": FLIGHTS,
    "planes.csv.gz": PLANES,
    "weather/2013-01.csv.gz": WEATHER,
}

ROW_COUNTS = {
    "airlines.csv": 16,
    "airports.csv": 93,
    "flights/2013-01.csv.gz": 27_004,
    "planes.csv.gz": 3_322,
    "weather/2013-01.csv.gz": 2_226,
}

SUSPECT = re.compile(
    r"(?i)password|passwd|secret|api[_-]?key|token|bearer|-----BEGIN|AKIA[0-9A-Z]{16}|[\w.]+@[\w.]+"
    r"|https?://"
)


def text_of(name: str) -> str:
    content = (DATA_DIRECTORY / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text_of(name).splitlines()))


def test_the_folder_holds_the_listed_files_and_their_description_only():
    found = {
        path.relative_to(DATA_DIRECTORY).as_posix()
        for path in DATA_DIRECTORY.rglob("*")
        if path.is_file()
    }

    assert found == {*DATA_FILES, "README.md"}


def test_all_files_together_stay_below_two_megabytes():
    total = sum((DATA_DIRECTORY / name).stat().st_size for name in DATA_FILES)

    assert 0 < total < SIZE_LIMIT_BYTES


def test_there_are_at_least_twenty_thousand_flights():
    assert len(rows_of("flights/2013-01.csv.gz")) >= 20_000


@pytest.mark.parametrize("name", DATA_FILES)
def test_a_file_has_the_columns_and_rows_that_the_project_says(name: str):
    rows = rows_of(name)

    assert list(rows[0]) == list(COLUMNS[name])
    assert len(rows) == ROW_COUNTS[name]


@pytest.mark.parametrize("name", DATA_FILES)
def test_the_description_names_each_file_with_its_row_count(name: str):
    description = (DATA_DIRECTORY / "README.md").read_text(encoding="utf-8")

    assert f"| `{name}` | {ROW_COUNTS[name]:,} | {', '.join(COLUMNS[name])} |" in description


@pytest.mark.parametrize("name", DATA_FILES)
def test_a_missing_value_is_an_empty_field(name: str):
    marks = {"NA", "NaN", "NULL", "null", "None", "\\N"}

    values = {value for row in rows_of(name) for value in row.values()}

    assert not values & marks


@pytest.mark.parametrize("name", DATA_FILES)
def test_every_value_has_the_type_of_its_column(name: str):
    shapes = {
        "int": r"-?\d+",
        "double": r"-?\d+(\.\d+)?([eE]-?\d+)?",
        "datetime": r"2013-0[12]-\d\dT\d\d:00:00Z",
        "string": r".+",
    }

    wrong = [
        (column, value)
        for row in rows_of(name)
        for column, value in row.items()
        if value and not re.fullmatch(shapes[COLUMNS[name][column]], value)
    ]

    assert wrong == []


def test_each_airline_airport_plane_and_hour_of_weather_is_there_once():
    keys = {
        "airlines.csv": ("carrier",),
        "airports.csv": ("faa",),
        "planes.csv.gz": ("tailnum",),
        "weather/2013-01.csv.gz": ("origin", "time_hour"),
    }

    twice = {
        name: [
            key
            for key, count in Counter(
                tuple(row[column] for column in key_columns) for row in rows_of(name)
            ).items()
            if count > 1
        ]
        for name, key_columns in keys.items()
    }

    assert twice == {name: [] for name in keys}


def test_every_flight_finds_its_airline_and_its_airport():
    carriers = {row["carrier"] for row in rows_of("airlines.csv")}
    airports = {row["faa"] for row in rows_of("airports.csv")}
    flights = rows_of("flights/2013-01.csv.gz")

    assert {row["carrier"] for row in flights} <= carriers
    assert {row["origin"] for row in flights} == {"EWR", "JFK", "LGA"}
    assert {row["origin"] for row in flights} <= airports
    assert {row["dest"] for row in flights} - airports == {"BQN", "PSE", "SJU", "STT"}


def test_only_the_described_number_of_flights_has_no_weather():
    hours = {(row["origin"], row["time_hour"]) for row in rows_of("weather/2013-01.csv.gz")}

    without = [
        row
        for row in rows_of("flights/2013-01.csv.gz")
        if (row["origin"], row["time_hour"]) not in hours
    ]

    assert len(without) == 52


@pytest.mark.parametrize("name", [name for name in DATA_FILES if name.endswith(".gz")])
def test_a_compressed_file_carries_no_time_and_no_name(name: str):
    header = (DATA_DIRECTORY / name).read_bytes()[:10]

    flags, modified = header[3], header[4:8]

    assert flags == 0
    assert modified == bytes(4)


@pytest.mark.parametrize("name", [*DATA_FILES, "README.md"])
def test_a_file_holds_nothing_that_looks_like_a_secret_or_an_address(name: str):
    assert SUSPECT.findall(text_of(name)) == []


def test_the_archive_of_the_failing_package_is_absent():
    assert not (DATA_DIRECTORY / "planes-2012.csv.gz").exists()
