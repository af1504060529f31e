"""A package's whole definition in answers of bounded size: pages of components, then of edges.

A page holds whole components and whole edges; nothing is cut. The cursor names the version it
belongs to, so that pages of two versions are never mixed.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json

from common.errors import Conflict, InvalidInput

MIN_PAGE_BYTES = 10_000

PAGED: Final = ("components", "edges")


@dataclass(frozen=True, slots=True)
class GraphPage:
    """A data_flow_json with some of its components and edges, and the cursor to the next ones."""

    document: dict[str, Any]
    next_cursor: str | None


def graph_page(
    document: dict[str, Any], *, version: int, cursor: str | None, page_bytes: int
) -> GraphPage:
    """The first page, or the one after the cursor, of about `page_bytes` as `sent_bytes` counts
    them. A page holds at least one entry.

    Raises InvalidInput for what is no such cursor, Conflict when the package changed meanwhile.
    """
    start = 0 if cursor is None else _position(cursor, version)
    entries = [(kind, entry) for kind in PAGED for entry in document.get(kind, [])]
    page: dict[str, Any] = {**document, **{kind: [] for kind in PAGED}}
    left = max(page_bytes, MIN_PAGE_BYTES) - sent_bytes(page)
    for position, (kind, entry) in enumerate(entries[start:], start=start):
        left -= sent_bytes(entry)
        if left < 0 and position > start:
            return GraphPage(page, _cursor(position, version))
        page[kind].append(entry)
    return GraphPage(page, None)


def sent_bytes(value: Any) -> int:
    """What a value takes in an answer, where it stands as data and, escaped, as text."""
    plain = to_json(value)
    return len(plain) + len(to_json(plain.decode()))


def _cursor(position: int, version: int) -> str:
    text = json.dumps({"version": version, "position": position}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _position(cursor: str, version: int) -> int:
    try:
        held = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position, of_version = int(held["position"]), int(held["version"])
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise InvalidInput(
            "cursor: not a cursor of this graph; leave it out to start from the beginning"
        ) from None
    if of_version != version:
        raise Conflict(
            f"the package has changed to version_number {version} since the first page; "
            "leave cursor out to start again"
        )
    return max(position, 0)
