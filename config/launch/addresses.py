"""Hosts and ports: whether one is free, and whether the server answers there."""

import errno
import http.client
import socket
import time
from urllib.parse import urlsplit

from config.launch.refusal import CannotContinue


def require_free_port(host: str, port: int, *, patience_seconds: float = 0) -> None:
    deadline = time.monotonic() + patience_seconds
    while (problem := port_problem(host, port)) is not None:
        if time.monotonic() >= deadline:
            raise CannotContinue(problem)
        time.sleep(0.1)


def port_problem(host: str, port: int) -> str | None:
    """Why nothing can listen there, or None."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EACCES:
            return f"Port {port} is not open to this user: choose one above 1023 with --port."
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            return f"Host {host} is not an address of this machine: try --host 127.0.0.1."
        return (
            f"Port {port} on {host} is taken by another program: "
            f"stop it, or choose another one, for example --port {port % 65535 + 1}."
        )
    return None


def reachable(host: str) -> str:
    """The address under which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def url_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def answers(host: str, port: int, public_url: str) -> bool:
    """Does the web server answer its health address?"""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(public_url).netloc})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
