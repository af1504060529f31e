"""Real Redis servers on free loopback ports."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis

from tests.services.daemons import (
    HOST,
    OWN_USERS,
    find_program,
    free_port,
    own_folder,
    private_folder,
    shared_server,
    wait_until,
)
from tests.services.keeper import start_keeper, stop_process

PROGRAM = ("redis-server", "/usr/bin", "redis-server")
DATABASES = 16


@dataclass
class RedisServer:
    """A server and the one numbered database of it that is ours."""

    url: str

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def flush(self) -> None:
        """Empty our database."""
        with self.client() as client:
            client.flushdb()


@dataclass
class OwnRedis(RedisServer):
    """A server of one test alone, which may stop it and start it again."""

    folder: Path = Path()
    port: int = 0

    @property
    def pidfile(self) -> Path:
        return self.folder / "pid"

    def start(self) -> None:
        """Start on the server's port, empty, and wait until it answers."""
        program = find_program(*PROGRAM)
        options = {
            "bind": HOST,
            "port": self.port,
            "save": "",
            "appendonly": "no",
            "dir": self.folder,
            "pidfile": self.pidfile,
            "logfile": self.folder / "log",
            "databases": DATABASES,
            "daemonize": "yes",
        }
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        subprocess.run(
            [str(program), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        with self.client() as client:
            wait_until(client.ping, (redis.ConnectionError,))

    def stop(self) -> None:
        """Stop and wait; what it held is gone."""
        stop_process(self.pidfile, signal.SIGTERM)

    def restart(self) -> None:
        self.stop()
        self.start()


def started_redis(users: Path, folder: Path) -> OwnRedis:
    """A new running server; it lives as long as somebody holds the shared lock on `users`."""
    port = free_port()
    server = OwnRedis(f"redis://{HOST}:{port}/0", folder=folder, port=port)
    start_keeper(users, folder, server.pidfile, signal.SIGTERM)
    server.start()
    return server


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A server for one test; stopped and removed at the end."""
    find_program(*PROGRAM)
    with own_folder("redis") as folder:
        yield started_redis(folder / OWN_USERS, folder)


@contextmanager
def shared_redis(run_folder: Path, number: int) -> Iterator[RedisServer]:
    """The test run's server, or the one of TEST_REDIS_URL; each test process has a database."""
    number %= DATABASES
    if given := os.environ.get("TEST_REDIS_URL"):
        yield RedisServer(urlsplit(given)._replace(path=f"/{number}").geturl())
        return

    def start(users: Path) -> dict[str, int]:
        find_program(*PROGRAM)
        return {"port": started_redis(users, private_folder("redis")).port}

    with shared_server(run_folder, "redis", start) as facts:
        yield RedisServer(f"redis://{HOST}:{facts['port']}/{number}")
