"""The memory of a source: which files earlier runs have read, so that only new ones are read.

The manifest is a file of the source's own connection. A run decides which files it reads and
writes that down beside the manifest, before anything is delivered; it joins the manifest when
every destination holds the rows. So an attempt that comes after a crash reads the same files again
once anything was delivered from them, and new arrivals wait for the next run.

A file counts as read while its path, size and version are the same.
"""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from connections.drivers.base import FileDriver, FileInfo, WriteToken
from engine.backends.base import BackendFailed
from engine.stages import ReadFiles

_Entry = tuple[str, int, str]


class Manifest:
    """The memory of one source in one run."""

    def __init__(self, driver: FileDriver, work: ReadFiles, token: WriteToken) -> None:
        self._driver = driver
        self._bucket = work.bucket
        self._path = work.manifest_path
        place = PurePosixPath(work.manifest_path)
        suffix = token.suffix.replace("_", "-")
        self._choice = str(place.with_name(f".etl-run-{suffix}-{place.name}"))

    def chosen(self, files: Sequence[FileInfo], *, is_begun: bool) -> list[FileInfo]:
        """The files to read, out of those that are there.

        `is_begun`: an earlier attempt of this run has delivered to a destination, so that the
        choice stands. Raises BackendFailed when one of its files is no longer as it was.
        """
        present = {_entry(file): file for file in files if not self._is_own(file)}
        if is_begun and (chosen := self._read(self._choice)) is not None:
            missing = [
                path for path, size, version in chosen if (path, size, version) not in present
            ]
            if missing:
                raise BackendFailed(
                    f"The file {missing[0]} was read by an earlier attempt of this run and is"
                    " missing or changed now. Put it back, and run again."
                )
            return [present[entry] for entry in chosen]
        known = set(self._read(self._path) or ())
        wanted = [file for entry, file in present.items() if entry not in known]
        self._write(self._choice, [_entry(file) for file in wanted])
        return wanted

    def remember(self) -> None:
        """Every destination holds the rows: the files chosen count as read."""
        chosen = self._read(self._choice)
        if chosen is None:
            return
        known = self._read(self._path) or []
        new = [entry for entry in chosen if entry not in set(known)]
        if new:
            self._write(self._path, [*known, *new])
        self._driver.remove(self._choice, self._bucket)

    def _is_own(self, file: FileInfo) -> bool:
        return file.path.lstrip("/") == self._path.removeprefix("./").lstrip("/")

    def _read(self, path: str) -> list[_Entry] | None:
        data = self._driver.read_small(path, self._bucket)
        if data is None:
            return None
        try:
            return [_read_entry(json.loads(line)) for line in data.decode().splitlines() if line]
        except (ValueError, TypeError, KeyError):
            raise BackendFailed(
                f"The manifest {path} cannot be read: it is not a list of files as this source"
                " writes it. Choose another manifest_path, or remove the file to read everything."
            ) from None

    def _write(self, path: str, entries: Sequence[_Entry]) -> None:
        lines = [
            json.dumps({"path": name, "size": size, "version": version}, ensure_ascii=False)
            for name, size, version in entries
        ]
        self._driver.replace_small(
            path, "".join(f"{line}\n" for line in lines).encode(), self._bucket
        )


def _entry(file: FileInfo) -> _Entry:
    return file.path, file.size_bytes, file.version


def _read_entry(line: dict[str, Any]) -> _Entry:
    return str(line["path"]), int(line["size"]), str(line["version"])
