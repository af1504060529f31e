"""The hint that a run waits: a message through Redis, or a datagram to the embedded dispatcher.

The rows are the truth. A lost hint costs at most one polling interval.
"""

import logging
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"


def hint(run_id: int) -> None:
    """Tell whoever works on runs that this one waits. Never fails: the caller has committed."""
    _hinter()(run_id)


@cache
def _hinter() -> Callable[[int], None]:
    """By setting, so that the embedded default never imports a message queue."""
    hinter: Callable[[int], None] = import_string(settings.RUN_HINT)
    return hinter


def send_datagram(run_id: int) -> None:
    """The embedded default's hint; it says only that there is work."""
    try:
        port = int(_port_file().read_text(encoding="ascii"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"wake", (LOOPBACK, port))
    except (OSError, ValueError):
        logger.debug("no dispatcher listens; it will find the run by itself")


class Ear:
    """The dispatcher's end."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._address: tuple[str, int] = self._socket.getsockname()
        _port_file().write_text(str(self._address[1]), encoding="ascii")

    def wait(self, timeout_seconds: float) -> bool:
        """True when woken, False when the time is over. Several hints at once count as one."""
        self._socket.settimeout(timeout_seconds)
        try:
            self._socket.recv(16)
        except TimeoutError:
            return False
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(16)
        except BlockingIOError:
            return True

    def poke(self) -> None:
        """Wake this ear from a thread of the same process; after its end that is no error."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"wake", self._address)

    def close(self) -> None:
        _port_file().unlink(missing_ok=True)
        self._socket.close()


def _port_file() -> Path:
    return Path(settings.DATA_DIR) / "platform.port"
