"""Finding out the columns of one file, whatever it holds, by looking at a bounded part of it."""

import io
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from connections import excel_sheet
from connections.delimited import delimited_columns
from connections.drivers.base import FileDriver, FileInfo
from connections.drivers.patterns import is_hidden
from connections.file_columns import FileColumns, FileOptions, refused
from connections.file_sample import MAX_SAMPLE_BYTES, Sample, sample_of, text_of
from connections.json_records import json_columns
from connections.parquet_footer import ReadPart, is_parquet, parquet_columns

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
_PACKED_ENDINGS = (".gz", ".bz2", ".zst", ".zip")


def columns_of_file(driver: FileDriver, file: FileInfo, options: FileOptions) -> FileColumns:
    """The columns of a file that `list_files` named.

    Without a record type, Parquet is known by its first and last bytes, Excel and JSON by the
    file's name, and everything else is delimited. Of an archive the first file is looked at.
    Raises InvalidInput for what cannot be read so.
    """
    read = partial(driver.read_part, file.path, bucket=file.bucket)
    kind = options.record_type
    if kind == "parquet" or (kind is None and is_parquet(file.size_bytes, read)):
        return parquet_columns(file.size_bytes, read, options)
    if kind is None and file.path.lower().endswith(excel_sheet.ENDINGS):
        if file.size_bytes > excel_sheet.MAX_BYTES:
            most = excel_sheet.MAX_BYTES
            raise refused(f"The workbook is larger than the {most:,} bytes that are read.")
        return excel_sheet.excel_columns(read(0, file.size_bytes), options)
    name, sample = _sample(file, read)
    content, encoding = text_of(sample, options.char_encoding)
    options = replace(options, char_encoding=encoding)
    if kind == "json" or (kind is None and _is_named_json(name)):
        return json_columns(content, options, is_whole=sample.is_whole)
    return delimited_columns(content, options, is_whole=sample.is_whole)


def _sample(file: FileInfo, read: ReadPart) -> tuple[str, Sample]:
    """The beginning of what the file holds, and the name that tells what that is."""
    if not file.path.lower().endswith(".zip"):
        head = read(0, MAX_SAMPLE_BYTES)
        is_whole = len(head) >= file.size_bytes
        return file.path, sample_of(head, name=file.path, is_whole=is_whole)
    try:
        with zipfile.ZipFile(_Parts(read, file.size_bytes)) as archive:
            names = [e.filename for e in archive.infolist() if not e.is_dir()]
            shown = sorted(name for name in names if not is_hidden(name))
            if not shown:
                raise refused("The archive holds no file.")
            with archive.open(shown[0]) as member:
                head = member.read(MAX_SAMPLE_BYTES)
                is_whole = not member.read(1)
    except (zipfile.BadZipFile, EOFError, OSError):
        raise refused("The file is named .zip, but it is no archive or damaged.") from None
    except (RuntimeError, NotImplementedError):
        raise refused("The archive is encrypted, or packed in a way that is not known.") from None
    return shown[0], sample_of(head, name=shown[0], is_whole=is_whole)


def _is_named_json(path: str) -> bool:
    name = PurePosixPath(path.lower())
    return (name.stem if name.suffix in _PACKED_ENDINGS else name.name).endswith(_JSON_ENDINGS)


class _Parts(io.RawIOBase):
    """A file of a driver that can be looked into anywhere, as archives are read from their end."""

    def __init__(self, read: ReadPart, size_bytes: int) -> None:
        super().__init__()
        self._read = read
        self._size = size_bytes
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        place = memoryview(buffer).cast("B")
        data = self._read(self._place, min(len(place), MAX_SAMPLE_BYTES))
        place[: len(data)] = data
        self._place += len(data)
        return len(data)
