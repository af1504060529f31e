"""Stop a server and remove its folder once no test process uses it any more.

Runs as a process of its own, so that nothing is left behind when the tests are killed: the
users of a server hold a shared lock on one file, and the system releases it when they end.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

STOP_SECONDS = 30


def start_keeper(users: Path, folder: Path, pidfile: Path, signal: int) -> subprocess.Popen[bytes]:
    """Start the keeper of one server; call it while holding the shared lock on `users`."""
    return subprocess.Popen(
        [sys.executable, __file__, str(users), str(folder), str(pidfile), str(int(signal))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def stop_process(pidfile: Path, signal: int) -> None:
    """Signal the process named in the pid file, if any, and wait until it is gone."""
    try:
        pid = int(pidfile.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} did not stop within {STOP_SECONDS} s")
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than an entry that nobody has collected yet."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return not Path("/proc/self").exists()


def main(users: Path, folder: Path, pidfile: Path, signal: int) -> None:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(FileNotFoundError):  # its users were quicker than we
            fcntl.flock(stack.enter_context(users.open()), fcntl.LOCK_EX)
        users.with_suffix(".state").unlink(missing_ok=True)
        stop_process(pidfile, signal)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
