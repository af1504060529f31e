"""A folder on this machine, below the operator's root."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from common.errors import NotFound, UpstreamFailed
from connections.drivers.base import (
    ConnectionSpec,
    FileInfo,
    FileWrite,
    Note,
    Reach,
    Writer,
    WriteToken,
)
from connections.drivers.folder_writer import FolderWriter
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

    def list_files(self, pattern: str) -> list[FileInfo]:
        return [
            FileInfo(self._shown(path), path.stat().st_size) for path in self.local_paths(pattern)
        ]

    def read_part(self, path: str, start: int, length: int) -> bytes:
        try:
            with below(self._root, path, "The path").open("rb") as stream:
                stream.seek(start)
                return stream.read(length)
        except OSError as error:
            raise UpstreamFailed(
                f"{self.connection_name}: {path[:200]} cannot be read: {error.strerror}"
            ) from None

    def local_paths(self, pattern: str) -> list[Path]:
        self.ping()
        return matching_files(self._root, pattern)

    def writer(self, target: FileWrite, token: WriteToken, note: Note) -> Writer:
        self.ping()
        directory = below(self._root, target.directory, "The directory")
        self._writer = FolderWriter(self._root, directory, target, token, note)
        return self._writer

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._root)) if self._root in path.parents else path.name
