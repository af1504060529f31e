"""Fetches a client id metadata document from an address that a stranger chose.

The host is resolved once; every address must be public, and the connection goes to one that was
judged, so that a name that resolves elsewhere a moment later gains nothing. Only the usual https
port, no redirects, one deadline for everything, and a bound on every byte read.
Source: draft-ietf-oauth-client-id-metadata-document-01, "Security considerations".
"""

import io
import json
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import urlsplit

from common.addresses import Address, resolve, why_not_public

MAX_URL_LENGTH: Final = 255
MAX_DOCUMENT_BYTES: Final = 5 * 1024
MAX_READ_BYTES: Final = 32 * 1024
DEADLINE_SECONDS: Final = 4.0
MAX_ADDRESSES: Final = 3
MIN_FRESH_SECONDS, MAX_FRESH_SECONDS = 300, 86_400
HTTPS_PORT: Final = 443

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}\.)+[a-z0-9][a-z0-9-]{0,62}", re.IGNORECASE)
_PATH = re.compile(r"/[A-Za-z0-9\-._~!&'()*+,;=:@%/]+")
_MAX_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})", re.IGNORECASE)

# Resolving has no timeout of its own, so it is waited for from outside.
_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")


class NoDocument(Exception):
    """There is no usable document; the text is for our log, never for the caller."""


@dataclass(frozen=True, slots=True)
class Document:
    """The members of a document, and how long it may be kept."""

    members: dict[str, Any]
    fresh_for_seconds: int


def is_document_url(client_id: str) -> bool:
    """Whether a client id is the address of a document: https, a named host, a path, no more."""
    if len(client_id) > MAX_URL_LENGTH or not client_id.startswith("https://"):
        return False
    host, slash, path = client_id[8:].partition("/")
    dotted = any(part in (".", "..") for part in path.split("/"))
    return bool(_HOST.fullmatch(host) and _PATH.fullmatch(slash + path) and not dotted)


def fetch(url: str) -> Document:
    """The document at the address. Raises NoDocument, within the deadline, for everything else."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    parts = urlsplit(url)
    host = str(parts.hostname)
    for address in _public_addresses(host, deadline)[:MAX_ADDRESSES]:
        try:
            return read_from((str(address), HTTPS_PORT), host, parts.path, deadline)
        except OSError as failure:
            last = failure
    raise NoDocument(f"{host} does not answer: {last}")


def read_from(
    address: tuple[str, int],
    host: str,
    path: str,
    deadline: float,
    context: ssl.SSLContext | None = None,
) -> Document:
    """One request over one connection to that address, with the certificate of the host.

    Raises OSError when nobody answers there, NoDocument for an answer that is no document.
    """
    context = context or ssl.create_default_context()
    with socket.create_connection(address, timeout=_left(deadline)) as plain:
        plain.settimeout(_left(deadline))
        with context.wrap_socket(plain, server_hostname=host) as secure:
            secure.settimeout(_left(deadline))
            secure.sendall(_request(host, path))
            response = HTTPResponse(_Bounded(secure, deadline))  # type: ignore[arg-type]
            try:
                response.begin()
                return _document(response)
            except (HTTPException, ValueError, RecursionError) as broken:
                raise NoDocument(f"{host} answers something else: {broken!r}") from None


def _public_addresses(host: str, deadline: float) -> list[Address]:
    try:
        addresses = _resolvers.submit(resolve, host, HTTPS_PORT).result(_left(deadline))
    except TooSlow:
        raise NoDocument(f"{host} is not resolved in time") from None
    for address in addresses:
        if (reason := why_not_public(address)) is not None:
            raise NoDocument(f"{host} {reason}")
    if not addresses:
        raise NoDocument(f"{host} has no address")
    return addresses


def _request(host: str, path: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Accept: application/json, application/*+json",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _document(response: HTTPResponse) -> Document:
    if response.status != 200:
        raise NoDocument(f"status {response.status}")
    kind = response.headers.get_content_type()
    if kind != "application/json" and not re.fullmatch(r"application/[\w.-]+\+json", kind):
        raise NoDocument(f"not JSON but {kind[:80]}")
    body = response.read(MAX_DOCUMENT_BYTES + 1)
    if len(body) > MAX_DOCUMENT_BYTES:
        raise NoDocument(f"more than {MAX_DOCUMENT_BYTES} bytes")
    members = json.loads(body)
    if not isinstance(members, dict):
        raise NoDocument("not a JSON object")
    return Document(members, _fresh_for(response.headers.get("Cache-Control", "")))


def _fresh_for(cache_control: str) -> int:
    match = _MAX_AGE.search(cache_control)
    wanted = int(match[1]) if match else MAX_FRESH_SECONDS
    if re.search(r"no-(store|cache)", cache_control, re.IGNORECASE):
        wanted = MIN_FRESH_SECONDS
    return max(MIN_FRESH_SECONDS, min(wanted, MAX_FRESH_SECONDS))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NoDocument("no answer in time")
    return left


class _Bounded(io.RawIOBase):
    """What `HTTPResponse` reads from: a socket that stops at the deadline and at the byte limit,
    however slowly the bytes drip."""

    def __init__(self, source: ssl.SSLSocket, deadline: float) -> None:
        self._source = source
        self._deadline = deadline
        self._room = MAX_READ_BYTES

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, buffer_size=4096)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._room <= 0:
            raise NoDocument(f"more than {MAX_READ_BYTES} bytes")
        self._source.settimeout(_left(self._deadline))
        with memoryview(buffer) as view:
            count = self._source.recv_into(view[: self._room])
        self._room -= count
        return count
