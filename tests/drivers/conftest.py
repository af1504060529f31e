import pytest

from tests.drivers.postgres_place import PostgresPlace


@pytest.fixture
def postgres_place(postgres, postgres_database) -> PostgresPlace:
    return PostgresPlace(postgres, postgres_database)
