"""The PostgreSQL rows of the failure list, with the words of a real server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest

from runs.patterns import find_pattern

TABLES = """
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE things (
    id int PRIMARY KEY,
    name varchar(5) NOT NULL,
    small smallint,
    price numeric(4, 1),
    parent int REFERENCES parents
);
"""
STATEMENTS = [
    (5, "SELECT * FROM no_such_table"),
    (5, "SELECT * FROM no_such_schema.things"),
    (6, "SELECT no_such_column FROM things"),
    (6, "INSERT INTO things (id, name, extra) VALUES (1, 'a', 2)"),
    (6, "SELECT t.no_such_column FROM things t"),
    (7, "INSERT INTO things (id, name) VALUES (1, 'a'), (1, 'b')"),
    (8, "INSERT INTO things (id) VALUES (1)"),
    (9, "INSERT INTO things (id, name) VALUES ('n/a', 'a')"),
    (9, "SELECT 'soon'::date"),
    (9, "SELECT '2026-02-31'::date"),
    (9, "INSERT INTO things (id, name) SELECT 'a'::text, 'b'"),
    (10, "INSERT INTO things (id, name) VALUES (1, 'too long')"),
    (11, "INSERT INTO things (id, name, small) VALUES (1, 'a', 70000)"),
    (11, "INSERT INTO things (id, name, price) VALUES (1, 'a', 12345.6)"),
    (11, "SELECT '99999999999'::int"),
    (12, r"SELECT convert_from('\xff'::bytea, 'UTF8')"),
    (13, "SET statement_timeout = '20ms'; SELECT pg_sleep(5)"),
    (15, "SELECT pg_terminate_backend(pg_backend_pid())"),
    (16, "INSERT INTO things (id, name, parent) VALUES (1, 'a', 7)"),
]


@pytest.fixture
def database(postgres) -> str:
    name: str = postgres.new_database()
    with postgres.connect(name) as connection:
        connection.execute(TABLES)
    return name


@pytest.fixture
def told(postgres, database) -> Callable[..., str]:
    """What the server says to a statement that it refuses."""

    def run(statement: str, **login: str) -> str:
        with (
            pytest.raises(psycopg.Error) as refused,
            postgres.connect(database, **login) as connection,
        ):
            connection.execute(statement)
        return str(refused.value)

    return run


@pytest.fixture
def private(own_postgres) -> Iterator[object]:
    return own_postgres(max_connections="5", superuser_reserved_connections="1")


def number_of(text: str) -> int | None:
    found = [pattern for line in text.splitlines() if (pattern := find_pattern(line))]
    return found[0].number if found else None


@pytest.mark.parametrize(("number", "statement"), STATEMENTS)
def test_a_refused_statement_is_recognised(told, number, statement):
    text = told(statement)

    assert number_of(text) == number, text


def test_a_wrong_password_and_an_unknown_user_are_recognised(private):
    for login in ({"password": "wrong"}, {"user": "nobody"}):
        with pytest.raises(psycopg.OperationalError) as refused:
            private.connect(**login)

        assert number_of(str(refused.value)) == 1, refused.value


def test_a_host_without_pg_hba_entry_is_recognised(private):
    private.set_access("local all all trust")

    with pytest.raises(psycopg.OperationalError) as refused:
        private.connect()

    assert number_of(str(refused.value)) == 2, refused.value


def test_too_many_clients_are_recognised(private):
    with private.connect() as connection:
        connection.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
    texts = set()

    with ExitStack() as stack:
        for user, password in [("plain", "plain")] * 5 + [(private.user, private.password)] * 5:
            try:
                stack.enter_context(private.connect(user=user, password=password))
            except psycopg.OperationalError as refused:
                texts.add(str(refused).partition("FATAL: ")[2].strip())

    assert {text.split()[0] for text in texts} == {"remaining", "sorry,"}
    assert {number_of(text) for text in texts} == {3}


def test_a_missing_right_is_recognised(postgres, database):
    role = f"reader_of_{database}"
    with postgres.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role}")
        connection.execute(f"SET ROLE {role}")
        texts = []
        for statement in ("SELECT * FROM things", "CREATE TABLE public.mine (n int)"):
            with pytest.raises(psycopg.Error) as refused:
                connection.execute(statement)
            texts.append(str(refused.value))
        connection.execute("RESET ROLE")
        connection.execute(f"DROP ROLE {role}")

    assert [number_of(text) for text in texts] == [4, 4], texts


def test_truncating_a_foreign_table_is_told_as_ownership(postgres, database):
    role = f"writer_of_{database}"
    with postgres.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role}; SET ROLE {role}")
        with pytest.raises(psycopg.Error) as refused:
            connection.execute("ALTER TABLE things ADD COLUMN more int")
        connection.execute(f"RESET ROLE; DROP ROLE {role}")

    assert number_of(str(refused.value)) == 40


def test_a_nul_character_is_recognised(postgres, database):
    with (
        postgres.connect(database) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg.Error) as refused,
        cursor.copy("COPY things (id, name) FROM STDIN") as copy,
    ):
        copy.write(b"1\ta\x00b\n")

    assert number_of(str(refused.value)) == 12, refused.value


def test_a_lock_timeout_is_recognised(postgres, database, told):
    with postgres.connect(database, autocommit=False) as holder:
        holder.execute("LOCK TABLE things")

        text = told("SET lock_timeout = '20ms'; SELECT * FROM things")

    assert number_of(text) == 14, text


def test_a_deadlock_is_recognised(postgres, database):
    both_hold = threading.Barrier(2, timeout=20)
    texts = []

    def lock(first: str, second: str) -> None:
        with postgres.connect(database, autocommit=False) as connection:
            connection.execute("SET deadlock_timeout = '50ms'")
            connection.execute(f"LOCK TABLE {first}")
            both_hold.wait()
            try:
                connection.execute(f"LOCK TABLE {second}")
            except psycopg.Error as error:
                texts.append(str(error))

    threads = [
        threading.Thread(target=lock, args=names)
        for names in (("things", "parents"), ("parents", "things"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert [number_of(text) for text in texts] == [14], texts


def test_a_server_that_stops_under_a_query_is_recognised(private):
    with private.connect() as connection:
        private.stop("immediate")

        with pytest.raises(psycopg.OperationalError) as lost:
            connection.execute("SELECT 1")

    assert number_of(str(lost.value)) == 15, lost.value
    with pytest.raises(psycopg.OperationalError) as refused:
        private.connect()
    assert number_of(str(refused.value)) == 73, refused.value


def test_a_server_without_encryption_is_recognised(postgres):
    with pytest.raises(psycopg.OperationalError) as refused:
        postgres.connect(sslmode="require")

    assert find_pattern(str(refused.value)).id == "no_encryption"
