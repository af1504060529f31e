"""A real MariaDB server on a free loopback port."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql  # type: ignore[import-untyped]

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
    wait_until,
)
from tests.services.keeper import start_keeper

PROGRAM = ("mariadbd", "/usr/sbin", "mariadb-server")
INSTALLER = ("mariadb-install-db", "/usr/bin", "mariadb-server")
USER = "app"
PASSWORD = "correct-horse-battery"
INIT = f"""
CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;
"""


@dataclass
class MariaDbServer:
    """A server one may connect to, with a user that may make databases and users."""

    host: str
    port: int
    user: str = USER
    password: str = PASSWORD
    made: list[str] = field(default_factory=list)

    def connect(self, database: str | None = None, **options: Any) -> "pymysql.Connection[Any]":
        """An autocommit connection; options are PyMySQL's and win over the server's own."""
        login = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": database,
            "connect_timeout": 10,
        }
        return pymysql.connect(**{"autocommit": True, **login, **options})

    def new_database(self) -> str:
        """Make an empty database; it is dropped when the server is closed."""
        name = f"test_{secrets.token_hex(6)}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        self.made.append(name)
        return name

    def drop_databases(self) -> None:
        while self.made:
            with self.connect() as connection, connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS `{self.made.pop()}`")


@contextmanager
def shared_mariadb(run_folder: Path) -> Iterator[MariaDbServer]:
    """The test run's server, or the one of TEST_MYSQL_URL."""
    if given := os.environ.get("TEST_MYSQL_URL"):
        with _closing_databases(_server_at(given)) as server:
            yield server
        return
    with (
        shared_server(run_folder, "mariadb", _started_for_all) as facts,
        _closing_databases(MariaDbServer(HOST, facts["port"])) as server,
    ):
        yield server


@contextmanager
def own_mariadb(**settings: str) -> Iterator[MariaDbServer]:
    """A server for one test, with settings of my.cnf; stopped and removed at the end."""
    find_program(*PROGRAM)
    with own_folder("mariadb", account_for("mysql")) as folder:
        yield MariaDbServer(HOST, _started(folder / OWN_USERS, folder, settings))


def _started_for_all(users: Path) -> dict[str, int]:
    find_program(*PROGRAM)
    folder = private_folder("mariadb", account_for("mysql"))
    return {"port": _started(users, folder, {})}


def _started(users: Path, folder: Path, settings: dict[str, str]) -> int:
    """Start a new server, wait until it takes connections, and answer its port.

    It lives as long as somebody holds the shared lock on `users`.
    """
    installer, program = find_program(*INSTALLER), find_program(*PROGRAM)
    owner, port = account_for("mysql"), free_port()
    pidfile, data = folder / "pid", folder / "data"
    start_keeper(users, folder, pidfile, signal.SIGTERM)
    (folder / "init.sql").write_text(INIT)
    options = ["--no-defaults", f"--datadir={data}"]
    subprocess.run(
        [str(installer), *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=folder,
        check=True,
        **run_as(owner),
    )
    with (folder / "log").open("w") as log:
        subprocess.Popen(
            [
                str(program),
                *options,
                f"--port={port}",
                f"--bind-address={HOST}",
                f"--socket={folder}/s.sock",
                f"--pid-file={pidfile}",
                f"--init-file={folder}/init.sql",
                "--skip-name-resolve",
                "--innodb-flush-log-at-trx-commit=0",
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            **run_as(owner),
        )
    server = MariaDbServer(HOST, port)
    wait_until(lambda: server.connect().close(), (pymysql.OperationalError,))
    return port


@contextmanager
def _closing_databases(server: MariaDbServer) -> Iterator[MariaDbServer]:
    try:
        yield server
    finally:
        server.drop_databases()


def _server_at(url: str) -> MariaDbServer:
    parts = urlsplit(url)
    return MariaDbServer(
        parts.hostname or HOST,
        parts.port or 3306,
        unquote(parts.username or USER),
        unquote(parts.password or ""),
    )
