"""The data folder: made private, and held by one serving run.py at a time."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from config.launch.addresses import require_free_port
from config.launch.refusal import CannotContinue


def make_data_dir(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextlib.contextmanager
def claimed(data_dir: Path, host: str, port: int) -> Iterator[None]:
    """Hold the data folder and find the port free, or raise CannotContinue and leave no trace.

    A folder made here that is still empty at the end is removed again.
    """
    existed = data_dir.is_dir()
    if not existed:
        require_free_port(host, port)
    lock = data_dir / "run.lock"
    try:
        make_data_dir(data_dir)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotContinue(
            f"Cannot write to the data folder {data_dir} ({error.strerror}): "
            "set DATA_DIR to a folder you can write to."
        ) from error
    with os.fdopen(descriptor, "r+") as file:
        holder = file.read()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotContinue(
                f"Another run.py already serves the data folder {data_dir} "
                f"({holder or 'it is just starting'}): stop it first, or set another DATA_DIR."
            ) from error
        if existed:
            # Text left over means the last one was killed; its server may be letting go just now.
            require_free_port(host, port, patience_seconds=10 if holder else 0)
        lock.write_text(f"process {os.getpid()}, port {port}")
        try:
            yield
        finally:
            lock.write_text("")
            if not existed and [path.name for path in data_dir.iterdir()] == [lock.name]:
                shutil.rmtree(data_dir)
