"""Bytes into text, with the file and the place of what is no text."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.backends.base import BackendFailed
from engine.files.ready import MAX_RECORD_CHARACTERS, MAX_VALUE_CHARACTERS, Workshop
from engine.files.unpacking import CHUNK_BYTES

_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


def texts(stream: BinaryIO, name: str, encoding: str) -> Iterator[str]:
    """The text in pieces, without a byte order mark. Raises BackendFailed at the first bad byte."""
    decoder = codecs.getincrementaldecoder(encoding)()
    taken = 0
    is_first = True
    while True:
        chunk = stream.read(CHUNK_BYTES)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            place = taken - (len(error.object) - len(chunk)) + error.start
            raise _bad_bytes(name, encoding, place, error) from None
        taken += len(chunk)
        if is_first and text:
            text = text.removeprefix("\ufeff")
            is_first = False
        if text:
            yield text
        if not chunk:
            return


def _bad_bytes(name: str, encoding: str, place: int, error: UnicodeDecodeError) -> BackendFailed:
    found = error.object[error.start : error.start + 4].hex(" ")
    return BackendFailed(
        f"The file {name} is not {encoding} at byte {place + 1:,} (found {found}). Set"
        " char_encoding to the encoding it is in, such as windows-1252, or correct the file."
    )


def lines(pieces: Iterator[str], name: str) -> Iterator[str]:
    """The lines of a text, ended by LF, CRLF or CR; the last may or may not be ended."""
    rest = ""
    for piece in pieces:
        parts = _LINE_END.split(rest + piece)
        rest = parts.pop()
        yield from parts
        if len(rest) > MAX_RECORD_CHARACTERS:
            raise BackendFailed(
                f"The file {name} has a line of more than {MAX_RECORD_CHARACTERS:,} characters."
                " Check record_type, record_delimiter and char_encoding."
            )
    if rest.endswith("\r"):
        yield rest[:-1]
    elif rest:
        yield rest


def whole(pieces: Iterator[str], name: str) -> str:
    """The whole text. Raises BackendFailed for one that is too long to be held."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_VALUE_CHARACTERS:
            raise BackendFailed(
                f"The file {name} has more than the {MAX_VALUE_CHARACTERS:,} characters that are"
                " read as one record. Use record_delimiter new_line, or smaller files."
            )
        held.append(piece)
    return "".join(held)


def transcoded(stream: BinaryIO, name: str, encoding: str, path: Path, workshop: Workshop) -> Path:
    """The text in UTF-8 in a new file."""
    with path.open("wb") as out:
        for piece in texts(stream, name, encoding):
            workshop.go_on()
            workshop.unpacked(name, out.write(piece.encode("utf-8", "replace")))
    return path
