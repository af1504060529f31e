"""Two acts at the same time, each in a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction

from common.errors import ProductError

Act = Callable[[], Any]


class Rival(threading.Thread):
    """Acts in another connection, and keeps what came of it: an answer or an expected error."""

    def __init__(self, act: Act) -> None:
        super().__init__(daemon=True)
        self.act = act
        self.outcome: Any = None
        self.is_done = threading.Event()

    def run(self) -> None:
        close_old_connections()
        try:
            self.outcome = self.act()
        except ProductError as error:
            self.outcome = error
        finally:
            connection.close()
            self.is_done.set()


@pytest.fixture
def race(transactional_db) -> Callable[[Act, Act], Any]:
    """Run two acts of which the first is done, but not committed, when the second begins.

    Answers with the outcome of the second, which must have waited.
    """

    def run(first: Act, second: Act) -> Any:
        rival = Rival(second)
        with transaction.atomic():
            first()
            rival.start()
            assert not rival.is_done.wait(0.5)
        assert rival.is_done.wait(20)
        return rival.outcome

    return run
