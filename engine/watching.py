"""What goes on beside a run: the watcher interrupts it on a stop, the pulse tells how far it is."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Protocol

_POLL_SECONDS = 0.1
_BEAT_SECONDS = 0.5


class Cancellable(Protocol):
    """What can be interrupted from another thread."""

    def cancel(self) -> None:
        """Stop the current work."""


class Watcher:
    """While it is open, a stop interrupts everything that is being watched, again and again."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._watched: list[Cancellable] = []
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._seen = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stop-watcher", daemon=True)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def is_stopped(self) -> bool:
        """Whether a stop was asked for."""
        if not self._seen.is_set() and self._stopped():
            self._seen.set()
        return self._seen.is_set()

    @contextmanager
    def watching(self, target: Cancellable) -> Iterator[None]:
        """Interrupt `target` on a stop; on leaving, no interrupt is under way any more."""
        with self._lock:
            self._watched.append(target)
        try:
            yield
        finally:
            with self._lock:
                self._watched.remove(target)

    def _watch(self) -> None:
        while not self._done.wait(_POLL_SECONDS):
            if not self.is_stopped():
                continue
            with self._lock:
                for target in self._watched:
                    target.cancel()


@contextmanager
def pulse(beat: Callable[[], None]) -> Iterator[None]:
    """Call `beat` again and again from another thread; on leaving, no call is under way."""
    done = threading.Event()

    def run() -> None:
        with suppress(OSError):
            while not done.wait(_BEAT_SECONDS):
                beat()

    thread = threading.Thread(target=run, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
