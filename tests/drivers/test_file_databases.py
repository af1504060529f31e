"""What only databases in a file can do wrong."""

import sqlite3
from functools import partial

import duckdb
import pyarrow as pa
import pytest

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers import sqlite_file
from connections.drivers.base import ReadColumn, TableRead
from engine.delivery import Delivery
from engine.watching import Watcher
from tests.drivers.test_databases import (
    TOKEN,
    deliver,
    file_driver,
    numbers,
    quiet,
    read,
    target,
)
from tests.engine.flows import MemoryLedger, never


def test_rows_that_a_reader_kept_from_being_committed_are_not_told_as_delivered(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sqlite_file, "LOCK_WAIT_SECONDS", 0.1)
    sqlite = partial(file_driver, tmp_path, "sqlite")
    deliver(sqlite, numbers((1, "a")), target())
    driver = sqlite()
    writer = driver.writer(target(), TOKEN, quiet)
    ledger = MemoryLedger()
    delivery = Delivery("c_1", writer, ledger, Watcher(never))
    delivery.prepare()
    rows, _ = delivery.load(numbers((2, "b")).to_reader(), lambda flowing: None)
    reader = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM t").fetchall()

    with pytest.raises(UpstreamFailed, match="in use"):
        delivery.commit(rows)

    reader.close()
    state = ledger.state("c_1")
    assert state is not None
    assert state.state == "committing"
    assert writer.has_marker()
    driver.close()
    assert read(sqlite, {"k": None, "v": None}) == [(1, "a")]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_marker_dropped_by_an_uncommitted_transaction_still_stands(tmp_path, kind):
    driver = file_driver(tmp_path, kind)
    writer = driver.writer(target(), TOKEN, quiet)
    writer.begin()
    writer.load(numbers((2, "b")).schema, iter(numbers((2, "b")).to_batches()))

    assert writer.has_marker()

    driver.close()


@pytest.mark.parametrize("declared", ["INTEGER", "BIGINT", "INT"])
@pytest.mark.parametrize("value", ["2.7", "9e99", "1e999"])
def test_a_number_that_is_not_whole_in_an_integer_column_is_named(tmp_path, declared, value):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute(f"CREATE TABLE t (n {declared})")
        database.execute(f"INSERT INTO t VALUES (1), ({value})")  # noqa: S608
    database.close()

    with pytest.raises(InvalidInput, match=r"The column n holds .*, which is not long"):
        read(partial(file_driver, tmp_path, "sqlite"), {"n": None})


@pytest.mark.parametrize("word", ["int", "long"])
def test_a_real_read_as_whole_numbers_is_never_cut(tmp_path, word):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE t (n REAL)")
        database.execute("INSERT INTO t VALUES (2.0), (-3)")
    sqlite = partial(file_driver, tmp_path, "sqlite")
    assert read(sqlite, {"n": word}) == [(2,), (-3,)]

    with database:
        database.execute("INSERT INTO t VALUES (-0.5)")
    database.close()

    with pytest.raises(InvalidInput, match=f"The column n holds '-0.5', which is not {word}"):
        read(sqlite, {"n": word})


@pytest.mark.parametrize("declared", ["NUMERIC", "numeric", "STRING", "DECIMAL(10,2)"])
def test_text_is_refused_by_sqlite_columns_that_would_make_numbers_of_it(tmp_path, declared):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute(f"CREATE TABLE t (v {declared})")
    database.close()

    with pytest.raises(InvalidInput, match="The column v of t is .* incoming field is string"):
        deliver(partial(file_driver, tmp_path, "sqlite"), pa.table({"v": ["007"]}), target())


@pytest.mark.parametrize("declared", ["", "TEXT", "VARCHAR(9)", "CLOB"])
def test_text_of_digits_stays_as_it_is_in_every_other_sqlite_column(tmp_path, declared):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute(f"CREATE TABLE t (v {declared})")
    database.close()
    sqlite = partial(file_driver, tmp_path, "sqlite")

    deliver(sqlite, pa.table({"v": ["007"]}), target())

    assert read(sqlite, {"v": None}) == [("007",)]


def test_a_duckdb_column_comes_back_by_the_name_it_was_asked_for(tmp_path):
    with duckdb.connect(str(tmp_path / "a.db")) as database:
        database.execute("CREATE TABLE t (id INTEGER)")
        database.execute("INSERT INTO t VALUES (7)")
    driver = file_driver(tmp_path, "duckdb")
    request = TableRead((ReadColumn("ID"),), table="t")

    assert driver.read(request).read_all().to_pylist() == [{"ID": 7}]

    driver.close()
