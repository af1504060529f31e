"""One statement of a user, on every database driver: committed whole, or not at all."""

import threading
import time
from functools import partial

import pytest

from common.errors import InvalidInput, NotFound, ProductError, UpstreamFailed
from tests.drivers.postgres_place import postgres_driver
from tests.drivers.test_databases import FILE_KINDS, KINDS, file_driver

SLOW = {
    "postgres": "SELECT pg_sleep(30)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT count(*) FROM n WHERE i < 0",
    "duckdb": "SELECT count(*) FROM range(1000000000) AS a, range(1000000) AS b WHERE a.range < 0",
}


@pytest.fixture(params=KINDS)
def opened(request, tmp_path):
    """A way to run one statement, each time on a driver of its own; `kind` says which."""
    if request.param == "postgres":
        opener = partial(postgres_driver, request.getfixturevalue("postgres_place"), "books")
    else:
        opener = partial(file_driver, tmp_path, request.param)

    def run(statement, most_rows=10):
        driver = opener()
        try:
            return driver.run_sql(statement, most_rows)
        finally:
            driver.close()

    run.kind, run.open = request.param, opener
    return run


def test_statements_of_every_sort_take_effect_at_once(opened):
    assert opened("CREATE TABLE t (id int, name varchar(20))").rows == ()
    opened("INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c')")
    opened("UPDATE t SET name = 'z' WHERE id = 3")
    opened("DELETE FROM t WHERE id = 1")

    answer = opened("SELECT id, name AS who FROM t ORDER BY id")

    assert answer.names == ("id", "who")
    assert answer.rows == ((2, None), (3, "z"))


def test_no_more_rows_are_looked_at_than_asked_for(opened):
    opened("CREATE TABLE t (id int)")
    opened("INSERT INTO t VALUES (1), (2), (3)")

    assert opened("SELECT id FROM t ORDER BY id", 2).rows == ((1,), (2,))


def test_rows_that_a_change_returns_are_answered_and_the_change_stays(opened):
    opened("CREATE TABLE t (id int)")

    assert opened("INSERT INTO t VALUES (7) RETURNING id").rows == ((7,),)
    assert opened("SELECT count(*) FROM t").rows == ((1,),)


def test_a_refused_statement_leaves_nothing(opened):
    opened("CREATE TABLE t (id int PRIMARY KEY)")

    with pytest.raises(UpstreamFailed):
        opened("INSERT INTO t VALUES (1), (2), (1)")

    assert opened("SELECT count(*) FROM t").rows == ((0,),)


def test_two_statements_are_refused(opened):
    opened("CREATE TABLE t (id int)")

    with pytest.raises(ProductError):
        opened("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")

    assert opened("SELECT count(*) FROM t").rows == ((0,),)


def test_a_running_statement_is_stopped_within_a_moment(opened):
    opened("CREATE TABLE t (id int)")
    driver = opened.open()
    stop = threading.Timer(0.5, driver.cancel)
    stop.start()

    began = time.monotonic()
    with pytest.raises(UpstreamFailed):
        driver.run_sql(SLOW[opened.kind], 1)

    assert time.monotonic() - began < 2.5
    driver.close()


@pytest.mark.parametrize("kind", FILE_KINDS)
@pytest.mark.parametrize(
    "statement",
    ["ATTACH '{}' AS other", "VACUUM INTO '{}'", "COPY (SELECT 1) TO '{}'", "EXPORT DATABASE '{}'"],
)
def test_a_statement_reaches_no_other_file(tmp_path, kind, statement):
    outside = tmp_path / "outside.db"
    driver = file_driver(tmp_path, kind)

    with pytest.raises((UpstreamFailed, InvalidInput)):
        driver.run_sql(statement.format(outside), 1)

    driver.close()
    assert not outside.exists()


def test_a_statement_in_sqlite_does_not_end_its_transaction(tmp_path):
    driver = file_driver(tmp_path, "sqlite")

    for statement in ("COMMIT", "ROLLBACK", "PRAGMA journal_mode = MEMORY"):
        with pytest.raises(UpstreamFailed, match="authorized"):
            driver.run_sql(statement, 1)
    driver.close()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises((NotFound, UpstreamFailed)):
        file_driver(tmp_path, "duckdb", "no/a.db").run_sql("SELECT 1", 1)
