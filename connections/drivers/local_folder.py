"""A folder on this machine, below the operator's root."""

import io
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, Field

from common.errors import InvalidInput, NotFound, UpstreamFailed
from connections.drivers.base import (
    MAX_SMALL_FILE_BYTES,
    ConnectionSpec,
    FileInfo,
    FileWrite,
    Note,
    Reach,
    Writer,
    WriteToken,
)
from connections.drivers.folder_writer import FolderWriter, settle
from connections.drivers.paths import below, local_root, matching_files


class LocalFolderSettings(BaseModel):
    """Settings of a local folder connection."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        default=".",
        max_length=1_024,
        description="The folder, relative to the folder for local files.",
    )


class LocalFolderDriver:
    """Files below one folder."""

    def __init__(self, spec: ConnectionSpec, settings: LocalFolderSettings, reach: Reach) -> None:
        self.connection_name = spec.name
        self._relative = settings.path
        self._root = below(local_root(reach), settings.path or ".", "The folder")
        self._writer: FolderWriter | None = None

    def ping(self) -> None:
        if not self._root.is_dir():
            raise NotFound(f"The folder {self._relative} of {self.connection_name} does not exist.")

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def cancel(self) -> None:
        """Nothing here lasts: the engine stops between batches."""

    def list_files(self, pattern: str, bucket: str | None = None) -> list[FileInfo]:
        self._refuse_bucket(bucket)
        return [self._told(path) for path in self.local_paths(pattern)]

    def read_part(self, path: str, start: int, length: int, bucket: str | None = None) -> bytes:
        self._refuse_bucket(bucket)
        try:
            with below(self._root, path, "The path").open("rb") as stream:
                stream.seek(start)
                return stream.read(length)
        except OSError as error:
            raise self._failed(path, "cannot be read", error) from None

    def local_path(self, file: FileInfo) -> Path | None:
        return below(self._root, file.path, "The path")

    def local_paths(self, pattern: str) -> list[Path]:
        """The files that `list_files` names, by their real paths."""
        self.ping()
        return matching_files(self._root, pattern)

    def fetch(self, files: Sequence[tuple[FileInfo, Path]], arrived: Callable[[int], None]) -> None:
        for file, target in files:
            try:
                shutil.copyfile(below(self._root, file.path, "The path"), target)
            except OSError as error:
                raise self._failed(file.path, "cannot be read", error) from None
            arrived(file.size_bytes)

    def read_small(self, path: str, bucket: str | None = None) -> bytes | None:
        self._refuse_bucket(bucket)
        place = below(self._root, path, "The path")
        if not place.exists():
            return None
        data = self.read_part(path, 0, MAX_SMALL_FILE_BYTES + 1)
        if len(data) > MAX_SMALL_FILE_BYTES:
            raise InvalidInput(
                f"{path[:200]} is larger than the {MAX_SMALL_FILE_BYTES:,} bytes that are read."
            )
        return data

    def replace_small(self, path: str, data: bytes, bucket: str | None = None) -> None:
        self._replace(path, io.BytesIO(data), bucket)

    def put(self, source: Path, path: str, bucket: str | None = None) -> None:
        with source.open("rb") as stream:
            self._replace(path, stream, bucket)

    def _replace(self, path: str, content: BinaryIO, bucket: str | None) -> None:
        self._refuse_bucket(bucket)
        place = below(self._root, path, "The path")
        fresh = place.with_name(f".{place.name}.new")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as stream:
                shutil.copyfileobj(content, stream)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(place)
            settle(place.parent)
        except OSError as error:
            raise self._failed(path, "cannot be written", error) from None

    def remove(self, path: str, bucket: str | None = None) -> None:
        self._refuse_bucket(bucket)
        try:
            below(self._root, path, "The path").unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(path, "cannot be removed", error) from None

    def writer(self, target: FileWrite, token: WriteToken, note: Note) -> Writer:
        self._refuse_bucket(target.bucket)
        self.ping()
        directory = below(self._root, target.directory, "The directory")
        self._writer = FolderWriter(self._root, directory, target, token, note)
        return self._writer

    def _told(self, path: Path) -> FileInfo:
        shown = str(path.relative_to(self._root)) if self._root in path.parents else path.name
        facts = path.stat()
        return FileInfo(shown, facts.st_size, version=f"{facts.st_mtime_ns}-{facts.st_size}")

    def _refuse_bucket(self, bucket: str | None) -> None:
        if bucket:
            words = "bucket: a local_folder connection has none; leave it out"
            raise InvalidInput(words, quotes_outside=False)

    def _failed(self, path: str, words: str, error: OSError) -> UpstreamFailed:
        return UpstreamFailed(f"{self.connection_name}: {path[:200]} {words}: {error.strerror}")
