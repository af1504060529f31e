"""A real PostgreSQL database with the settings of a connection to it."""

from dataclasses import dataclass
from typing import Any

from connections.drivers import ConnectionSpec, Reach, open_driver
from connections.drivers.postgres import PostgresDriver
from tests.services.postgres import PostgresServer

ANY_LOOPBACK = Reach(None, allowed_hosts=("127.0.0.1",))


@dataclass(frozen=True)
class PostgresPlace:
    """One empty database on a server."""

    server: PostgresServer
    database: str

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "host": self.server.host,
            "port": self.server.port,
            "database": self.database,
            "username": self.server.user,
            "password": self.server.password or "unused",
            **changes,
        }

    def spec(self, number: int = 1, name: str = "books", **changes: Any) -> ConnectionSpec:
        return ConnectionSpec(number, name, "postgres", self.settings(**changes))

    def execute(self, *statements: str) -> None:
        """Run statements on a plain connection of the test's own."""
        with self.server.connect(self.database) as connection:
            for statement in statements:
                connection.execute(statement)

    def insert(self, table: str, values: str) -> None:
        self.execute(f"INSERT INTO {table} {values}")  # noqa: S608

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.server.connect(self.database) as connection:
            return connection.execute(query).fetchall()

    def markers(self) -> list[str]:
        found = self.rows("SELECT relname FROM pg_class WHERE relname LIKE '\\_etl%'")
        return [name for (name,) in found]


def postgres_driver(
    place: PostgresPlace, name: str = "books", reach: Reach = ANY_LOOPBACK, **changes: Any
) -> PostgresDriver:
    driver = open_driver(place.spec(name=name, **changes), reach)
    assert isinstance(driver, PostgresDriver)
    return driver
