"""What the engine's errors mean, in words that are fit to be shown."""

import re
from collections.abc import Mapping
from pathlib import Path

import duckdb

from engine.backends.base import BackendFailed
from engine.stages import ASSERTION

_MAX_MESSAGE = 500
_MAX_ASSERTION = 2_000
_CSV_ERROR = re.compile(r"CSV Error on Line: (\d+)\n(.*?)(?:Possible fixes|\n\n|\Z)", re.DOTALL)
_CSV_FILE = re.compile(r"^\s*file ?= ?(.+)$", re.MULTILINE)
_LINE = re.compile(r"^LINE (\d+): ", re.MULTILINE)


def is_interrupt(error: BaseException) -> bool:
    """Whether work ended because it was told to."""
    return isinstance(error, duckdb.InterruptException) or "INTERRUPT" in str(error)[:40]


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the session's limits were reached."""
    return "Out of Memory Error" in str(error)[:80]


def failing_line(error: BaseException) -> int | None:
    """The line of the statement at which a value could not be computed, when that is told."""
    found = _LINE.findall(str(error))
    return int(found[-1]) if found else None


def told(error: BaseException, names: Mapping[str, str]) -> BackendFailed:
    """The error as a sentence. `names` are what people call files, by their paths."""
    if found := _CSV_ERROR.search(str(error)):
        file = _CSV_FILE.search(str(error))
        path = file[1].strip() if file else ""
        where = f"The file {names.get(path, Path(path).name)}" if path else "A file"
        reasons = [line.strip() for line in found[2].splitlines() if line.strip()]
        return BackendFailed(
            f"{where} cannot be read at line {found[1]}: {'; '.join(reasons)[:_MAX_MESSAGE]}."
            " Correct the file, or delimiter, quote and header_row of the source."
        )
    if (at := str(error).find(ASSERTION)) >= 0:
        return BackendFailed(str(error)[at : at + _MAX_ASSERTION].rstrip())
    lines = str(error).strip().splitlines()
    first = lines[0][:_MAX_MESSAGE] if lines else type(error).__name__
    if is_out_of_memory(error) and "temp_directory" not in first:
        first = (
            "A component needs more memory at once than a run has (RUN_MEMORY_MB). Filter earlier,"
            f" group by fewer or shorter values, or raise the limit. {first}"
        )
    return BackendFailed(first)
