"""A session with S3 or a server that speaks like it: one client, its calls, and its way out.

The file system of s3fs makes the client; its calls are made directly, because the file system's own
ones hide the store's codes. They run in fsspec's thread, so that whoever waits for one can be told
from another thread to stop waiting at once.

Every connection goes to an address that the reach policy has judged: names are resolved by
`reach.endpoint`, and a socket is made only for addresses that it gave. Nothing is taken from the
environment or the home of the process: no keys, no profile, no proxy, no metadata service.
"""

import asyncio
import concurrent.futures
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import botocore.exceptions
from aiobotocore.session import AioSession
from aiohttp.abc import AbstractResolver, ResolveResult
from fsspec.asyn import get_loop
from s3fs import S3FileSystem

from common.errors import ProductError, UpstreamFailed
from connections.drivers.base import Reach
from connections.drivers.reach import endpoint
from connections.drivers.s3_failures import refused, unreachable

_T = TypeVar("_T")
Client = Any
Work = Callable[[Client], Awaitable[_T]]

USUAL_PORTS: Final = frozenset({80, 443})
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
ATTEMPTS = 3
_CLOSE_SECONDS = 2.0

_NOTHING_OF_THE_PROCESS: Final = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class S3Session:
    """One client. Used from one thread; only `cancel` may come from another."""

    def __init__(
        self, name: str, *, key: str, secret: str, region: str, address: str, reach: Reach
    ) -> None:
        """`address` is the URL of a server that is not AWS, or empty. Nothing is contacted yet.

        Raises what `reach.endpoint` raises.
        """
        parts = urlsplit(address or f"https://s3.{region}.amazonaws.com")
        self.host = parts.netloc
        self._name = name
        port = parts.port or (80 if parts.scheme == "http" else 443)
        self._gate = _Gate(reach)
        self._gate.judged(parts.hostname or "", port)
        self._system = S3FileSystem(
            anon=not key,
            key=key or None,
            secret=secret or None,
            endpoint_url=address or None,
            client_kwargs={"region_name": region},
            config_kwargs=_config(self._gate, is_aws=not address),
            session=AioSession(session_vars=_NOTHING_OF_THE_PROCESS),
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        self._running: set[concurrent.futures.Future[Any]] = set()
        self._client: Client = None

    def call(self, operation: str, place: str, **arguments: object) -> dict[str, Any]:
        """One request. `place` is what it is about, for the text of a refusal."""

        async def work(client: Client) -> dict[str, Any]:
            answer: dict[str, Any] = await getattr(client, operation)(**arguments)
            return answer

        return self.run(work, place)

    def run(self, work: Work[_T], place: str) -> _T:
        """The outcome of several requests. Raises StoreRefused, UpstreamFailed or NotAllowed."""
        return self.outcome(self.start(work), place)

    def start(self, work: Work[_T]) -> "concurrent.futures.Future[_T]":
        """Begin, and let `outcome` wait."""
        future = asyncio.run_coroutine_threadsafe(self._with_client(work), get_loop())
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    def outcome(self, future: "concurrent.futures.Future[_T]", place: str) -> _T:
        """What was begun comes to. Raises as `run` does."""
        try:
            return future.result()
        except (concurrent.futures.CancelledError, asyncio.CancelledError):
            raise UpstreamFailed(f"{self._name}: the work was stopped.") from None
        except BaseExceptionGroup as group:
            raise self._told(group.exceptions[0], place) from None
        except Exception as error:  # noqa: BLE001  every way a call can fail is told in our words
            raise self._told(error, place) from None

    def cancel(self) -> None:
        """Whoever waits for an outcome gets none."""
        for future in list(self._running):
            future.cancel()

    def close(self) -> None:
        """Give the connections back. May be called twice."""
        self.cancel()
        client, self._client = self._client, None
        if client is None:
            return
        closing = asyncio.run_coroutine_threadsafe(client.close(), get_loop())
        with suppress(Exception):
            closing.result(timeout=_CLOSE_SECONDS)

    async def _with_client(self, work: Work[_T]) -> _T:
        if self._client is None:
            self._client = await self._system.set_session()
        return await work(self._client)

    def _told(self, error: BaseException, place: str) -> Exception:
        if isinstance(error, BaseExceptionGroup):
            return self._told(error.exceptions[0], place)
        if isinstance(error, ProductError):
            return error
        if self._gate.refusal is not None:
            return self._gate.refusal
        if isinstance(error, botocore.exceptions.ClientError):
            return refused(self._name, place, error.response)
        if isinstance(error, botocore.exceptions.BotoCoreError | OSError | asyncio.TimeoutError):
            return unreachable(self._name, self.host, error)
        if isinstance(error, Exception):
            return error
        return RuntimeError(str(error))


def _config(gate: "_Gate", *, is_aws: bool) -> dict[str, Any]:
    return {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
        "max_pool_connections": 16,
        "proxies": {},
        "ignore_configured_endpoint_urls": True,
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "s3": {"addressing_style": "auto" if is_aws else "path"},
        "connector_args": {
            "resolver": gate,
            "socket_factory": gate.socket,
            "use_dns_cache": False,
        },
    }


class _Gate(AbstractResolver):
    """Names become judged addresses, and only those become sockets."""

    def __init__(self, reach: Reach) -> None:
        self.refusal: ProductError | None = None
        self._reach = reach
        self._allowed: set[tuple[str, int]] = set()

    def judged(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host that may be used from now on."""
        addresses = endpoint(host, port, self._reach, also_ports=USUAL_PORTS).addresses
        self._allowed.update((address, port) for address in addresses)
        return addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            addresses = await asyncio.to_thread(self.judged, host, port)
        except ProductError as error:
            self.refusal = error
            raise OSError(error.message) from None
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    def socket(self, place: tuple[Any, ...]) -> socket.socket:
        """A socket for an address that aiohttp is about to connect to."""
        family, kind, protocol, _, address = place
        if (address[0], address[1]) not in self._allowed:
            raise OSError(f"the address {address[0]} (port {address[1]}) was not judged")
        return socket.socket(family=family, type=kind, proto=protocol)

    async def close(self) -> None:
        """Nothing is kept open."""
