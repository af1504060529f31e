"""The servers that the tests start are what the tests take them for."""

import psycopg
import pytest
import redis


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


def test_two_databases_of_mariadb_are_separate(mariadb):
    first, second = mariadb.new_database(), mariadb.new_database()

    with mariadb.connect(first) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE only_here (n int)")

    seen = {}
    for name in (first, second):
        with mariadb.connect(name) as connection, connection.cursor() as cursor:
            seen[name] = cursor.execute("SHOW TABLES")
    assert seen == {first: 1, second: 0}


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
    redis_server.flush()
    with redis_server.client() as client:
        client.set("key", "value")
        before = client.dbsize()

        redis_server.flush()

        assert (before, client.dbsize()) == (1, 0)
