"""Connections of an account to one table, in every kind of database."""

import sqlite3
from pathlib import Path

import duckdb
import pytest

from connections.services import create_connection
from tests.drivers.postgres_place import PostgresPlace

TABLE = (
    "CREATE TABLE orders (id integer, amount decimal(10,2), note varchar)",
    "INSERT INTO orders VALUES (1, 10.50, 'first'), (2, 2000, NULL), (3, 3000.25, 'it''s')",
    "CREATE VIEW large AS SELECT * FROM orders WHERE amount > 1000",
)


@pytest.fixture
def local_root(settings, tmp_path) -> Path:
    settings.LOCAL_DATA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def place(settings, postgres, postgres_database) -> PostgresPlace:
    settings.CONNECTION_ALLOW_HOSTS = [postgres.host]
    return PostgresPlace(postgres, postgres_database)


@pytest.fixture
def postgres_orders(account, actor, place):
    place.execute(*TABLE)
    return postgres_connection(account, actor, place)


def postgres_connection(account, actor, place, **changes):
    given = place.settings(**changes)
    secrets = {"password": given.pop("password")}
    return create_connection(
        account=account, name="shop", kind="postgres", settings=given, secrets=secrets, actor=actor
    )


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def orders(request, account, actor, local_root):
    """A connection to a database with the table `orders` and the view `large`."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_orders")
    connect = sqlite3.connect if request.param == "sqlite" else duckdb.connect
    database = connect(str(local_root / "shop.db"))
    for statement in TABLE:
        database.execute(statement)
    database.commit()
    database.close()
    return create_connection(
        account=account,
        name="shop",
        kind=request.param,
        settings={"database": "shop.db"},
        actor=actor,
    )
