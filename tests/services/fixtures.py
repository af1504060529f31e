"""The servers that a test may ask for by name."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.mariadb import MariaDbServer, own_mariadb, shared_mariadb
from tests.services.postgres import OwnPostgres, PostgresServer, own_postgres, shared_postgres
from tests.services.redis import OwnRedis, RedisServer, own_redis, shared_redis
from tests.services.s3 import S3Server, shared_s3


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder that all processes of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Iterator[PostgresServer]:
    """The run's PostgreSQL server; make databases in it, never stop it."""
    with shared_postgres(run_folder) as server:
        yield server


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> str:
    """The name of an empty database of this test alone."""
    return postgres.new_database()


@pytest.fixture(name="own_postgres")
def own_postgres_factory() -> Iterator[Callable[..., OwnPostgres]]:
    """Start a PostgreSQL server of this test alone; keywords are settings of postgresql.conf."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(own_postgres(**settings))


@pytest.fixture(scope="session")
def mariadb(run_folder: Path) -> Iterator[MariaDbServer]:
    """The run's MariaDB server; make databases in it, never stop it."""
    with shared_mariadb(run_folder) as server:
        yield server


@pytest.fixture(name="own_mariadb")
def own_mariadb_factory() -> Iterator[Callable[..., MariaDbServer]]:
    """Start a MariaDB server of this test alone; keywords are settings of my.cnf."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(own_mariadb(**settings))


@pytest.fixture(scope="session")
def redis_server(run_folder: Path, worker_id: str) -> Iterator[RedisServer]:
    """This process's database on the run's Redis server; never stop that."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    with shared_redis(run_folder, number) as server:
        yield server


@pytest.fixture(name="own_redis")
def own_redis_factory() -> Iterator[Callable[[], OwnRedis]]:
    """Start a Redis server of this test alone."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(own_redis())


@pytest.fixture(scope="session")
def s3(run_folder: Path) -> Iterator[S3Server]:
    """The run's server that speaks S3; make buckets in it, never stop it."""
    with shared_s3(run_folder) as server:
        yield server


@pytest.fixture
def s3_bucket(s3: S3Server) -> str:
    """The name of an empty bucket of this test alone."""
    return s3.new_bucket()
