"""One file into the forms that a backend reads; an archive gives several."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from engine.backends.base import BackendFailed
from engine.files.decoding import texts, transcoded
from engine.files.escaped import escaped_rows
from engine.files.json_rows import json_rows
from engine.files.ready import MAX_VALUE_CHARACTERS, ReadyFile, Workshop
from engine.files.records import Row, excel_rows, raw_rows
from engine.files.text_table import write_bytes, write_texts
from engine.files.unpacking import CHUNK_BYTES, Packing, members, opened, packing_of, too_large
from engine.stages import ReadFiles

_MAX_WORKBOOK_BYTES = 512 * 1024 * 1024
"""Most bytes of an Excel workbook's parts; they are held in memory together."""


def made_ready(work: ReadFiles, path: Path, name: str, workshop: Workshop) -> Iterator[ReadyFile]:
    """The ready forms of a local file. Raises BackendFailed and RunStopped."""
    packing = packing_of(name, work.compression)
    if packing == "zip":
        for told, stream in members(path, name, work.zip_password, workshop):
            yield from _of_stream(work, stream, told, workshop)
    elif (direct := _as_it_is(work, path, name, packing)) is not None:
        yield direct
    elif work.format == "excel" and packing == "none":
        yield _workbook(work, path, name, workshop)
    else:
        with opened(path, name, packing, workshop) as stream:
            yield from _of_stream(work, stream, name, workshop)


def _as_it_is(work: ReadFiles, path: Path, name: str, packing: Packing) -> ReadyFile | None:
    """Files that need no other form."""
    if work.format == "parquet" and packing == "none":
        return ReadyFile(path, name, "parquet")
    is_plain = work.format == "delimited" and work.char_encoding == "utf-8" and not _escapes(work)
    if is_plain and packing in ("none", "gzip", "zstd"):
        return ReadyFile(path, name, "delimited", packing)
    return None


def _escapes(work: ReadFiles) -> bool:
    return work.escape not in ("", work.quote)


def _of_stream(
    work: ReadFiles, stream: BinaryIO, name: str, workshop: Workshop
) -> Iterator[ReadyFile]:
    if work.format in ("parquet", "excel"):
        path = _copied(stream, name, workshop)
        if work.format == "excel":
            yield _workbook(work, path, name, workshop)
        else:
            yield ReadyFile(path, name, "parquet")
    elif work.format == "raw" and work.columns[0].type == "binary":
        data = stream.read(MAX_VALUE_CHARACTERS + 1)
        if len(data) > MAX_VALUE_CHARACTERS:
            raise BackendFailed(
                f"The file {name} is larger than the {MAX_VALUE_CHARACTERS:,} bytes that are read"
                " as one value."
            )
        path = write_bytes(work.columns[0].name, data, workshop.new_path(".parquet"))
        yield ReadyFile(path, name, "parquet")
    elif work.format == "delimited" and not _escapes(work):
        path = workshop.new_path(".csv")
        yield ReadyFile(
            transcoded(stream, name, work.char_encoding, path, workshop), name, "delimited"
        )
    else:
        yield _table(work, _rows(work, stream, name), name, workshop)


def _rows(work: ReadFiles, stream: BinaryIO, name: str) -> Iterator[Row]:
    pieces = texts(stream, name, work.char_encoding)
    if work.format == "json":
        return json_rows(pieces, name, work)
    if work.format == "raw":
        return raw_rows(pieces, name, work)
    return escaped_rows(pieces, name, work)


def _table(work: ReadFiles, rows: Iterator[Row], name: str, workshop: Workshop) -> ReadyFile:
    path = workshop.new_path(".parquet")
    names = [column.alias for column in work.columns]
    return ReadyFile(write_texts(names, rows, name, path, workshop), name, "texts")


def _copied(stream: BinaryIO, name: str, workshop: Workshop) -> Path:
    path = workshop.new_path("")
    with path.open("wb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            workshop.unpacked(name, out.write(chunk))
    return path


def _workbook(work: ReadFiles, path: Path, name: str, workshop: Workshop) -> ReadyFile:
    """An Excel file is an archive itself, whose parts could unpack to anything."""
    size = 0
    for _, part in members(path, name, "", workshop):
        while chunk := part.read(CHUNK_BYTES):
            size += len(chunk)
            if size > _MAX_WORKBOOK_BYTES:
                raise too_large(name)
    return _table(work, excel_rows(path, name, work), name, workshop)


def require_text(files: Sequence[ReadyFile]) -> None:
    """Raises BackendFailed at the first byte of a delimited file that is not UTF-8."""
    for file in files:
        if file.form == "delimited":
            workshop = Workshop(file.path.parent, lambda: False)
            with opened(file.path, file.name, file.compression, workshop) as stream:
                for _ in texts(stream, file.name, "utf-8"):
                    pass
