"""Where an authorization code may be sent: what may be registered, and what matches it.

Source: RFC 9700, 2.1; RFC 8252, 7 (loopback on any port, private-use schemes).
"""

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse
from oauth2_provider.http import OAuth2ResponseRedirect

MAX_LENGTH: Final = 2000
LOOPBACK: Final = "loopback"
"""The identity of every program on the person's own machine."""

# Neither quotes nor anything that a shell or a header might read as more than an address.
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!&+,=%]+")
_HTTPS_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE)
_LOOPBACK_URI = re.compile(
    r"http://(?P<host>localhost|127\.0\.0\.1|\[::1\])(:(?P<port>\d{1,5}))?(?P<rest>([/?].*)?)"
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,62}")
_REFUSED_SCHEMES: Final = frozenset(
    {"javascript", "data", "file", "vbscript", "blob", "about", "filesystem", "view-source"}
    | {"http", "https", "ws", "wss", "ftp", "intent", "mailto", "tel"}
)
_OUR_PARAMETERS: Final = frozenset({"code", "state", "iss", "error", "error_description"})


def is_acceptable(uri: object) -> bool:
    """Whether a client may register the address."""
    if not isinstance(uri, str) or len(uri) > MAX_LENGTH or not _CHARACTERS.fullmatch(uri):
        return False
    if {name for name, _ in parse_qsl(uri.partition("?")[2])} & _OUR_PARAMETERS:
        return False
    if is_loopback(uri):
        return True
    scheme, colon, rest = uri.partition(":")
    if scheme == "https":
        authority = re.split(r"[/?]", rest[2:], maxsplit=1)[0] if rest.startswith("//") else ""
        return bool(_HTTPS_HOST.fullmatch(authority)) and ".." not in authority
    named = bool(colon and rest.strip("/")) and "@" not in rest.partition("?")[0]
    return named and bool(_SCHEME.fullmatch(scheme)) and scheme not in _REFUSED_SCHEMES


def is_loopback(uri: str) -> bool:
    return _LOOPBACK_URI.fullmatch(uri) is not None


def matches(asked: str, registered: list[str]) -> bool:
    """Whether a code may be sent to `asked`: equal to a registered one, but for a loopback port."""
    if not is_acceptable(asked):
        return False
    return any(_without_port(asked) == _without_port(one) for one in registered)


def origin_of(uri: str) -> str:
    """Who receives the code, as a person is shown it."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def is_web_page(uri: str) -> bool:
    """Whether it is an address that anyone on the net can own."""
    return uri.startswith("https:")


def identity_of(uri: str) -> str:
    """The host that tells two clients of one name apart; loopback counts as one."""
    return LOOPBACK if is_loopback(uri) else origin_of(uri).removeprefix("https://")[:255]


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The address with parameters added to the query that it has."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"


def redirect_to(uri: str, parameters: dict[str, str]) -> HttpResponse:
    """Send the browser back to the client. The address has been matched before."""
    scheme = uri.partition(":")[0]
    target = with_parameters(uri, parameters)
    response: HttpResponse = OAuth2ResponseRedirect(  # type: ignore[no-untyped-call]
        target, allowed_schemes=[scheme]
    )
    response["Cache-Control"] = "no-store"
    return response


def form_action_of(uri: str) -> str:
    """The source by which `form-action` lets a form lead there.

    Content Security Policy cannot name an IPv6 address or the host of a private-use scheme, so
    those are named by their scheme.
    """
    parts = urlsplit(uri)
    if parts.scheme == "https" or (parts.scheme == "http" and "[" not in parts.netloc):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def _without_port(uri: str) -> tuple[str, ...]:
    match = _LOOPBACK_URI.fullmatch(uri)
    return (match["host"], match["rest"]) if match else (uri,)
