"""What pages read out of a request."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from common.errors import InvalidInput

MAX_NUMBER_DIGITS = 18


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page, not the browser for the whole."""
    details = HtmxDetails(request)
    return bool(details) and not details.history_restore_request


def number_in(request: HttpRequest, name: str) -> int | None:
    """The number in the query of the address, None when absent.

    Raises InvalidInput for anything else than decimal digits.
    """
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_NUMBER_DIGITS:
        raise InvalidInput(f"{name}: '{text[:40]}' is not a number")
    return int(text)
