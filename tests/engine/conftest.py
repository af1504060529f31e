import pytest

from tests.engine.flows import Bench


@pytest.fixture
def bench(tmp_path) -> Bench:
    (tmp_path / "files").mkdir()
    return Bench(tmp_path)
