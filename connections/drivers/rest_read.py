"""Reading a service page by page, with an end to endless pages."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import jsonpath

from common.errors import InvalidInput, ProductError, UpstreamFailed
from connections.drivers.base import Note
from connections.drivers.json_text import read_json
from connections.drivers.rest import RestDriver
from connections.drivers.rest_patience import Patience, pause, send_patiently
from connections.drivers.web import WebRequest, WebResponse, shown

Scheme = Literal["automatic", "link_headers", "page_number", "offset_limit", "cursor"]
ResponseType = Literal["raw", "json", "line_delimited_json"]

MAX_REQUESTS = 100_000
"""Of one component, whatever its paging says."""

_SHOWN_CHARACTERS = 200
_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)
_NEXT_PLACES: Final = tuple(
    jsonpath.compile(path)
    for path in (
        "$.next",
        "$.links.next",
        "$.links.next.href",
        "$._links.next.href",
        "$['@odata.nextLink']",
        "$.nextRecordsUrl",
        "$.next_page_url",
        "$.paging.next",
        "$.pagination.next",
        "$.pagination.next_url",
        "$.meta.next",
        "$.meta.next_page_url",
    )
)


@dataclass(frozen=True, slots=True)
class Paging:
    """How the following page is asked for. `cursor_path` is a JSONPath into the answer."""

    scheme: Scheme
    page_parameter: str = "page"
    first_page: int = 1
    offset_parameter: str = "offset"
    limit_parameter: str = "limit"
    page_size: int = 100
    cursor_parameter: str = "cursor"
    cursor_path: str = ""


@dataclass(frozen=True, slots=True)
class RestRead:
    """What is asked. `record_path` is a JSONPath to the records of a JSON answer; empty for a list
    or one object."""

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    response_type: ResponseType = "json"
    record_path: str = ""
    paging: Paging | None = None
    sleep_seconds: float = 0.0
    max_requests: int | None = None
    patience: Patience = Patience()
    timeout_seconds: float = 60.0
    max_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `records` are its parsed records, empty for a raw answer."""

    response: WebResponse
    records: list[Any]


def pages(driver: RestDriver, read: RestRead, note: Note) -> Iterator[Page]:
    """Page after page. Raises UpstreamFailed for an answer that is refused or cannot be read, and
    when the pages repeat themselves."""
    first = WebRequest(
        method=read.method,
        url=driver.url_of(read.url),
        headers=read.headers,
        body=read.body,
        timeout_seconds=read.timeout_seconds,
        max_bytes=read.max_bytes,
    )
    walk = _Walk(driver, read)
    request: WebRequest | None = walk.begin(first)
    most = MAX_REQUESTS if read.max_requests is None else max(1, read.max_requests)
    for number in range(1, most + 1):
        if request is None:
            return
        response = send_patiently(driver, request, read.patience, note)
        page = Page(response, _records(driver, read, response))
        yield page
        request = walk.following(first, page)
        if request is not None and read.sleep_seconds and number < most:
            pause(driver, read.sleep_seconds)
    if request is None:
        return
    if read.max_requests is None:
        raise UpstreamFailed(f"{driver.connection_name}: more than {MAX_REQUESTS:,} pages.")
    note("WARN", f"Stopped after {most:,} requests (max_requests); there are more pages.")


def next_link(response: WebResponse) -> str | None:
    """The URL of the following page in the Link header (RFC 8288)."""
    for found in _LINK.finditer(response.headers.get("link", "")):
        for rel in _REL.finditer(found[2]):
            if "next" in (rel[1] or rel[2]).lower().split():
                return str(urljoin(response.url, found[1]))
    return None


class _Walk:
    """The way from page to page, and the places that it came by."""

    def __init__(self, driver: RestDriver, read: RestRead) -> None:
        self._driver = driver
        self._paging = read.paging
        self._number = read.paging.first_page if read.paging else 0
        self._offset = 0
        self._seen: set[str] = set()

    def begin(self, first: WebRequest) -> WebRequest:
        self._seen.add(first.url)
        return self._numbered(first)

    def following(self, first: WebRequest, page: Page) -> WebRequest | None:
        paging = self._paging
        if paging is None:
            return None
        if paging.scheme in ("page_number", "offset_limit"):
            if not page.records:
                return None
            self._once_only(hashlib.sha256(page.response.body).hexdigest())
            self._number += 1
            self._offset += len(page.records)
            return self._numbered(first)
        if paging.scheme == "cursor":
            cursor = _cursor(page, paging.cursor_path)
            if cursor is None:
                return None
            self._once_only(cursor)
            return _with(first, {paging.cursor_parameter: cursor})
        url = next_link(page.response)
        if url is None and paging.scheme == "automatic":
            url = _next_in_body(page.response)
        if url is None:
            return None
        self._once_only(url)
        return replace(first, url=self._driver.url_of(url))

    def _numbered(self, first: WebRequest) -> WebRequest:
        paging = self._paging
        if paging is not None and paging.scheme == "page_number":
            return _with(first, {paging.page_parameter: str(self._number)})
        if paging is not None and paging.scheme == "offset_limit":
            places = {paging.offset_parameter: str(self._offset)}
            return _with(first, {**places, paging.limit_parameter: str(paging.page_size)})
        return first

    def _once_only(self, mark: str) -> None:
        if mark in self._seen:
            raise UpstreamFailed(
                f"{self._driver.connection_name}: the pages go in a circle: what follows is a page"
                " that was read already. Check the pagination of the source."
            )
        self._seen.add(mark)


def _with(request: WebRequest, parameters: Mapping[str, str]) -> WebRequest:
    parts = urlsplit(request.url)
    others = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in parameters
    ]
    query = urlencode([*others, *parameters.items()])
    return replace(request, url=urlunsplit(parts._replace(query=query)))


def _cursor(page: Page, path: str) -> str | None:
    found = find(path, read_json(page.response.text()))
    value = found[0] if found else None
    if value in (None, "", False) or isinstance(value, dict | list):
        return None
    return str(value)


def _next_in_body(response: WebResponse) -> str | None:
    try:
        document = read_json(response.text())
    except ValueError:
        return None
    for place in _NEXT_PLACES:
        for value in place.findall(document) if isinstance(document, dict) else ():
            if isinstance(value, str) and value.startswith(("http://", "https://", "/", "?")):
                return urljoin(response.url, value)
    return None


def find(path: str, document: Any) -> list[Any]:
    """What a JSONPath finds. Raises InvalidInput where the document does not fit it."""
    try:
        return list(jsonpath.findall(path, document))
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise InvalidInput(f"The JSONPath {path[:80]} cannot be used here: {error}") from None


def _records(driver: RestDriver, read: RestRead, response: WebResponse) -> list[Any]:
    if read.response_type == "raw":
        return []
    text = response.text()
    if not text.strip():
        return []
    try:
        if read.response_type == "line_delimited_json":
            return [read_json(line) for line in text.split("\n") if line.strip()]
        document = read_json(text)
    except ValueError as error:
        raise _not_json(driver, response, error) from None
    if read.record_path:
        return find(read.record_path, document)
    return document if isinstance(document, list) else [document]


def _not_json(driver: RestDriver, response: WebResponse, error: ValueError) -> ProductError:
    kind = response.headers.get("content-type", "no content type").split(";")[0]
    start = " ".join(response.text()[: 2 * _SHOWN_CHARACTERS].split())[:80]
    return UpstreamFailed(
        f"{driver.connection_name}: {shown(response.url)} answers with {kind}, which is not JSON"
        f" ({error}). It begins: {start}"
    )
