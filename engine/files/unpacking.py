"""Packed files opened as streams of their bytes, with the size they may grow to."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pyarrow as pa

from connections.drivers.patterns import is_hidden
from engine.backends.base import BackendFailed
from engine.files.ready import FREE_BYTES, MAX_RATIO, MAX_UNPACKED_BYTES, Workshop

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Packing = Literal["none", "gzip", "bzip2", "zip", "zstd"]

ENDINGS: Final[dict[str, Packing]] = {
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".zip": "zip",
    ".zst": "zstd",
}
CHUNK_BYTES = 1024 * 1024
_MAX_MEMBERS = 10_000
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException)


def packing_of(name: str, given: Packing | Literal["auto"]) -> Packing:
    """How a file is packed; `auto` goes by the ending of its name."""
    return ENDINGS.get(Path(name).suffix.lower(), "none") if given == "auto" else given


@contextmanager
def opened(
    path: Path, name: str, packing: Packing, workshop: Workshop
) -> Iterator[io.BufferedReader]:
    """The bytes inside a file that is no archive. Reading raises BackendFailed."""
    try:
        inner = _open(path, packing)
    except _DAMAGE as error:
        raise damaged(name, error) from None
    with inner:
        guarded = _Guarded(inner, name, path.stat().st_size, workshop)
        yield io.BufferedReader(guarded, CHUNK_BYTES)


def _open(path: Path, packing: Packing) -> Any:
    if packing == "gzip":
        return gzip.open(path, "rb")
    if packing == "bzip2":
        return bz2.open(path, "rb")
    if packing == "zstd":
        return pa.input_stream(str(path), compression="zstd")
    return path.open("rb")


def members(
    path: Path, name: str, password: str, workshop: Workshop
) -> Iterator[tuple[str, io.BufferedReader]]:
    """The files of a zip archive by name, hidden ones left aside, each to be read in its turn."""
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = _wanted(archive, name)
            for member in wanted:
                with archive.open(member, pwd=password.encode() or None) as inner:
                    told = f"{name}/{member.filename}"
                    guarded = _Guarded(inner, told, member.compress_size, workshop)
                    yield told, io.BufferedReader(guarded, CHUNK_BYTES)
    except NotImplementedError:
        raise BackendFailed(
            f"The archive {name} is packed or encrypted in a way that is not supported here (AES is"
            " not). Pack it anew with Deflate, and with the classic zip encryption if it needs a"
            " password."
        ) from None
    except RuntimeError as error:
        if "password" not in str(error).lower():
            raise
        words = "is wrong" if password else "is missing"
        raise BackendFailed(f"The archive {name} is encrypted, and zip_password {words}.") from None
    except _DAMAGE as error:
        raise damaged(name, error) from None


def _wanted(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    found = [
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not is_hidden(entry.filename)
    ]
    if len(found) > _MAX_MEMBERS:
        raise BackendFailed(f"The archive {name} holds more than {_MAX_MEMBERS:,} files.")
    if sum(entry.file_size for entry in found) > MAX_UNPACKED_BYTES:
        raise too_large(name)
    if not found:
        raise BackendFailed(f"The archive {name} holds no file.")
    return sorted(found, key=lambda entry: entry.filename)


class _Guarded(io.RawIOBase):
    """Counts what comes out of a packed file."""

    def __init__(self, inner: Any, name: str, packed_bytes: int, workshop: Workshop) -> None:
        super().__init__()
        self._inner = inner
        self._name = name
        self._most = min(MAX_UNPACKED_BYTES, max(FREE_BYTES, packed_bytes * MAX_RATIO))
        self._size = 0
        self._workshop = workshop

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        self._workshop.go_on()
        place = memoryview(buffer).cast("B")
        try:
            data = self._inner.read(len(place))
        except _DAMAGE as error:
            raise damaged(self._name, error) from None
        self._size += len(data)
        if self._size > self._most:
            raise too_large(self._name)
        place[: len(data)] = data
        return len(data)


def too_large(name: str) -> BackendFailed:
    """What unpacks to more than it may."""
    return BackendFailed(
        f"The file {name} unpacks to more than is allowed ({MAX_UNPACKED_BYTES:,} bytes, and"
        f" {MAX_RATIO:,} times its size once it is larger than {FREE_BYTES:,} bytes). If that is"
        " right, unpack it before."
    )


def damaged(name: str, error: BaseException) -> BackendFailed:
    """What cannot be unpacked."""
    lines = str(error).strip().splitlines()
    words = lines[0][:200] if lines else type(error).__name__
    return BackendFailed(
        f"The file {name} cannot be unpacked: {words}. Check whether it arrived whole and whether"
        " compression is set right."
    )
