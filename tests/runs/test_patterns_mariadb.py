"""The MySQL rows of the failure list, with the words of a real MariaDB server."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pymysql  # type: ignore[import-untyped]
import pytest

from runs.patterns import find_pattern
from tests.services.daemons import free_port

STATEMENTS = [
    (19, "SELECT * FROM no_such_table"),
    (19, "SELECT no_such_column FROM things"),
    (20, "INSERT INTO things (id, name) VALUES (1, 'too long')"),
    (20, "INSERT INTO things (id, plain) VALUES (1, '\N{PILE OF POO}')"),
    (20, "INSERT INTO things (id, small) VALUES (1, 70000)"),
    (20, "INSERT INTO things (id) VALUES ('n/a')"),
    (23, "INSERT INTO things (id) VALUES (1), (1)"),
]
TABLES = [
    "CREATE TABLE things (id int PRIMARY KEY, name varchar(5), small smallint,"
    " plain varchar(5) CHARACTER SET utf8mb3) ENGINE=InnoDB",
    "INSERT INTO things (id) VALUES (10), (20)",
]
RENAME = "UPDATE things SET name = 'x' WHERE id = %s"


@pytest.fixture
def database(mariadb) -> str:
    name: str = mariadb.new_database()
    with mariadb.connect(name) as connection, connection.cursor() as cursor:
        for statement in TABLES:
            cursor.execute(statement)
    return name


@pytest.fixture
def told(mariadb, database) -> Callable[[str], str]:
    """What the server says to a statement that it refuses."""

    def run(statement: str) -> str:
        with (
            mariadb.connect(
                database, charset="utf8mb4", init_command="SET innodb_lock_wait_timeout = 1"
            ) as connection,
            connection.cursor() as cursor,
            pytest.raises(pymysql.Error) as refused,
        ):
            cursor.execute(statement)
        return str(refused.value)

    return run


@pytest.mark.parametrize(("number", "statement"), STATEMENTS)
def test_a_refused_statement_is_recognised(told, number, statement):
    text = told(statement)

    assert find_pattern(text).number == number, text


def test_a_wrong_password_is_recognised(mariadb):
    with pytest.raises(pymysql.Error) as refused:
        mariadb.connect(password="wrong")

    assert find_pattern(str(refused.value)).number == 17, refused.value


def test_a_server_that_is_not_there_is_recognised(mariadb):
    with pytest.raises(pymysql.Error) as refused:
        mariadb.connect(port=free_port())

    assert find_pattern(str(refused.value)).number == 18, refused.value


def test_a_connection_that_the_server_ends_is_recognised(mariadb):
    with mariadb.connect() as connection, mariadb.connect() as other:
        with other.cursor() as cursor:
            cursor.execute(f"KILL {connection.thread_id()}")

        with pytest.raises(pymysql.Error) as lost, connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    assert find_pattern(str(lost.value)).number == 18, lost.value


def test_a_lock_that_is_waited_for_too_long_is_recognised(mariadb, database, told):
    with mariadb.connect(database, autocommit=False) as holder, holder.cursor() as cursor:
        cursor.execute("UPDATE things SET name = 'x' WHERE id = 10")

        text = told("UPDATE things SET name = 'y' WHERE id = 10")

    assert find_pattern(text).number == 21, text


def test_a_deadlock_is_recognised(mariadb, database):
    both_hold = threading.Barrier(2, timeout=20)
    texts = []

    def update(first: int, second: int) -> None:
        with mariadb.connect(database, autocommit=False) as connection:
            with connection.cursor() as cursor:
                cursor.execute(RENAME, [first])
                both_hold.wait()
                try:
                    cursor.execute(RENAME, [second])
                except pymysql.Error as error:
                    texts.append(str(error))
            connection.rollback()

    threads = [threading.Thread(target=update, args=ids) for ids in ((10, 20), (20, 10))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert [find_pattern(text).number for text in texts] == [21], texts


def test_a_full_and_a_small_server_are_recognised(own_mariadb):
    server = own_mariadb(max_connections="10", max_allowed_packet="1M")
    texts = []

    with ExitStack() as stack:
        for _ in range(12):
            try:
                stack.enter_context(server.connect())
            except pymysql.Error as error:
                texts.append(str(error))
    # The server may cut the connection before its reason arrives: then it is asked again.
    refusals = [_refusal_of_a_large_packet(server) for _ in range(25)]

    assert {find_pattern(text).number for text in texts} == {24}, texts
    assert 22 in {find_pattern(text).number for text in refusals}, refusals


def _refusal_of_a_large_packet(server) -> str:
    with server.connect() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT '{'x' * 1_100_000}'")
        except pymysql.Error as error:
            return str(error)
    raise AssertionError("the server took a packet over its limit")
