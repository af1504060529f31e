from collections.abc import Iterator

import pytest

from connections.drivers import ConnectionSpec
from tests.engine.flows import Bench
from tests.rest.server import Service

REST = 9


class RestBench(Bench):
    """A bench with a fifth connection, to the service of the test."""

    service: Service
    settings: dict[str, object]

    @property
    def connections(self):
        spec = ConnectionSpec(
            REST, "crm", "rest", {"base_url": f"{self.service.url}/api", **self.settings}
        )
        return {**super().connections, REST: spec}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture
def bench(tmp_path, service) -> RestBench:
    (tmp_path / "files").mkdir()
    bench = RestBench(tmp_path)
    bench.service = service
    bench.settings = {}
    return bench
