"""Delivery of rows into a folder. The staging folder is the marker; renaming it is the commit.

fail_if_exists  the staging folder becomes the target folder
replace         the old folder steps aside, the staging folder takes its name, the old one goes
append          the files move into the folder, then the empty staging folder goes; their names
                hold the run, so that a repeat replaces itself
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from common.errors import Conflict, InvalidInput
from connections.drivers.base import FileWrite, Note, Rejected, WriteToken
from connections.drivers.failures import upstream
from connections.drivers.file_formats import OutputFiles

STAGING_PREFIX = ".etl-run-"
"""How the names of staging folders begin; sources pass hidden names over."""


class FolderWriter:
    """Implements the Writer protocol of the base module by renaming."""

    def __init__(
        self, root: Path, directory: Path, target: FileWrite, token: WriteToken, note: Note
    ) -> None:
        if directory == root and target.action != "append":
            raise InvalidInput(
                "The directory must lie below the connection's folder, unless files are appended."
            )
        parent = root if directory == root else directory.parent
        suffix = token.suffix.replace("_", "-")
        self._directory = directory
        self._target = target
        self._note = note
        self._staging = parent / f"{STAGING_PREFIX}{suffix}"
        self._aside = parent / f"{STAGING_PREFIX}{suffix}-old"
        self._file_stem = f"{target.file_prefix}-{suffix}"
        self._files: OutputFiles | None = None

    def has_marker(self) -> bool:
        self._finish_replacing()
        return self._staging.is_dir()

    def discard(self) -> None:
        self.close()
        self._finish_replacing()
        if self._target.action == "append" and self._directory.is_dir():
            for path in self._directory.glob(f"{self._file_stem}[.-]*"):
                path.unlink()
        if self._staging.is_dir():
            shutil.rmtree(self._staging)

    def begin(self) -> None:
        self.discard()
        self._refuse_existing()
        try:
            self._staging.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise upstream(str(self._target.directory), error) from None
        settle(self._staging.parent)

    def load(
        self,
        schema: pa.Schema,
        batches: Iterator[pa.RecordBatch],
        rejected: Rejected | None = None,
    ) -> int:
        try:
            self._files = OutputFiles(self._opened, self._file_stem, schema, self._target)
            count = self._files.write_all(batches)
        except (OSError, pa.ArrowException) as error:
            raise upstream(self._target.directory, error) from None
        for name in self._files.names:
            path = self._staging / name
            self._note("INFO", f"Wrote {name} ({path.stat().st_size:,} bytes).")
            settle(path)
        settle(self._staging)
        return count

    def _opened(self, name: str) -> pa.NativeFile:
        return pa.OSFile(str(self._staging / name), "wb")

    def commit(self) -> None:
        self._refuse_existing()
        if self._target.action == "append":
            self._directory.mkdir(parents=True, exist_ok=True)
            for path in self._staging.iterdir():
                path.replace(self._directory / path.name)
            settle(self._directory)
            self._staging.rmdir()
        elif self._target.action == "replace" and self._directory.exists():
            self._directory.rename(self._aside)
            self._staging.rename(self._directory)
            self._finish_replacing()
        else:
            self._staging.rename(self._directory)
        settle(self._directory.parent)

    def finish(self) -> None:
        """Nothing comes after the commit."""

    def close(self) -> None:
        """Let go of an unfinished file."""
        if self._files is not None:
            self._files.abandon()
            self._files = None

    def _refuse_existing(self) -> None:
        if self._directory.exists() and not self._directory.is_dir():
            raise Conflict(f"{self._target.directory} is a file, not a folder.")
        if self._target.action != "fail_if_exists" or not self._directory.is_dir():
            return
        if any(self._directory.iterdir()):
            raise Conflict(
                f"The directory {self._target.directory} exists and is not empty. Nothing was"
                " written. Choose another directory, or the destination action replace or append."
            )

    def _finish_replacing(self) -> None:
        """After a crash between two renames: put the old folder back, or remove it."""
        if not self._aside.is_dir():
            return
        if self._directory.exists():
            shutil.rmtree(self._aside)
        else:
            self._aside.rename(self._directory)


def settle(path: Path) -> None:
    """Ask the operating system to put a file or folder on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
