"""What stands between the bridge and the product on a bad day: it delays, refuses, breaks off.

Messages without a prepared reply are passed on to the product as they are.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.services.daemons import HOST

GONE_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """`pieces` are written one after the other, each after `pause` seconds."""

    status: int = 200
    pieces: tuple[bytes, ...] = (b"",)
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    pause: float = 0

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> "Reply":
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        content = (json.dumps(value).encode(),)
        return cls(status, content, {"Content-Type": "application/json", **named})


class PassedOn:
    """The reply is the product's, `delay` seconds late."""

    def __init__(self, delay: float = 0) -> None:
        self.delay = delay


class NoReply:
    """Nothing is said until the other side hangs up."""


class BrokenOff:
    """The connection ends in place of a reply."""


Answer = Reply | PassedOn | NoReply | BrokenOff


@dataclass
class Edge:
    """`seen` are the requests that came: headers with small names, and the message."""

    reply: Callable[[Any], Answer] = lambda message: PassedOn()
    target: str = ""
    origin: str = ""
    seen: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    hung_up: threading.Event = field(default_factory=threading.Event)


@contextmanager
def edge(target: str = "") -> Iterator[Edge]:
    """An edge in front of this endpoint; `reply` may be set at any time."""
    place = Edge(target=target)
    handler = type("Handler", (_Handler,), {"edge": place})
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        place.origin = f"http://{HOST}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield place
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    edge: Edge

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        message = json.loads(body)
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.edge.seen.append(({**headers, "path": self.path}, message))
        self.edge.arrived.set()
        reply = self.edge.reply(message)
        match reply:
            case Reply():
                self._write(reply)
            case PassedOn():
                time.sleep(reply.delay)
                self._write(self._from_product(body))
            case NoReply():
                self._await_end()
            case BrokenOff():
                self.close_connection = True

    def _from_product(self, body: bytes) -> Reply:
        target = urlsplit(self.edge.target)
        connection = HTTPConnection(HOST, target.port or 80, timeout=60)
        headers = {name: text for name, text in self.headers.items() if name.lower() != "host"}
        connection.request("POST", target.path, body, headers)
        response = connection.getresponse()
        kind = {"Content-Type": response.headers.get("Content-Type", "")}
        content = response.read()
        connection.close()
        return Reply(response.status, (content,), kind)

    def _write(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(sum(map(len, reply.pieces))))
        self.end_headers()
        for piece in reply.pieces:
            time.sleep(reply.pause)
            self.wfile.write(piece)

    def _await_end(self) -> None:
        self.connection.settimeout(GONE_SECONDS)
        try:
            if self.connection.recv(1, socket.MSG_PEEK) == b"":
                self.edge.hung_up.set()
        except ConnectionError:
            self.edge.hung_up.set()
        self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: a test shows what failed."""
