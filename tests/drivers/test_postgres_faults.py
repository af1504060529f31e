"""What goes wrong with a server is told clearly, changes nothing, and leaves nothing behind."""

import os
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from common.errors import NotAllowed, ProductError, UpstreamFailed
from connections.drivers import Reach
from connections.drivers.base import ReadColumn, TableRead, TableWrite, WriteToken
from engine.execute import RunStopped, StageFailed
from tests.drivers.postgres_place import PostgresPlace, postgres_driver
from tests.drivers.postgres_runs import SOURCE, TARGET, copy_flow, run
from tests.engine.flows import MemoryLedger

FIELDS = {"k": None, "v": None}


@pytest.fixture
def shop(postgres_place):
    """Table `a` with 50,000 rows and table `b` with one."""
    return stocked(postgres_place)


def stocked(place: PostgresPlace) -> PostgresPlace:
    place.execute(
        "CREATE TABLE a (k int, v text)",
        "INSERT INTO a SELECT n, md5(n::text) FROM generate_series(1, 50000) AS n",
        "CREATE TABLE b (k int PRIMARY KEY, v text)",
        "INSERT INTO b VALUES (-1, 'old')",
    )
    return place


def assert_untouched(place: PostgresPlace) -> None:
    assert place.rows("SELECT k, v FROM b") == [(-1, "old")]
    assert place.markers() == []


def test_a_wrong_password_is_told_without_the_password(own_postgres):
    place = PostgresPlace(own_postgres(), "postgres")
    driver = postgres_driver(place, password="wrong-canary-7431")

    with pytest.raises(UpstreamFailed, match='password authentication failed for user "app"') as no:
        driver.ping()

    assert "canary" not in no.value.message
    assert not no.value.retryable


def test_the_environments_password_is_never_used_instead(own_postgres, monkeypatch):
    place = PostgresPlace(own_postgres(), "postgres")
    monkeypatch.setenv("PGPASSWORD", place.server.password)
    monkeypatch.setenv("PGUSER", place.server.user)

    with pytest.raises(UpstreamFailed, match="password authentication failed"):
        postgres_driver(place, password="wrong").ping()


def test_a_missing_database_is_named(shop):
    with pytest.raises(UpstreamFailed, match='database "nowhere" does not exist'):
        postgres_driver(shop, database="nowhere").ping()


def test_settings_cannot_bring_in_other_options_of_the_connection(shop):
    for name in ("postgres?sslmode=disable", "host=evil", "postgresql://evil/x", "x options=-cx"):
        with pytest.raises(UpstreamFailed, match="does not exist"):
            postgres_driver(shop, database=name).ping()


def test_a_stopped_server_is_told_and_work_goes_on_after_its_start(own_postgres, tmp_path):
    server = own_postgres()
    shop = stocked(PostgresPlace(server, "postgres"))
    server.stop()

    with pytest.raises(StageFailed, match=r"connection to .* refused") as caught:
        run(shop, tmp_path, copy_flow(FIELDS))

    assert caught.value.retryable
    server.start()
    run(shop, tmp_path, copy_flow(FIELDS))
    assert shop.rows("SELECT count(*) FROM b") == [(50_001,)]
    assert shop.markers() == []


def test_a_service_that_is_no_postgres_is_not_quoted():
    listener = socket.create_server(("127.0.0.1", 0))
    place = PostgresPlace(FakeServer(listener.getsockname()[1]), "x")

    def greet() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer:
                    peer.sendall(b"HTTP/1.1 400 Secret Banner 9.9\r\n\r\n")
                    peer.recv(1_000)

    threading.Thread(target=greet, daemon=True).start()
    with pytest.raises(UpstreamFailed) as caught:
        postgres_driver(place).ping()
    listener.close()

    assert "did not answer like a PostgreSQL server" in caught.value.message
    assert "Banner" not in caught.value.message


class FakeServer:
    """A place with the attributes of a server and nothing behind them."""

    host, user, password = "127.0.0.1", "app", "unused"

    def __init__(self, port: int) -> None:
        self.port = port


def test_the_reach_policy_holds_for_every_use_of_a_driver(shop, tmp_path):
    nothing = Reach(None)
    request = TableRead((ReadColumn("k"),), table="a")
    for use in (
        lambda driver: driver.ping(),
        lambda driver: driver.tables(None, None, 1, 0),
        lambda driver: driver.columns(None, "a"),
        lambda driver: driver.read(request),
    ):
        with pytest.raises(NotAllowed, match="CONNECTION_ALLOW_HOSTS"):
            use(postgres_driver(shop, reach=nothing))
    with pytest.raises(StageFailed, match="CONNECTION_ALLOW_HOSTS"):
        run(shop, tmp_path, copy_flow(FIELDS), reach=nothing)


def test_a_commit_whose_answer_is_lost_is_neither_repeated_nor_forgotten(own_postgres, tmp_path):
    server = own_postgres()
    shop = stocked(PostgresPlace(server, "postgres"))

    class Unplugged(MemoryLedger):
        def _store(self, component_id, state, rows=None):
            super()._store(component_id, state, rows)
            if state == "committing":
                server.stop("immediate")

    ledger = Unplugged()
    with pytest.raises(StageFailed):
        run(shop, tmp_path, copy_flow(FIELDS), ledger=ledger)
    assert ledger.states["out"].state == "committing"
    server.start()

    run(shop, tmp_path, copy_flow(FIELDS), ledger=MemoryLedger(states=ledger.states))

    assert shop.rows("SELECT count(*) FROM b") == [(50_001,)]
    assert shop.markers() == []


def test_a_commit_that_is_still_under_way_is_waited_for(shop):
    driver, other = postgres_driver(shop), postgres_driver(shop)
    write = TableWrite("b", None, "append", (), create_table=False, add_columns=False)
    token = WriteToken(1, "out")
    writer = driver.writer(write, token, lambda level, message: None)
    writer.begin()
    marker = writer._marker_place
    with shop.server.connect(shop.database, autocommit=False) as under_way:
        under_way.execute(f"DROP TABLE {marker}")
        threading.Timer(0.5, under_way.commit).start()

        found = other.writer(write, token, lambda level, message: None).has_marker()

    assert found is False
    driver.close()
    other.close()


class Cutter(MemoryLedger):
    """Cuts the destination's connection when its delivery has begun."""

    def __init__(self, cut) -> None:
        super().__init__()
        self.cut = cut

    def _store(self, component_id, state, rows=None):
        super()._store(component_id, state, rows)
        if state == "prepared":
            threading.Timer(0.05, self.cut).start()


def test_a_connection_dropped_in_mid_copy_changes_nothing(shop, tmp_path):
    shop.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$",
        "CREATE TRIGGER slow BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION slow()",
    )

    def cut() -> None:
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
            " current_database() AND query ILIKE 'copy%from stdin%' AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not shop.rows(query):
            time.sleep(0.01)

    with pytest.raises(StageFailed, match="the connection was lost") as caught:
        run(shop, tmp_path, copy_flow(FIELDS), ledger=Cutter(cut))

    assert caught.value.retryable
    assert caught.value.component_name == "out"
    assert_untouched(shop)


def test_a_source_that_goes_away_in_mid_stream_is_named_and_nothing_arrives(shop, tmp_path):
    shop.execute(
        "CREATE VIEW endless AS SELECT n::int AS k, repeat('x', 1000) AS v"
        " FROM generate_series(1, 100000000) AS n"
    )

    def cut() -> None:
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
            " current_database() AND query ILIKE 'copy (select%' AND pid <> pg_backend_pid()"
        )
        assert shop.rows(query)

    flow = copy_flow(FIELDS)
    flow["components"][0]["database_source_component"]["source_table"] = "endless"
    with pytest.raises(StageFailed, match="the connection was lost") as caught:
        run(shop, tmp_path, flow, ledger=Cutter(cut))

    assert caught.value.component_name == "in"
    assert_untouched(shop)


def test_a_stop_in_mid_stream_ends_within_two_seconds(shop, tmp_path):
    shop.execute(
        "CREATE VIEW endless AS SELECT n::int AS k, 'x' AS v"
        " FROM generate_series(1, 100000000) AS n"
    )
    asked = threading.Event()
    asked_at: list[float] = []

    def ask() -> None:
        asked_at.append(time.monotonic())
        asked.set()

    flow = copy_flow(FIELDS)
    flow["components"][0]["database_source_component"]["source_table"] = "endless"
    with pytest.raises(RunStopped):
        run(shop, tmp_path, flow, ledger=Cutter(ask), stopped=asked.is_set)

    assert time.monotonic() - asked_at[0] < 2
    assert_untouched(shop)


def test_a_stop_ends_the_wait_for_a_lock(shop, tmp_path):
    asked = threading.Event()
    flow = copy_flow(FIELDS, operation_type="overwrite_delete")
    with shop.server.connect(shop.database, autocommit=False) as other:
        other.execute("LOCK TABLE b IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(RunStopped):
            run(shop, tmp_path, flow, ledger=Cutter(asked.set), stopped=asked.is_set)
        assert time.monotonic() - started < 5

    assert_untouched(shop)


def test_a_duplicate_merge_key_is_shown_and_nothing_changes(shop, tmp_path):
    shop.execute("INSERT INTO a VALUES (7, 'again')")
    flow = copy_flow(FIELDS, operation_type="merge_update_insert", keys={"k": True, "v": False})

    with pytest.raises(StageFailed, match=r"not unique in the incoming rows: k = 7 comes 2 times"):
        run(shop, tmp_path, flow)

    assert_untouched(shop)


def test_a_key_that_the_table_holds_already_is_told_with_its_value(shop, tmp_path):
    shop.execute("INSERT INTO a VALUES (-1, 'again')")

    with pytest.raises(StageFailed, match=r"duplicate key value .*\(Key \(k\)=\(-1\) already"):
        run(shop, tmp_path, copy_flow(FIELDS))

    assert_untouched(shop)


def test_a_statement_that_takes_too_long_is_ended(shop, tmp_path):
    shop.execute("CREATE VIEW slow AS SELECT 1 AS k, pg_sleep(30)::text AS v")
    flow = copy_flow(FIELDS)
    flow["components"][0]["database_source_component"]["source_table"] = "slow"
    hasty = shop.spec(SOURCE, "shop", statement_timeout_seconds=1)
    started = time.monotonic()

    with pytest.raises(StageFailed, match="canceling statement due to statement timeout"):
        run(shop, tmp_path, flow, connections={SOURCE: hasty})

    assert time.monotonic() - started < 10
    assert_untouched(shop)


def test_a_role_that_may_only_read_is_told_what_it_lacks(shop, tmp_path):
    role = f"reader_{shop.database}"
    shop.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'reader-password'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    )
    reader = {"username": role, "password": "reader-password"}
    flow = copy_flow(FIELDS)

    with pytest.raises(StageFailed, match="permission denied for schema public.*create tables"):
        run(shop, tmp_path, flow, connections={TARGET: shop.spec(TARGET, "dwh", **reader)})
    shop.execute(f"GRANT CREATE ON SCHEMA public TO {role}")
    with pytest.raises(StageFailed, match="permission denied for table b"):
        run(shop, tmp_path, flow, connections={TARGET: shop.spec(TARGET, "dwh", **reader)})

    assert_untouched(shop)
    shop.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize(
    "query",
    ["DELETE FROM a RETURNING k", "INSERT INTO a VALUES (1, 'x') RETURNING k",
     "WITH gone AS (DELETE FROM a RETURNING k) SELECT k FROM gone",
     "SELECT k FROM a) AS q; DROP TABLE a; SELECT * FROM (SELECT 1 AS k",
     "SELECT nextval('numbers')::int AS k",
     "SELECT set_config('transaction_read_only', 'off', false)::int AS k"],
)  # fmt: skip
def test_a_source_query_can_only_read(shop, query):
    shop.execute("CREATE SEQUENCE numbers")
    driver = postgres_driver(shop)

    with pytest.raises(ProductError):
        driver.read(TableRead((ReadColumn("k"),), query=query)).read_all()

    driver.close()
    assert shop.rows("SELECT count(*) FROM a") == [(50_000,)]
    assert shop.rows("SELECT is_called FROM numbers") == [(False,)]


def test_what_a_read_only_transaction_lets_through_is_rolled_back(shop):
    driver = postgres_driver(shop)

    driver.read(TableRead((ReadColumn("k"),), query="SELECT lo_creat(-1)::int AS k")).read_all()

    driver.close()
    assert shop.rows("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_a_full_disk_is_told_and_nothing_changes(own_postgres, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    server = own_postgres()
    shop = stocked(PostgresPlace(server, "postgres"))
    small = server.folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a file system")
    try:
        give_to_server(server.folder, small)
        shop.execute(
            f"CREATE TABLESPACE small LOCATION '{small}'", "ALTER TABLE b SET TABLESPACE small"
        )
        with pytest.raises(StageFailed, match="No space left on device"):
            run(shop, tmp_path, copy_flow(FIELDS))
        assert_untouched(shop)
    finally:
        server.stop("immediate")
        subprocess.run(["umount", str(small)], check=True)


def give_to_server(owned: Path, place: Path) -> None:
    owner = owned.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    place.chmod(0o700)
