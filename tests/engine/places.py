"""A database of each kind to read from and write to."""

import pytest

from tests.drivers.postgres_place import PostgresPlace
from tests.engine.flows import DUCKDB, POSTGRES, SQLITE
from tests.engine.tables import duckdb_rows, sqlite_rows

KINDS = {"duckdb": DUCKDB, "sqlite": SQLITE, "postgres": POSTGRES}


@pytest.fixture(params=KINDS)
def place(request, bench):
    """Runs a statement in a database; `kind` is its kind, `id` that of the bench's connection."""
    kind = request.param
    if kind == "postgres":
        server, database = (
            request.getfixturevalue(name) for name in ("postgres", "postgres_database")
        )
        postgres = PostgresPlace(server, database)
        bench.server = postgres.spec(POSTGRES, "server")

    def ask(query: str) -> list[tuple]:
        if kind == "postgres":
            with postgres.server.connect(postgres.database) as connection:
                cursor = connection.execute(query)
                return cursor.fetchall() if cursor.description else []
        return (duckdb_rows if kind == "duckdb" else sqlite_rows)(bench.root, query)

    ask.kind = kind
    ask.id = KINDS[kind]
    return ask
