"""Local paths that a connection may name: below the operator's root, whatever links they pass."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from common.errors import InvalidInput, NotAllowed
from connections.drivers.base import Reach

_PATTERN_SIGNS: Final = frozenset("*?[{\\")
MAX_FILES = 10_000
"""Most files that one pattern may name."""

_MAX_ALTERNATIVES = 256


class DatabaseFileSettings(BaseModel):
    """Settings of a connection to a database that is one file."""

    model_config = ConfigDict(extra="forbid")

    database: str = Field(
        min_length=1,
        max_length=1_024,
        description="The database file, relative to the folder for local files.",
    )


def local_root(reach: Reach) -> Path:
    """The operator's folder for local files. Raises NotAllowed when there is none."""
    if reach.local_root is None:
        raise NotAllowed(
            "Local files are switched off here. The operator sets LOCAL_DATA_ROOT to a folder"
            " to allow them.",
            quotes_outside=False,
        )
    return reach.local_root.resolve()


def below(root: Path, relative: str, what: str) -> Path:
    """The real path of `relative`, which must stay inside `root`; `what` names the setting.

    The path need not exist. Raises InvalidInput for anything that leads outside.
    """
    if "\x00" in relative:
        raise _refused(f"{what} holds a NUL character.")
    if relative.startswith(("/", "~")):
        raise _refused(
            f"{what} must be relative to the folder for local files; '{relative[:200]}' is not."
        )
    try:
        path = (root / relative).resolve()
    except (OSError, RuntimeError):
        raise _refused(f"{what} '{relative[:200]}' cannot be followed.") from None
    if path != root and root not in path.parents:
        raise _refused(f"{what} '{relative[:200]}' leads outside the folder for local files.")
    return path


def _refused(words: str) -> InvalidInput:
    """The text repeats only what the caller wrote."""
    return InvalidInput(words, quotes_outside=False)


def matching_files(root: Path, pattern: str) -> list[Path]:
    """Real files below `root` that a path, folder or glob pattern names, sorted.

    `?`, `*` (not over `/`), `[abc]`, `[^a]`, `{ab,cd}` and `\\` before a literal sign. Names
    beginning with `_` or `.` are passed over, as are links that lead out of `root`.
    """
    if not _PATTERN_SIGNS & set(pattern):
        path = below(root, pattern, "The path")
        if path.is_dir():
            return _counted(file for file in _visible(path, path) if file.parent == path)
        return [path] if path.is_file() else []
    below(root, re.split(r"[*?\[{\\]", pattern, maxsplit=1)[0] or ".", "The path")
    expressions = [_segments(alternative) for alternative in _alternatives(pattern)]
    return _counted(
        file
        for file in _visible(root, root)
        if any(_matches(file.relative_to(root).parts, segments) for segments in expressions)
    )


def _counted(files: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for file in files:
        if len(found) == MAX_FILES:
            raise _refused(f"The path names more than {MAX_FILES:,} files; narrow it.")
        found.append(file)
    return found


def _visible(folder: Path, root: Path) -> Iterator[Path]:
    """Files below `folder`, hidden names and links out of `root` left aside."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith((".", "_")) for part in relative.parts):
            continue
        real = path.resolve()
        if path.is_file() and root in real.parents:
            yield path if real == path else real


def _alternatives(pattern: str) -> list[str]:
    """The pattern with its innermost braces spelled out, until none are left."""
    done, waiting = [], [pattern]
    while waiting:
        current = waiting.pop()
        found = re.search(r"(?<!\\)\{([^{}]*)\}", current)
        if found is None:
            done.append(current)
            continue
        before, after = current[: found.start()], current[found.end() :]
        waiting.extend(f"{before}{choice}{after}" for choice in found[1].split(","))
        if len(waiting) + len(done) > _MAX_ALTERNATIVES:
            raise _refused(f"The path has more than {_MAX_ALTERNATIVES} alternatives.")
    return done


def _segments(pattern: str) -> list[re.Pattern[str]]:
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _refused("The path may not hold '..' beside a pattern.")
    return [_expression(part) for part in parts]


def _expression(segment: str) -> re.Pattern[str]:
    """One path segment as a regular expression; a backslash makes the next sign literal."""
    segment = re.sub(r"\\([*?\[\]])", r"[\1]", segment).replace("[^", "[!")
    segment = re.sub(r"\\(.)", r"\1", segment)
    return re.compile(translate(segment))


def _matches(parts: tuple[str, ...], segments: list[re.Pattern[str]]) -> bool:
    return len(parts) == len(segments) and all(
        segment.match(part) for part, segment in zip(parts, segments, strict=True)
    )
