"""Where drivers may connect to: a host is resolved once, judged, and used by its address.

Refused are addresses that are not public (loopback, link-local with the metadata services of
clouds, private ranges, multicast and the rest of the special ones) in every way of writing them,
ports of other protocols, and the product's own services. The operator allows exceptions by the
setting CONNECTION_ALLOW_HOSTS. Connections are made to the addresses that were judged, so a name
that resolves to something else a moment later gains nothing.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.addresses import Address, resolve, why_not_public
from common.errors import InvalidInput, NotAllowed, UpstreamFailed
from connections.drivers.base import Reach

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_ADDRESSES = 8
"""Most addresses of one host that are tried."""

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?")
_FOREIGN_PORTS: Final = frozenset(
    {21, 22, 23, 25, 53, 69, 80, 110, 111, 135, 139, 143, 389, 443, 445, 465, 514, 587, 636, 993}
    | {995, 2049, 2375, 2376, 2379, 2380, 4369, 5671, 5672, 6379, 6443, 8500, 9200, 9300, 10250}
    | {11211, 15672}
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A judged host: what a person calls it, and the addresses to use instead of its name."""

    host: str
    port: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Exception:
    """One entry of the setting: a name, an address or a network; `port` None is every port."""

    target: str | Network
    port: int | None

    def covers(self, host: str, address: Address, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if isinstance(self.target, str):
            return self.target == host
        return address.version == self.target.version and address in self.target


def endpoint(
    host: str, port: int, reach: Reach, *, also_ports: frozenset[int] = frozenset()
) -> Endpoint:
    """The addresses that may be connected to. `also_ports` belong to the protocol that is asked.

    Raises InvalidInput for what is no host, UpstreamFailed for a name without address, NotAllowed
    for what the policy refuses. No text tells what stands behind the address.
    """
    name = _checked_name(host)
    addresses = resolve(name, port)
    if not addresses:
        words = f"The host {name} has no address. Check its name."
        raise UpstreamFailed(words, retryable=True, quotes_outside=False)
    exceptions = [_exception(entry) for entry in reach.allowed_hosts]
    own = _own_endpoints(reach.own_services)
    for address in addresses:
        covering = [rule for rule in exceptions if rule.covers(name.casefold(), address, port)]
        is_foreign_port = port in _FOREIGN_PORTS - also_ports
        is_own = (address, port) in own
        _judge(name, port, address, covering, is_own=is_own, is_foreign_port=is_foreign_port)
    return Endpoint(name, port, tuple(str(address) for address in addresses[:MAX_ADDRESSES]))


def _checked_name(host: str) -> str:
    name = host.strip()
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    if ":" in name and "%" not in name:
        try:
            return str(ipaddress.IPv6Address(name))
        except ValueError:
            raise _not_a_host(host) from None
    if not _NAME.fullmatch(name):
        raise _not_a_host(host)
    return name


def _not_a_host(host: str) -> InvalidInput:
    return InvalidInput(
        f"host: '{host[:80]}' is not a host name or an IP address. Sockets, lists of hosts and"
        " zones are not accepted.",
        quotes_outside=False,
    )


def _judge(
    host: str,
    port: int,
    address: Address,
    covering: list[_Exception],
    *,
    is_own: bool,
    is_foreign_port: bool,
) -> None:
    names_port = any(rule.port is not None for rule in covering)
    if is_own and not names_port:
        raise _refused(host, port, "is a service of this installation itself")
    if is_foreign_port and not names_port:
        raise _refused(host, port, "uses a port that belongs to another protocol")
    if not covering and (reason := why_not_public(address)) is not None:
        raise _refused(host, port, reason)


def _refused(host: str, port: int, reason: str) -> NotAllowed:
    return NotAllowed(
        f"The host {host} (port {port}) {reason}, so connections to it are refused. The operator"
        " can allow it with the setting CONNECTION_ALLOW_HOSTS (host, host:port or network).",
        quotes_outside=False,
    )


def _own_endpoints(services: Iterable[tuple[str, int]]) -> frozenset[tuple[Address, int]]:
    return frozenset((address, port) for host, port in services for address in resolve(host, port))


def _exception(entry: str) -> _Exception:
    """Raises InvalidInput for an entry that cannot be read."""
    text = entry.strip()
    target, port = _split_port(text)
    try:
        return _Exception(ipaddress.ip_network(target, strict=False), port)
    except ValueError:
        pass
    if "/" in target or not _NAME.fullmatch(target):
        raise InvalidInput(f"CONNECTION_ALLOW_HOSTS: '{text}' is no host, host:port or network.")
    return _Exception(target.casefold(), port)


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, _port(rest[1:]) if rest.startswith(":") else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, _port(port)
    return text, None


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise InvalidInput(f"CONNECTION_ALLOW_HOSTS: '{text}' is no port.")
    return int(text)
