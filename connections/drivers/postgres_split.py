"""Ranges of one table read over several connections that all see the same snapshot."""

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa

from common.errors import ProductError, UpstreamFailed
from connections.drivers.postgres_session import PostgresSession

_LOOK_SECONDS = 0.1
_BATCHES_PER_RANGE = 2

Arrival: TypeAlias = pa.RecordBatch | Exception | None
"""A batch, what a reader failed with, or the end of one reader."""


class RangeReaders:
    """One thread and one session for each query; their batches meet in a bounded queue."""

    def __init__(
        self, sessions: Sequence[PostgresSession], queries: Sequence[str], snapshot: str
    ) -> None:
        self._sessions = sessions
        self._snapshot = snapshot
        self._name = sessions[0].connection_name
        self._arrivals: queue.Queue[Arrival] = queue.Queue(_BATCHES_PER_RANGE * len(queries))
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=pair, name="range-reader", daemon=True)
            for pair in zip(sessions, queries, strict=True)
        ]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches of all ranges as they come; a reader's failure is raised here."""
        for thread in self._threads:
            thread.start()
        try:
            waiting = len(self._threads)
            while waiting:
                arrival = self._next()
                if arrival is None:
                    waiting -= 1
                elif isinstance(arrival, Exception):
                    raise arrival
                else:
                    yield arrival
        finally:
            self.close()

    def cancel(self) -> None:
        """Stop all readers; whoever waits for a batch gets a failure."""
        self._closed.set()
        for session in self._sessions:
            session.cancel()

    def close(self) -> None:
        """End all connections. May be called twice."""
        self._closed.set()
        for thread, session in zip(self._threads, self._sessions, strict=True):
            while thread.is_alive():
                session.cancel()
                thread.join(_LOOK_SECONDS)
            session.reset()

    def _next(self) -> Arrival:
        while True:
            try:
                return self._arrivals.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if self._closed.is_set():
                    raise UpstreamFailed(f"{self._name}: reading was cancelled.") from None

    def _read(self, session: PostgresSession, query: str) -> None:
        try:
            session.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            session.run(f"SET TRANSACTION SNAPSHOT '{self._snapshot}'")
            for batch in session.stream(query):
                if not self._put(batch):
                    return
            session.run("ROLLBACK")
            self._put(None)
        except (ProductError, OSError) as error:
            self._put(error)

    def _put(self, arrival: Arrival) -> bool:
        while not self._closed.is_set():
            try:
                self._arrivals.put(arrival, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False
