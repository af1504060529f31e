"""Real PostgreSQL servers on free loopback ports."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg

from tests.services.daemons import (
    HOST,
    OWN_USERS,
    account_for,
    find_program,
    free_port,
    own_folder,
    private_folder,
    run_as,
    shared_server,
)
from tests.services.keeper import start_keeper

PROGRAMS = "/usr/lib/postgresql/15/bin"
PACKAGE = "postgresql-15"
USER = "app"
PASSWORD = "correct-horse-battery"
SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass
class PostgresServer:
    """A server one may connect to, with a role that may make databases and roles."""

    host: str
    port: int
    user: str = USER
    password: str = PASSWORD
    made: list[str] = field(default_factory=list)

    def url(self, database: str = "postgres") -> str:
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"postgresql://{login}@{self.host}:{self.port}/{database}"

    def connect(self, database: str = "postgres", **options: Any) -> psycopg.Connection[Any]:
        """An autocommit connection; options are psycopg's and win over the server's own."""
        login = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database,
            "connect_timeout": 10,
        }
        return psycopg.connect(**{"autocommit": True, **login, **options})

    def new_database(self) -> str:
        """Make an empty database; it is dropped when the server is closed."""
        name = f"test_{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        self.made.append(name)
        return name

    def drop_databases(self) -> None:
        while self.made:
            with self.connect() as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{self.made.pop()}" WITH (FORCE)')


@dataclass
class OwnPostgres(PostgresServer):
    """A server of one test alone, which may stop it, start it again and change its access."""

    folder: Path = Path()
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pidfile(self) -> Path:
        return self.data / "postmaster.pid"

    def start(self) -> None:
        """Start on the server's port and wait until it takes connections."""
        options = {
            "listen_addresses": HOST,
            "unix_socket_directories": str(self.folder),
            **SETTINGS,
            **self.settings,
        }
        words = " ".join(
            [f"-p {self.port}", *(f"-c {key}={value}" for key, value in options.items())]
        )
        self.call("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", words, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop and wait; mode "immediate" is a crash: clients are cut off without a word."""
        self.call("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def set_access(self, *lines: str) -> None:
        """Replace pg_hba.conf; by a restart, since a reload takes effect at no known moment."""
        (self.data / "pg_hba.conf").write_text("".join(f"{line}\n" for line in lines))
        self.restart()

    def initialise(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        login = ["-U", self.user, f"--pwfile={password_file}", "--auth=scram-sha-256"]
        self.call("initdb", "-D", self.data, *login, "-E", "UTF8", "--locale=C.UTF-8", "-N")

    def call(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs as the server's user; raises with its output."""
        path = find_program(program, PROGRAMS, PACKAGE)
        done = subprocess.run(
            [str(path), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            text=True,
            check=False,
            **run_as(account_for("postgres")),
        )
        assert done.returncode == 0, f"{program} failed: {done.stdout}{self.log_tail()}"

    def log_tail(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""


def started_postgres(users: Path, folder: Path, settings: dict[str, str]) -> OwnPostgres:
    """A new running server; it lives as long as somebody holds the shared lock on `users`."""
    server = OwnPostgres(HOST, free_port(), folder=folder, settings=settings)
    start_keeper(users, folder, server.pidfile, signal.SIGQUIT)
    server.initialise()
    server.start()
    return server


@contextmanager
def own_postgres(**settings: str) -> Iterator[OwnPostgres]:
    """A server for one test, with settings of postgresql.conf; stopped and removed at the end."""
    find_program("initdb", PROGRAMS, PACKAGE)
    with own_folder("postgres", account_for("postgres")) as folder:
        yield started_postgres(folder / OWN_USERS, folder, settings)


@contextmanager
def shared_postgres(run_folder: Path) -> Iterator[PostgresServer]:
    """The test run's server, or the one of TEST_DATABASE_URL."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        with closing_databases(server_at(given)) as server:
            yield server
        return

    def start(users: Path) -> dict[str, int]:
        find_program("initdb", PROGRAMS, PACKAGE)
        folder = private_folder("postgres", account_for("postgres"))
        return {"port": started_postgres(users, folder, {"max_connections": "200"}).port}

    with (
        shared_server(run_folder, "postgres", start) as facts,
        closing_databases(PostgresServer(HOST, facts["port"])) as server,
    ):
        yield server


@contextmanager
def closing_databases(server: PostgresServer) -> Iterator[PostgresServer]:
    try:
        yield server
    finally:
        server.drop_databases()


def server_at(url: str) -> PostgresServer:
    parts = urlsplit(url)
    return PostgresServer(
        parts.hostname or HOST,
        parts.port or 5432,
        unquote(parts.username or USER),
        unquote(parts.password or ""),
    )
