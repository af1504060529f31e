"""The servers that the tests start are what the tests take them for."""

import time

import psycopg
import pytest
import redis

from tests.services.keeper import is_running
from tests.services.postgres import own_postgres
from tests.services.redis import own_redis, shared_redis


def test_two_databases_of_one_server_are_separate(postgres):
    first, second = postgres.new_database(), postgres.new_database()

    with postgres.connect(first) as connection:
        connection.execute("CREATE TABLE only_here (n int)")

    seen = {}
    for name in (first, second):
        with postgres.connect(name) as connection:
            seen[name] = connection.execute("SELECT to_regclass('only_here')::text").fetchone()[0]
    assert seen == {first: "only_here", second: None}


def test_the_url_of_a_database_opens_it(postgres, postgres_database):
    with psycopg.connect(postgres.url(postgres_database)) as connection:
        assert connection.execute("SELECT current_database()").fetchone()[0] == postgres_database


def test_postgres_keeps_its_port_and_rows_over_a_stop(own_postgres):
    server = own_postgres(max_connections="7")
    with server.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")

    server.stop()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        server.connect()
    server.start()

    with server.connect() as connection:
        assert connection.execute("SELECT n FROM kept").fetchone()[0] == 42
        assert connection.execute("SHOW max_connections").fetchone()[0] == "7"


def test_postgres_refuses_a_wrong_password(own_postgres):
    server = own_postgres()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect(password="wrong")


def test_redis_keeps_its_port_over_a_stop_and_comes_back_empty(own_redis):
    server = own_redis()
    with server.client() as client:
        client.set("key", "value")

    server.stop()
    with server.client() as client, pytest.raises(redis.ConnectionError):
        client.ping()
    server.start()

    with server.client() as client:
        assert client.get("key") is None


def test_a_flushed_redis_is_empty(redis_server):
    with redis_server.client() as client:
        client.set("key", "value")
        before = client.dbsize()

        redis_server.flush()

        assert (before, client.dbsize()) == (1, 0)


def test_processes_of_one_run_share_a_redis_server_but_no_keys(tmp_path):
    with shared_redis(tmp_path, 1) as first, shared_redis(tmp_path, 2) as second:
        with first.client() as client:
            client.set("key", "value")

        with second.client() as client:
            assert client.get("key") is None
        assert first.url.removesuffix("/1") == second.url.removesuffix("/2")


@pytest.mark.parametrize("started", [own_postgres, own_redis])
def test_a_server_and_its_folder_go_with_its_last_user(started):
    with started() as server:
        folder = server.folder
        pid = int(server.pidfile.read_text().split()[0])

    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()
    assert not is_running(pid)
