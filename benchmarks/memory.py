"""The most memory that a process has held. `ru_maxrss` does not tell it: a process keeps the figure
of the one that started it, however small it is itself."""

from pathlib import Path


def peak_mib(process: int | str = "self") -> float:
    """MiB, 0 of a process that has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    told = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(told[0].split()[1]) / 1024 if told else 0.0
