"""Rows sent to a service, one request for each record or for a batch of them.

All rows are gathered in a file of the run first: nothing is sent before everything upstream has
succeeded. A service has no transactions, so that after a death in the middle of sending nobody
knows which requests arrived; then only a delivery that is declared repeatable is sent again.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final, Literal
from urllib.parse import quote, urlencode

import pyarrow as pa
from urllib3.filepost import encode_multipart_formdata

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers.base import Note, Rejected
from connections.drivers.json_text import plain_text, read_json, write_json
from connections.drivers.rest import RestDriver
from connections.drivers.rest_answers import AnswerPlace, Answers
from connections.drivers.rest_patience import (
    PASSING,
    REFUSED_UNREAD,
    Patience,
    pause,
    send_patiently,
)
from connections.drivers.web import WebRequest, WebResponse, check_header

BodyFormat = Literal["json", "csv", "url_encoded", "form_data"]
Method = Literal["POST", "PUT", "PATCH", "DELETE", "GET"]
Record = dict[str, Any]

PLACEHOLDER: Final = re.compile(r"#\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""Where a field of the record goes into a URL, a header or a payload."""

_MAX_ANSWER_BYTES = 1024 * 1024
_MOST_WARNINGS = 10
_SLICE_ROWS = 1_000
_HARMLESS_TWICE = frozenset({"PUT", "DELETE", "GET"})


@dataclass(frozen=True, slots=True)
class RestWrite:
    """How rows become requests. `json_fields` hold JSON that goes in as such."""

    url: str = field(repr=False)
    method: Method = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body_format: BodyFormat = "json"
    custom_payload: str = ""
    nested_attribute: str = ""
    batch_size: int = 1
    stop_on_error: bool = True
    repeatable: bool = False
    max_retries: int = 3
    sleep_seconds: float = 0.0
    timeout_seconds: float = 60.0
    json_fields: frozenset[str] = frozenset()


class RestWriter:
    """A delivery to a service, as the Writer protocol has it."""

    def __init__(
        self, driver: RestDriver, target: RestWrite, note: Note, place: AnswerPlace | None = None
    ) -> None:
        """With a `place`, a file of everything that the service answers goes there."""
        self._driver = driver
        self._answers = None if place is None else Answers(place, note)
        self._target = target
        self._note = note
        self._rows: IO[bytes] | None = None
        self._payload = read_json(target.custom_payload) if target.custom_payload else None
        is_harmless = target.repeatable or target.method in _HARMLESS_TWICE
        self._patience = Patience(
            max_retries=target.max_retries,
            statuses=PASSING if is_harmless else REFUSED_UNREAD,
            broken_too=is_harmless,
            fail_on_status=300,
        )

    def has_marker(self) -> bool:
        """Asked when an earlier attempt died while it was sending: whether to send again."""
        if self._target.repeatable:
            return True
        raise UpstreamFailed(
            f"{self._driver.connection_name}: an earlier attempt of this run died while it was"
            " sending, and which requests arrived is not known. Look at the service, then run the"
            " package again; set repeatable when sending twice does no harm.",
            quotes_outside=False,
        )

    def discard(self) -> None:
        self._forget_rows()
        if self._answers is not None:
            self._answers.discard()

    def begin(self) -> None:
        if self._answers is not None:
            self._answers.begin()
        self._rows = tempfile.TemporaryFile()  # noqa: SIM115  closed by discard, commit

    def finish(self) -> None:
        """Everything is sent: the answers go where they are wanted."""
        if self._answers is not None:
            self._answers.save()

    def load(
        self,
        schema: pa.Schema,
        batches: Iterator[pa.RecordBatch],
        rejected: Rejected | None = None,
    ) -> int:
        count = 0
        with pa.ipc.new_file(self._file(), schema) as sink:
            for batch in batches:
                sink.write_batch(batch)
                count += batch.num_rows
        return count

    def commit(self) -> None:
        sent = failed = 0
        try:
            for number, records in enumerate(self._groups()):
                if number and self._target.sleep_seconds:
                    pause(self._driver, self._target.sleep_seconds)
                failed += not self._send(records, failed)
                sent += 1
        except Exception:
            self._note("WARN", f"Broken off after {sent:,} requests, which cannot be taken back.")
            if self._answers is not None:
                self._answers.rescue()
            raise
        finally:
            self._forget_rows()
        words = f", of which {failed:,} were refused" if failed else ""
        self._note("WARN" if failed else "INFO", f"Sent {sent:,} requests{words}.")

    def _send(self, records: list[Record], failed_before: int) -> bool:
        """Whether the service took it. Raises for a refusal when the run is to stop at one."""
        try:
            request = self._request(records)
            send_patiently(self._driver, request, self._patience, self._note, self._answered)
        except UpstreamFailed as error:
            if self._target.stop_on_error or self._driver.is_cancelled(0):
                raise
            if failed_before < _MOST_WARNINGS:
                self._note("WARN", error.message)
            return False
        return True

    def _answered(self, request: WebRequest, response: WebResponse) -> None:
        if self._answers is not None:
            self._answers.add(request, response)

    def _forget_rows(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def _file(self) -> IO[bytes]:
        if self._rows is None:
            raise UpstreamFailed("The delivery has not begun.", quotes_outside=False)
        return self._rows

    def _groups(self) -> Iterator[list[Record]]:
        size = 1 if is_per_record(self._target) else self._target.batch_size
        waiting: list[Record] = []
        reader = pa.ipc.open_file(self._file())
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            for start in range(0, batch.num_rows, _SLICE_ROWS):
                waiting.extend(map(self._record, batch.slice(start, _SLICE_ROWS).to_pylist()))
                while len(waiting) >= size:
                    yield waiting[:size]
                    del waiting[:size]
        if waiting:
            yield waiting

    def _record(self, row: Record) -> Record:
        for name in self._target.json_fields & row.keys():
            if row[name] is not None:
                try:
                    row[name] = read_json(row[name])
                except ValueError as error:
                    raise InvalidInput(f"The field {name} holds what is no JSON: {error}") from None
        return row

    def _request(self, records: list[Record]) -> WebRequest:
        target = self._target
        first = records[0]
        headers = {
            name: _placed(value, lambda field: plain_text(first[field]) or "")
            for name, value in target.headers.items()
        }
        for name, value in headers.items():
            check_header(name, value)
        url = _placed(target.url, lambda field: quote(plain_text(first[field]) or "", safe=""))
        body, kind = self._body(records)
        if kind:
            headers = {"Content-Type": kind, **headers}
        return WebRequest(
            method=target.method,
            url=self._driver.url_of(url),
            headers=headers,
            body=body,
            timeout_seconds=target.timeout_seconds,
            max_bytes=_MAX_ANSWER_BYTES,
        )

    def _body(self, records: list[Record]) -> tuple[bytes | None, str]:
        """The body and its content type."""
        target = self._target
        if target.method == "GET":
            return None, ""
        if target.body_format == "csv":
            return _csv(records), "text/csv; charset=utf-8"
        if target.body_format == "url_encoded":
            return urlencode(_texts(records[0])).encode(), "application/x-www-form-urlencoded"
        if target.body_format == "form_data":
            return encode_multipart_formdata(_texts(records[0]))
        value: Any = records if target.batch_size > 1 and not is_per_record(target) else records[0]
        if self._payload is not None:
            value = _filled(self._payload, records[0])
        if target.nested_attribute:
            value = {target.nested_attribute: value}
        return write_json(value).encode(), "application/json"


def placeholders(target: RestWrite) -> set[str]:
    """Fields that go into the URL, a header or the payload."""
    texts = (target.url, *target.headers.values(), target.custom_payload)
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def is_per_record(target: RestWrite) -> bool:
    """Whether every record needs a request of its own."""
    is_form = target.body_format in ("url_encoded", "form_data")
    return target.batch_size == 1 or is_form or bool(placeholders(target) or target.custom_payload)


def _placed(text: str, value: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda found: value(found[1]), text)


def _filled(part: Any, record: Record) -> Any:
    """A payload with its fields; one that is a whole text keeps its type."""
    if isinstance(part, str):
        whole = PLACEHOLDER.fullmatch(part)
        if whole:
            return record[whole[1]]
        return _placed(part, lambda field: plain_text(record[field]) or "")
    if isinstance(part, list):
        return [_filled(item, record) for item in part]
    if isinstance(part, dict):
        return {key: _filled(item, record) for key, item in part.items()}
    return part


def _texts(record: Record) -> dict[str, str]:
    return {name: plain_text(value) or "" for name, value in record.items()}


def _csv(records: list[Record]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(records[0])
    writer.writerows([plain_text(value) for value in record.values()] for record in records)
    return stream.getvalue().encode()
