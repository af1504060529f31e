"""HTTP to foreign services: every host is judged before it is connected to, and nothing is endless.

An exchange works in a thread of its own, so that a stop or the end of the time ends the wait at
once, whatever the other side does. Connections go to the judged addresses; TLS is checked against
the host's name. Proxies and certificates of the process's surroundings are not used.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import is_connection_dropped

from common.errors import InvalidInput, NotAllowed, ProductError, UpstreamFailed
from connections.drivers.base import Reach
from connections.drivers.failures import first_line
from connections.drivers.reach import endpoint

CONNECT_SECONDS = 10.0
MAX_REDIRECTS = 5
MAX_URL_LENGTH = 8_000
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")

_POLL_SECONDS = 0.05
_CHUNK_BYTES = 65_536
_WEB_PORTS = frozenset({80, 443})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_PRIVATE_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request. `credentials` are headers that never follow a redirect to another origin."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_seconds: float = 60.0
    max_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WebResponse:
    """A whole answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = field(repr=False)

    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8-sig", "replace")


class WebClient:
    """Sends one request after another; `cancel` may come from another thread, for good."""

    def __init__(self, name: str, reach: Reach, ca_certificate: str = "") -> None:
        self._name = name
        self._reach = reach
        self._ca_certificate = ca_certificate
        self._open: dict[Origin, HTTPConnection] = {}
        self._cancelled = threading.Event()

    def send(self, request: WebRequest) -> WebResponse:
        """The answer, whatever its status; redirects of GET and HEAD are followed.

        Raises InvalidInput for what is no URL, NotAllowed for a host that the policy refuses,
        UpstreamFailed when no whole answer comes in time or it is over the size limit.
        """
        exchange = _Exchange(self, request)
        thread = threading.Thread(target=exchange.carry_out, name="http", daemon=True)
        thread.start()
        deadline = time.monotonic() + request.timeout_seconds
        while not exchange.done.wait(_POLL_SECONDS):
            if self._cancelled.is_set():
                exchange.abandon()
                raise UpstreamFailed(f"{self._name}: cancelled.", quotes_outside=False)
            if time.monotonic() > deadline:
                exchange.abandon()
                raise self.late(request)
        if exchange.failure is not None:
            raise exchange.failure
        if exchange.response is None:
            raise UpstreamFailed(f"{self._name}: the exchange ended without an answer.")
        return exchange.response

    def is_cancelled(self, within_seconds: float) -> bool:
        """Whether `cancel` was called, waiting so long for it."""
        return self._cancelled.wait(within_seconds)

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def connection_for(self, origin: Origin) -> tuple[HTTPConnection, bool]:
        """A connection to a judged address, and whether it was used before."""
        kept = self._open.pop(origin, None)
        if kept is not None and kept.sock is not None and not is_connection_dropped(kept):
            return kept, True
        scheme, host, port = origin
        target = endpoint(host, port, self._reach, also_ports=_WEB_PORTS)
        failure: Exception | None = None
        for address in target.addresses:
            connection = self._to_address(scheme, target.host, address, port)
            try:
                connection.connect()
            except (OSError, urllib3.exceptions.HTTPError) as error:
                connection.close()
                failure = error
            else:
                return connection, False
        words = first_line(failure) if failure else "it has no address"
        raise UpstreamFailed(
            f"{self._name}: no connection to {host}, port {port}: {words}", retryable=True
        )

    def keep(self, origin: Origin, connection: HTTPConnection) -> None:
        """Take a connection back whose answer was read to its end."""
        self._open[origin] = connection

    def failed(self, url: str, error: Exception) -> UpstreamFailed:
        return UpstreamFailed(
            f"{self._name}: {shown(url)} broke off: {first_line(error)}", retryable=True
        )

    def late(self, request: WebRequest) -> UpstreamFailed:
        seconds = f"{request.timeout_seconds:g}"
        return UpstreamFailed(
            f"{self._name}: {shown(request.url)} gave no whole answer within {seconds} s.",
            retryable=True,
        )

    def _to_address(self, scheme: str, host: str, address: str, port: int) -> HTTPConnection:
        if scheme == "http":
            return HTTPConnection(address, port, timeout=CONNECT_SECONDS)
        return HTTPSConnection(
            address,
            port,
            timeout=CONNECT_SECONDS,
            server_hostname=host,
            assert_hostname=host,
            ssl_context=_context(self._ca_certificate),
        )


class _Exchange:
    """One request and its answer, redirects included; `abandon` makes its thread end."""

    def __init__(self, client: WebClient, request: WebRequest) -> None:
        self._client = client
        self._request = request
        self._connection: HTTPConnection | None = None
        self._is_abandoned = False
        self.done = threading.Event()
        self.response: WebResponse | None = None
        self.failure: ProductError | None = None

    def carry_out(self) -> None:
        request = self._request
        try:
            self.response = self._follow(request)
        except ProductError as error:
            self.failure = error
        except (TimeoutError, urllib3.exceptions.TimeoutError):
            self.failure = self._client.late(request)
        except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            self.failure = self._client.failed(request.url, error)
        finally:
            self.done.set()

    def abandon(self) -> None:
        self._is_abandoned = True
        connection = self._connection
        if connection is not None and isinstance(connection.sock, socket.socket):
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _follow(self, request: WebRequest) -> WebResponse:
        url = request.url
        first = origin_of(url)
        for _ in range(MAX_REDIRECTS + 1):
            is_home = origin_of(url) == first
            response = self._once(url, is_home)
            place = response.headers.get("location")
            is_redirect = response.status in _REDIRECTS and place is not None
            if not is_redirect or request.method not in _SAFE_METHODS:
                return response
            following = urljoin(url, place or "")
            if first[0] == "https" and origin_of(following)[0] != "https":
                raise NotAllowed("A redirect from https to http is not followed.")
            url = following
        raise UpstreamFailed(f"{shown(request.url)} redirects more than {MAX_REDIRECTS} times.")

    def _once(self, url: str, is_home: bool) -> WebResponse:
        origin = origin_of(url)
        self._connection, was_used = self._client.connection_for(origin)
        try:
            response = self._ask(origin, url, is_home)
        except (OSError, urllib3.exceptions.HTTPError):
            self._connection.close()
            if not was_used or self._request.method not in _SAFE_METHODS or self._is_abandoned:
                raise
            self._connection, _ = self._client.connection_for(origin)
            response = self._ask(origin, url, is_home)
        if response.headers.get("connection", "").lower() == "close":
            self._connection.close()
        else:
            self._client.keep(origin, self._connection)
        return response

    def _ask(self, origin: Origin, url: str, is_home: bool) -> WebResponse:
        request, connection = self._request, self._connection
        if connection is None or self._is_abandoned:
            raise OSError("abandoned")
        connection.timeout = request.timeout_seconds
        headers = {"User-Agent": "pipelines", "Accept-Encoding": "gzip", **request.headers}
        if is_home:
            headers |= request.credentials
        else:
            headers = {k: v for k, v in headers.items() if k.lower() not in _PRIVATE_HEADERS}
        headers["Host"] = _host_header(origin)
        connection.request(
            request.method,
            _target(url),
            body=request.body,
            headers=headers,
            preload_content=False,
        )
        answer = connection.getresponse()
        return WebResponse(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=self._body(answer, url),
            url=url,
        )

    def _body(self, answer: urllib3.HTTPResponse, url: str) -> bytes:
        body = bytearray()
        for chunk in answer.stream(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if self._is_abandoned:
                raise OSError("abandoned")
            if len(body) > self._request.max_bytes:
                raise UpstreamFailed(
                    f"{shown(url)} answers with more than {self._request.max_bytes:,} bytes.",
                    quotes_outside=True,
                )
        return bytes(body)


def origin_of(url: str) -> Origin:
    """Scheme, host and port. Raises InvalidInput for what is no http or https URL."""
    if len(url) > MAX_URL_LENGTH or not url.isprintable() or " " in url:
        raise InvalidInput(
            f"The URL {shown(url[:200])} is too long, or holds spaces or control characters."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput("The URL cannot be read.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"The URL must begin with http:// or https://, not {shown(url)[:80]}.")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("The URL may not hold a user name or password; use a connection.")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def check_header(name: str, value: str) -> None:
    """Raises InvalidInput for a header that could change the shape of a request."""
    if not name or not name.isascii() or not all(c.isalnum() or c in "-_." for c in name):
        raise InvalidInput(f"'{name[:80]}' cannot name a header.")
    if not value.isprintable() or not value.isascii():
        raise InvalidInput(f"The value of the header {name[:80]} holds characters it may not hold.")


def shown(url: str) -> str:
    """A URL for messages: not too long, and without what may hold secrets."""
    return without_query(url)[:200]


def without_query(url: str) -> str:
    """A URL without query and user, which may hold secrets."""
    bare = url.split("?", 1)[0].split("#", 1)[0]
    scheme, found, rest = bare.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else bare


def _host_header(origin: Origin) -> str:
    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if scheme == "https" else 80) else f"{name}:{port}"


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


@cache
def _context(ca_certificate: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=ca_certificate or None)
    except ssl.SSLError:
        raise InvalidInput("ca_certificate: is no certificate in PEM form.") from None
