"""Child processes, and the bond that ends a process with its parent."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial

from config.launch.layout import ROOT

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, number: signal.Signals) -> None:
    """Linux sends this process the signal when its parent, a process id, ends in whatever way."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)


def die_with_parent() -> Callable[[], None]:
    """For `preexec_fn`: the child is told to stop when this process ends."""
    return partial(end_with_parent, os.getpid(), signal.SIGTERM)


def captured(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run to the end; output and errors together in `stdout`. A missing program is a failure."""
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            preexec_fn=die_with_parent(),
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, stdout=str(error))


def succeeds(command: Sequence[str]) -> bool:
    return captured(command).returncode == 0


def describe_ending(returncode: int) -> str:
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"
