"""A table read in ranges gives every row once, whatever the column holds."""

import datetime
import threading
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import NotFound, UpstreamFailed
from connections.drivers.base import ReadColumn, TableRead
from connections.drivers.splitting import boundaries, predicates
from tests.drivers.postgres_place import postgres_driver
from tests.drivers.postgres_runs import destination, run, source
from tests.engine.flows import Recorder, chain

PARSERS = {
    "long": int,
    "decimal(38,9)": Decimal,
    "double": float,
    "date": datetime.date.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
}
VALUES = {
    "long": st.integers(-(2**63), 2**63 - 1),
    "decimal(38,9)": st.decimals(allow_nan=False, allow_infinity=False, places=9),
    "double": st.floats(allow_nan=False),
    "date": st.dates(),
    "datetime": st.datetimes(),
}


@given(data=st.data(), word=st.sampled_from(sorted(VALUES)), parts=st.integers(2, 32))
def test_boundaries_rise_between_the_smallest_and_the_largest_value(data, word, parts):
    low, high = sorted((data.draw(VALUES[word]), data.draw(VALUES[word])))
    parse = PARSERS[word]

    bounds = [parse(text) for text in boundaries(word, str(low), str(high), parts)]

    assert len(bounds) < parts
    assert bounds == sorted(set(bounds))
    assert all(low < bound <= high for bound in bounds)


def test_whole_numbers_are_divided_evenly():
    assert boundaries("long", "0", "99", 4) == ["24", "49", "74"]
    assert boundaries("long", "5", "5", 4) == []
    assert boundaries("string", "a", "z", 4) == []
    assert boundaries("datetime", "-infinity", "infinity", 4) == []


def test_one_range_has_no_lower_and_one_no_upper_end():
    assert predicates("c", ["1", "2"]) == [
        "(c < '1' OR c IS NULL)",
        "(c >= '1' AND c < '2')",
        "c >= '2'",
    ]


@pytest.fixture
def shop(postgres_place):
    return postgres_place


def ids(driver, **how) -> list[int]:
    request = TableRead((ReadColumn("id"),), table="a", connections=4, **how)
    batches = list(driver.read(request))
    driver.close()
    return sorted(row for batch in batches for row in batch.column(0).to_pylist())


COLUMNS = {
    "int": "CASE WHEN n % 7 = 0 THEN NULL ELSE n * 3 - 1000 END",
    "bigint": "n * 900000000000000 - 9223372036854775",
    "numeric(20,3)": "CASE WHEN n % 5 = 0 THEN NULL ELSE n / 8.0 END",
    "numeric": "CASE WHEN n = 9 THEN 'NaN'::numeric ELSE n END",
    "double precision": "CASE n WHEN 1 THEN 'NaN' WHEN 2 THEN NULL ELSE n * 0.1 END::float8",
    "real": "n / 7.0",
    "date": "CASE WHEN n % 3 = 0 THEN NULL ELSE date '1999-12-31' + n::int END",
    "timestamp": "timestamp '1969-01-01' + n * interval '7.000001 seconds'",
    "timestamptz": "timestamptz '2024-03-31 01:59+01' + n * interval '1 minute'",
    "text": "md5(n::text)",
    "timestamp(0)": "CASE WHEN n = 5 THEN 'infinity'::timestamp ELSE timestamp '2020-01-01' END",
    "boolean": "n % 2 = 0",
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_row_arrives_once_over_four_connections(shop, kind):
    shop.execute(
        f"CREATE TABLE a (id int, c {kind})",
        f"INSERT INTO a SELECT n, {COLUMNS[kind]} FROM generate_series(1, 5000) AS n",  # noqa: S608
    )

    assert ids(postgres_driver(shop), split_by="c") == list(range(1, 5001))


def test_only_nulls_and_no_rows_at_all_can_be_split(shop):
    shop.execute("CREATE TABLE a (id int, c int)")
    assert ids(postgres_driver(shop), split_by="C") == []

    shop.execute("INSERT INTO a VALUES (1, NULL), (2, NULL)")
    assert ids(postgres_driver(shop), split_by="c") == [1, 2]


@pytest.mark.parametrize("how", [{"table": "a"}, {"query": "SELECT id FROM a"}])
def test_a_table_without_rows_is_read_as_no_rows(shop, how):
    shop.execute("CREATE TABLE a (id numeric(5,2))")
    driver = postgres_driver(shop)

    table = driver.read(TableRead((ReadColumn("id"),), **how)).read_all()

    driver.close()
    assert table.num_rows == 0
    assert str(table.schema.field("id").type) == "decimal128(5, 2)"


def test_a_where_clause_holds_in_every_range(shop):
    shop.execute("CREATE TABLE a (id int)", "INSERT INTO a SELECT generate_series(1, 1000)")

    found = ids(postgres_driver(shop), split_by="id", where="id > 10 OR id = 1")

    assert found == [1, *range(11, 1001)]


def test_a_missing_split_column_is_named(shop):
    shop.execute("CREATE TABLE a (id int)")

    with pytest.raises(NotFound, match="The table a has no column nothing"):
        ids(postgres_driver(shop), split_by="nothing")


def test_all_ranges_see_the_moment_of_the_first(shop):
    """A row that moves from range to range while they are read is neither lost nor doubled."""
    shop.execute(
        "CREATE TABLE a (id int, c int, filler text)",
        "INSERT INTO a SELECT n, n, repeat('x', 200) FROM generate_series(1, 60000) AS n",
    )
    driver = postgres_driver(shop)
    request = TableRead(
        (ReadColumn("id"), ReadColumn("c"), ReadColumn("filler")),
        table="a", split_by="c", connections=4,
    )  # fmt: skip
    reader = driver.read(request)
    shop.execute("UPDATE a SET c = 60001 - c", "DELETE FROM a WHERE id % 2 = 0")

    rows = [row for batch in reader for row in batch.column(0).to_pylist()]

    driver.close()
    assert sorted(rows) == list(range(1, 60001))


def test_readers_are_several_and_wait_for_a_slow_consumer(shop):
    shop.execute(
        "CREATE TABLE a (id int, filler text)",
        "INSERT INTO a SELECT n, repeat(md5(n::text), 120) FROM generate_series(1, 40000) AS n",
    )
    driver = postgres_driver(shop)
    columns = (ReadColumn("id"), ReadColumn("filler"))
    reader = driver.read(TableRead(columns, table="a", split_by="id", connections=4))
    next(iter(reader))
    time.sleep(0.5)

    waiting = shop.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND query ILIKE 'copy (select%' AND state = 'active' AND backend_type = 'client backend'"
    )

    assert waiting == [(4,)]
    driver.close()
    gone = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pipelines'"
    gone += " AND datname = current_database()"
    assert _soon(lambda: shop.rows(gone) == [(0,)])


def _soon(holds) -> bool:
    deadline = time.monotonic() + 5
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_lost_range_fails_the_whole_read(shop):
    shop.execute(
        "CREATE TABLE a (id int, filler text)",
        "INSERT INTO a SELECT n, repeat(md5(n::text), 120) FROM generate_series(1, 40000) AS n",
    )
    driver = postgres_driver(shop)
    columns = (ReadColumn("id"), ReadColumn("filler"))
    reader = driver.read(TableRead(columns, table="a", split_by="id", connections=4))
    next(iter(reader))
    shop.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND query ILIKE 'copy (select%' AND state = 'active' AND backend_type = 'client backend'"
        " LIMIT 1"
    )

    with pytest.raises(UpstreamFailed, match="connection was lost"):
        for _ in reader:
            pass
    driver.close()


def test_cancelling_ends_every_range_at_once(shop):
    shop.execute(
        "CREATE TABLE t (id int)", "INSERT INTO t SELECT generate_series(1, 1000)",
        "CREATE VIEW a AS SELECT id, pg_sleep(0.1)::text AS z FROM t",
    )  # fmt: skip
    driver = postgres_driver(shop)
    reader_of = TableRead((ReadColumn("id"), ReadColumn("z")), table="a", split_by="id",
                          connections=4)  # fmt: skip
    threading.Timer(0.5, driver.cancel).start()
    begun = time.monotonic()

    with pytest.raises(UpstreamFailed):
        list(driver.read(reader_of))

    driver.close()
    assert time.monotonic() - begun < 2.5


@pytest.mark.parametrize("action", ["none", "copy"])
def test_a_copy_frees_the_source_before_the_destination_is_loaded(shop, tmp_path, action):
    shop.execute("CREATE TABLE a (id int)", "CREATE TABLE b (id int)",
                 "INSERT INTO a SELECT generate_series(1, 5000)")  # fmt: skip
    recorder = Recorder()
    reading = source("a", {"id": None}, source_action=action, split_by_column="id",
                     max_parallel_connections=3)  # fmt: skip

    totals = run(shop, tmp_path, chain(reading, destination("b")), recorder=recorder)

    said = [(name, line.partition(" ")[0]) for _, name, line in recorder.lines]
    is_freed = said.index(("in", "Read")) < said.index(("out", "Writing"))
    assert is_freed == (action == "copy")
    assert (totals.rows_read, totals.rows_written) == (5000, 5000)
    assert shop.rows("SELECT count(*), count(DISTINCT id) FROM b") == [(5000, 5000)]
