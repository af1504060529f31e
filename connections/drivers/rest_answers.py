"""What a service answered, as rows of a CSV file: the address asked, the status and the body.

The rows are gathered in a file of the run, so that they never fill its memory, and come into their
storage as one file at once. Secrets are masked as they are in logs.
"""

import csv
import os
import tempfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from common.errors import ProductError
from common.redact import redact, without_secrets
from connections.drivers.base import FileDriver, Note
from connections.drivers.web import WebRequest, WebResponse, without_query

MOST_BODY_CHARACTERS: Final = 32_000
"""What is kept of a body; a cell of a spreadsheet holds as many."""

_HEADER = ("url", "code", "body")


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Where the file goes, and what may not stand in it. `spill` is a folder of the run."""

    driver: FileDriver = field(repr=False)
    path: str
    bucket: str | None
    spill: Path
    secrets: Collection[str] = field(default=frozenset(), repr=False)


class Answers:
    """One file of answers, from `begin` to `save` or `discard`."""

    def __init__(self, place: AnswerPlace, note: Note) -> None:
        self._place = place
        self._note = note
        self._file: IO[str] | None = None
        self._writer: Any = None
        self._count = 0

    def begin(self) -> None:
        """Raises what the storage raises when the file cannot go there."""
        place = self._place
        place.driver.ping()
        place.driver.list_files(place.path, place.bucket)
        place.spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.discard()
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115  closed by discard
            "w", encoding="utf-8", newline="", dir=place.spill, suffix=".csv", delete=False
        )
        self._writer = csv.writer(self._file)
        self._writer.writerow(_HEADER)

    def add(self, request: WebRequest, response: WebResponse) -> None:
        """One more row."""
        secrets = self._place.secrets
        url = redact(without_query(request.url), secrets)
        body = without_secrets(response.text()[:MOST_BODY_CHARACTERS], secrets)
        self._writer.writerow((url, response.status, body))
        self._count += 1

    def save(self) -> None:
        """Put the file in its place, unless it is there already."""
        if self._file is None:
            return
        place, count = self._place, self._count
        try:
            self._file.close()
            place.driver.put(Path(self._file.name), place.path, place.bucket)
        finally:
            self.discard()
        where = f"{place.path} of {place.driver.connection_name}"
        self._note("INFO", f"Saved {count:,} answers in {where}.")

    def rescue(self) -> None:
        """Save what there is after a failure, which stays the one that is told."""
        try:
            self.save()
        except (ProductError, OSError) as error:
            words = error.message if isinstance(error, ProductError) else error.strerror
            self._note("WARN", f"The answers could not be saved: {words}")

    def discard(self) -> None:
        """Forget the rows that are not saved."""
        if self._file is not None:
            self._file.close()
            with suppress(FileNotFoundError):
                os.unlink(self._file.name)
        self._file = self._writer = None
        self._count = 0
