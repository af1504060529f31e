"""A stop ends within two seconds whatever a database is doing, and leaves nothing behind."""

import threading
import time

import pytest

from engine.execute import RunStopped
from tests.drivers.postgres_runs import copy_flow, destination, run, source
from tests.engine.flows import chain

MOST_SECONDS = 2.0
FIELDS = {"k": None, "v": None}


@pytest.fixture
def shop(postgres_place):
    postgres_place.execute(
        "CREATE TABLE a (k int, v text)",
        "INSERT INTO a SELECT n, md5(n::text) FROM generate_series(1, 20000) AS n",
        "CREATE TABLE b (k int, v text)",
        "INSERT INTO b VALUES (-1, 'old')",
    )
    return postgres_place


class Asker:
    """Asks for a stop as soon as the server is at something, and remembers when."""

    def __init__(self, place, doing: str) -> None:
        self._query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"  # noqa: S608
            f" AND pid <> pg_backend_pid() AND state = 'active' AND query ILIKE '{doing}'"
        )
        self._place = place
        self.asked = threading.Event()
        self.asked_at = 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._place.rows(self._query) == [(0,)]:
            time.sleep(0.02)
        time.sleep(0.2)
        self.asked_at = time.monotonic()
        self.asked.set()


def stopped(place, folder, flow, doing: str) -> float:
    asker = Asker(place, doing)
    with pytest.raises(RunStopped):
        run(place, folder, flow, stopped=asker.asked.is_set)
    return time.monotonic() - asker.asked_at


def assert_untouched(place) -> None:
    assert place.rows("SELECT k, v FROM b") == [(-1, "old")]
    assert place.markers() == []
    assert place.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'pipelines' AND state = 'active'"
    ) == [(0,)]


SLOW = (
    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$",
    "CREATE TRIGGER slow BEFORE INSERT OR UPDATE OR DELETE ON b"
    " FOR EACH ROW EXECUTE FUNCTION slow()",
)


@pytest.mark.parametrize("action", ["none", "copy"])
def test_in_a_source_query_that_has_given_no_row_yet(shop, tmp_path, action):
    query = "SELECT count(*)::int AS k, 'x' AS v FROM a AS x, a AS y, a AS z"
    reading = source("a", FIELDS, access_mode="query", query=query, source_action=action)

    took = stopped(shop, tmp_path, chain(reading, destination("b")), "%count(*)::int AS k%")

    assert took < MOST_SECONDS
    assert_untouched(shop)


def test_in_several_ranges_read_at_once(shop, tmp_path):
    shop.execute("CREATE VIEW slow AS SELECT k, pg_sleep(0.01)::text AS v FROM a")
    reading = source("slow", FIELDS, split_by_column="k", max_parallel_connections=3)

    took = stopped(shop, tmp_path, chain(reading, destination("b")), "copy (select%slow%")

    assert took < MOST_SECONDS
    assert_untouched(shop)


@pytest.mark.parametrize("extra", [{}, {"on_error": "reject"}])
def test_in_the_middle_of_a_load(shop, tmp_path, extra):
    shop.execute(*SLOW)

    took = stopped(shop, tmp_path, copy_flow(FIELDS, **extra), "copy%from stdin%")

    assert took < MOST_SECONDS
    assert_untouched(shop)


@pytest.mark.parametrize(
    ("operation", "doing"),
    [("merge_delete_insert", "insert into%"), ("merge_update_insert", "insert into%"),
     ("overwrite_truncate", "insert into%"), ("overwrite_delete", "copy%from stdin%")],
)  # fmt: skip
def test_in_the_statements_after_staging(shop, tmp_path, operation, doing):
    shop.execute(*SLOW)
    keys = {"k": True, "v": False} if operation.startswith("merge") else {}
    flow = copy_flow(FIELDS, operation_type=operation, keys=keys)

    took = stopped(shop, tmp_path, flow, doing)

    assert took < MOST_SECONDS
    assert_untouched(shop)


@pytest.mark.parametrize(
    ("operation", "doing"),
    [("append", "copy%from stdin%"), ("overwrite_truncate", "truncate%"),
     ("overwrite_delete", "lock table%"), ("merge_update_insert", "lock table%")],
)  # fmt: skip
def test_while_another_session_holds_the_table(shop, tmp_path, operation, doing):
    keys = {"k": True, "v": False} if operation.startswith("merge") else {}
    flow = copy_flow(FIELDS, operation_type=operation, keys=keys)
    with shop.server.connect(shop.database, autocommit=False) as other:
        other.execute("LOCK TABLE b IN ACCESS EXCLUSIVE MODE")

        took = stopped(shop, tmp_path, flow, doing)

    assert took < MOST_SECONDS
    assert_untouched(shop)


def test_in_a_statement_before_the_delivery(shop, tmp_path):
    flow = copy_flow(FIELDS, pre_action_sql="DELETE FROM b; SELECT pg_sleep(60)")

    took = stopped(shop, tmp_path, flow, "select pg_sleep(60)%")

    assert took < MOST_SECONDS
    assert_untouched(shop)
