"""Which IP addresses are simply public, whatever way they are written."""

import ipaddress
import socket
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_CLOUD_INTERNAL: Final = frozenset({ipaddress.ip_address("168.63.129.16")})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host in the order to try; numbers in any spelling are understood."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    texts = dict.fromkeys(str(entry[4][0]) for entry in found)
    return [_plain(ipaddress.ip_address(text)) for text in texts if "%" not in text]


def why_not_public(address: Address) -> str | None:
    """Why an address is not simply public, as the end of a sentence; None when it is."""
    if address.is_loopback or address.is_unspecified:
        return "is this machine itself"
    if address.is_link_local or address in _CLOUD_INTERNAL:
        return "is a link-local or metadata address"
    if address.is_multicast:
        return "is a multicast address"
    if address.version == 6 and address.is_site_local:
        return "is an address of a private or reserved range"
    if not address.is_global or address.is_reserved:
        return "is an address of a private or reserved range"
    return None


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    wrapped = address.ipv4_mapped or address.sixtofour
    if wrapped is not None:
        return wrapped
    if address.teredo is not None:
        return address.teredo[1]
    is_short = address in _COMPATIBLE and int(address) > 0xFFFF
    if address in _NAT64 or is_short:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
