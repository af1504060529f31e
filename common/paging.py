"""Pages of a list: a limit, an opaque cursor, one row more than shown, to see if more follow."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from common.errors import InvalidInput

T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next_cursor` is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None


def take_page(rows: Iterable[T], *, limit: int, key: Callable[[T], int]) -> Page[T]:
    """The first `limit` rows. `rows` must be ordered by falling `key`, and may be lazy."""
    found = list(islice(rows, limit + 1))
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], encode_cursor(key(found[limit - 1])))


def encode_cursor(key: int) -> str:
    return base64.urlsafe_b64encode(f"k{key}".encode("ascii")).decode("ascii").rstrip("=")


def decode_cursor(cursor: str) -> int:
    """The key of the last row seen. Raises InvalidInput for text that is no cursor of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if text[:1] != "k" or not text[1:].isdecimal():
            raise ValueError(text)
        return int(text[1:])
    except (ValueError, binascii.Error):
        raise InvalidInput(
            "cursor: not a cursor of this list; leave it out to start from the beginning"
        ) from None
