"""Local paths that a connection may name: below the operator's root, whatever links they pass."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from common.errors import InvalidInput, NotAllowed
from connections.drivers import patterns
from connections.drivers.base import Reach
from connections.drivers.patterns import PathPattern, is_hidden, is_pattern, plain_prefix


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
    """Real files below `root` that a path, folder or pattern (`patterns.py`) names, sorted.

    Hidden names are passed over, as are links that lead out of `root`.
    """
    if not is_pattern(pattern):
        path = below(root, pattern, "The path")
        if path.is_dir():
            return _counted(file for file in _visible(path, path) if file.parent == path)
        return [path] if path.is_file() else []
    below(root, plain_prefix(pattern) or ".", "The path")
    compiled = PathPattern(pattern)
    return _counted(
        file for file in _visible(root, root) if compiled.matches(file.relative_to(root).as_posix())
    )


def _counted(files: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for file in files:
        if len(found) == patterns.MAX_FILES:
            raise patterns.too_many()
        found.append(file)
    return found


def _visible(folder: Path, root: Path) -> Iterator[Path]:
    """Files below `folder`, hidden names and links out of `root` left aside."""
    for path in sorted(folder.rglob("*")):
        if is_hidden(path.relative_to(folder).as_posix()):
            continue
        real = path.resolve()
        if path.is_file() and root in real.parents:
            yield path if real == path else real
