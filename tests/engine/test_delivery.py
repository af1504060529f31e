"""The order of marker and ledger, where random deaths seldom strike."""

import pytest

from connections.drivers import ConnectionSpec, Reach, open_driver
from connections.drivers.base import TableWrite, WriteToken
from engine.delivery import Delivery, delivered_before
from engine.reporting import WriteState
from engine.watching import Watcher
from tests.engine.flows import MemoryLedger


class Death(BaseException):
    """The process is gone."""


class DiesAtBegin:
    """A real writer whose process dies before the marker is sure to be there."""

    def __init__(self, writer):
        self._writer = writer

    def __getattr__(self, name):
        return getattr(self._writer, name)

    def begin(self):
        raise Death


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_death_before_the_marker_is_made_again_is_no_delivery(tmp_path, kind):
    spec = ConnectionSpec(1, "books", kind, {"database": "b.db"})
    target = TableWrite("t", None, "append", (), create_table=True, add_columns=False)
    token = WriteToken(run_id=7, component_id="out")
    ledger = MemoryLedger(states={"out": WriteState("committing", 5)})
    driver = open_driver(spec, Reach(local_root=tmp_path))
    writer = driver.writer(target, token, lambda *_: None)
    writer.begin()

    with pytest.raises(Death):
        Delivery("out", DiesAtBegin(writer), ledger, Watcher(lambda: False)).prepare()

    writer.discard()
    assert delivered_before(ledger, "out", lambda: writer) is None
    driver.close()
