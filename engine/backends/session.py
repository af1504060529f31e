"""A DuckDB session that can compute and nothing else; the order of the settings matters.

Files and folders that it may open are named before the lock; afterwards neither SQL nor Python
names reach anything outside, and no setting can be changed back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

_COUNTED_SHARE = 0.9
"""Of a session's memory, what the engine counts itself; about a tenth more it holds without."""

_MB_FOR_A_THREAD = 64
_MOST_WAITING_MB = 20


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What a session may use. `spill_dir` None keeps everything in memory; where memory is short,
    fewer threads work than are allowed."""

    memory_mb: int = 256
    threads: int = 1
    spill_dir: Path | None = None
    spill_mb: int = 20_480


def open_session(
    limits: SessionLimits,
    *,
    files: Sequence[Path] = (),
    keep_order: bool = False,
    tries: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A locked session in memory that may open exactly `files` (real paths) for reading.

    `keep_order` makes tables keep the order of the rows put into them, at some cost. `tries` is
    for queries with TRY: the engine must not compute what is tried twice only once, outside of it.
    The profile of the last query and the progress of the current one can be asked for.
    """
    threads = min(limits.threads, max(1, limits.memory_mb // _MB_FOR_A_THREAD))
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{int(limits.memory_mb * _COUNTED_SHARE)}MB",
        "threads": str(threads),
    }
    if limits.spill_dir is not None:
        config["temp_directory"] = str(limits.spill_dir)
    connection = duckdb.connect(":memory:", config=config)
    if limits.spill_dir is None:
        connection.execute("SET temp_directory = ''")
    else:
        connection.execute(f"SET max_temp_directory_size = '{limits.spill_mb}MB'")
    connection.execute("SET TimeZone = 'UTC'")
    waiting_mb = max(1, min(_MOST_WAITING_MB, limits.memory_mb // 32))
    connection.execute(f"SET streaming_buffer_size = '{waiting_mb}MB'")
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute("SET enable_profiling = 'no_output'")
    connection.execute("SET profiling_coverage = 'ALL'")
    connection.execute(f"SET preserve_insertion_order = {str(keep_order).lower()}")
    if tries:
        connection.execute("SET disabled_optimizers = 'common_subexpressions'")
    lock(connection, files)
    return connection


def lock(connection: duckdb.DuckDBPyConnection, files: Sequence[Path] = ()) -> None:
    """Close every way out of an open connection, for as long as it lives."""
    for setting in (
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "allow_community_extensions",
        "python_enable_replacements",
    ):
        connection.execute(f"SET {setting} = false")
    if files:
        names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        connection.execute(f"SET allowed_paths = [{names}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
