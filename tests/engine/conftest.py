from collections.abc import Iterator

import pytest

from tests.engine.flows import Bench
from tests.engine.places import place

__all__ = ["place"]


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    (tmp_path / "files").mkdir()
    bench = Bench(tmp_path)
    with bench.ends:
        yield bench
