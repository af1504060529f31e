"""What the gathering of files hands over, and the sizes that bound it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.backends.base import BackendFailed
from engine.reporting import RunStopped

Form = Literal["delimited", "texts", "parquet"]

MAX_UNPACKED_BYTES = 20 * 1024**3
"""Most bytes that the packed files of one source may become on the disk."""

MAX_RATIO = 1_000
"""How many times its packed size a file may become, once it is larger than `FREE_BYTES`."""

FREE_BYTES = 1024**3
MAX_RECORD_CHARACTERS = 16 * 1024 * 1024
MAX_VALUE_CHARACTERS = 64 * 1024 * 1024
"""Longest file that must be held in memory whole."""


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A local file in a form that a backend reads; `name` is what messages call it."""

    path: Path
    name: str
    form: Form
    compression: Literal["none", "gzip", "zstd"] = "none"


class Workshop:
    """Where files are made ready: a folder of the run, its bounds, and whether to go on."""

    def __init__(self, folder: Path, stopped: Callable[[], bool]) -> None:
        self.folder = folder
        self._stopped = stopped
        self._count = 0
        self._unpacked = 0

    def new_path(self, ending: str) -> Path:
        """A path that nothing has yet."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._count += 1
        return self.folder / f"{self._count}{ending}"

    def go_on(self) -> None:
        """Raises RunStopped once a stop was asked for."""
        if self._stopped():
            raise RunStopped

    def unpacked(self, name: str, size: int) -> None:
        """Count bytes that were made on the disk. Raises BackendFailed when they are too many."""
        self._unpacked += size
        if self._unpacked > MAX_UNPACKED_BYTES:
            raise BackendFailed(
                f"Unpacking {name} would take more than the {MAX_UNPACKED_BYTES:,} bytes that one"
                " source may use. Read fewer files at a time."
            )
