"""The beginning of a file, unpacked and turned into text, in bounded memory."""

import bz2
import codecs
import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import pyarrow as pa

from connections.file_columns import refused

MAX_SAMPLE_BYTES = 1024 * 1024
"""Most bytes of a file that are read, and most that they may unpack to."""

_STEP_BYTES = 16 * 1024

ENCODINGS: Final = frozenset(
    {"ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "big5", "gbk", "gb18030", "shift_jis",
     "euc_jp", "euc_kr", "koi8-r", "koi8-u", "mac-roman"}
    | {f"iso8859-{part}" for part in range(1, 17) if part != 12}
    | {f"cp{page}" for page in (437, 850, 852, 866, 932, 949, *range(1250, 1259))}
)  # fmt: skip

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"),
                 (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip

_SIGNATURES: Final = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\x1f\x8b", "compressed with gzip, without a name that ends in .gz"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF-", "a PDF document"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The first bytes of what a file holds; `is_whole` when there are no more."""

    data: bytes
    is_whole: bool


def sample_of(head: bytes, *, name: str, is_whole: bool) -> Sample:
    """The sample in the first bytes of a file, unpacked where the ending of its name says so.

    Raises InvalidInput for empty, damaged and other packed files.
    """
    ending = PurePosixPath(name).suffix.lower()
    if head and ending in _PACKERS:
        head, is_whole = _unpacked(head, is_whole, ending)
    if not head:
        raise refused("The file is empty.")
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            raise refused(f"The file is no text: it is {words}.")
    return Sample(head, is_whole)


def text_of(sample: Sample, char_encoding: str | None) -> tuple[str, str]:
    """The text of a sample and the encoding it is in; a byte order mark tells when none is given.

    Raises InvalidInput for an encoding that is unknown or wrong, and for what is no text.
    """
    encoding = known_encoding(char_encoding) if char_encoding else _marked(sample.data)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(sample.data, final=sample.is_whole)
    except UnicodeDecodeError as error:
        raise refused(
            f"char_encoding: the file is not {encoding} at byte {error.start + 1:,};"
            " say which encoding it is in, such as windows-1252"
        ) from None
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        raise refused(f"The file holds NUL characters: it is no text, or not in {encoding}.")
    return text, encoding


def known_encoding(char_encoding: str) -> str:
    """Python's name of an encoding. Raises InvalidInput for one that is not known here."""
    try:
        name = codecs.lookup(char_encoding.strip()).name
    except (LookupError, ValueError):
        name = ""
    name = "utf-8" if name == "utf-8-sig" else name
    if name not in ENCODINGS:
        raise refused(
            f"char_encoding: '{char_encoding[:40]}' is not known here; it may be"
            f" {', '.join(sorted(ENCODINGS))}"
        )
    return name


def _marked(data: bytes) -> str:
    return next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")


def _unpacked(head: bytes, is_whole: bool, ending: str) -> tuple[bytes, bool]:
    """What comes out of a beginning, as far as it goes; a beginning ends in the middle."""
    parts: list[bytes] = []
    room = MAX_SAMPLE_BYTES
    packer, stream_of = _PACKERS[ending]
    try:
        with stream_of(head) as stream:
            while room and (part := stream.read(min(room, _STEP_BYTES))):
                parts.append(part)
                room -= len(part)
            is_whole = is_whole and not stream.read(1)
    except _ENDS_EARLY as error:
        if not is_whole and parts:
            return b"".join(parts), False
        if isinstance(error, EOFError):
            raise refused(f"The file ends in the middle of its {packer} data.") from None
        raise refused(f"The file is named {ending}, but it is not {packer} or damaged.") from None
    return b"".join(parts), is_whole


def _zstd_stream(head: bytes) -> Any:
    return pa.CompressedInputStream(pa.BufferReader(head), "zstd")


def _gzip_stream(head: bytes) -> Any:
    return gzip.GzipFile(fileobj=io.BytesIO(head))


def _bzip2_stream(head: bytes) -> Any:
    return bz2.BZ2File(io.BytesIO(head))


_ENDS_EARLY: Final = (EOFError, OSError, zlib.error, pa.ArrowException)
_PACKERS: Final[dict[str, tuple[str, Callable[[bytes], Any]]]] = {
    ".gz": ("gzip", _gzip_stream),
    ".bz2": ("bzip2", _bzip2_stream),
    ".zst": ("Zstandard", _zstd_stream),
}
