"""Long lists of pages: fifty rows by key, with the way to the newer and the older ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from common.paging import decode_cursor, encode_cursor, take_page
from dashboard.figures import number

PAGE_SIZE = 50
COUNT_LIMIT = 10_000

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class KeyPage(Generic[M]):
    """`newer` and `older` are query strings, None where the list ends."""

    rows: Sequence[M]
    newer: str | None
    older: str | None
    total: str


def key_page(rows: QuerySet[M, Any], request: HttpRequest) -> KeyPage[M]:
    """The page that `?older=` or `?newer=` asks for, of rows ordered by falling key.

    `total` counts all the rows, in words beyond 10,000. Raises InvalidInput for a foreign cursor.
    """
    newer_than, older_than = request.GET.get("newer"), request.GET.get("older")
    if newer_than:
        upward = rows.filter(pk__gt=decode_cursor(newer_than)).order_by("pk")
        page = take_page(upward, limit=PAGE_SIZE, key=_key)
        found, has_newer, has_older = list(reversed(page.items)), page.next_cursor, True
    else:
        left = rows.filter(pk__lt=decode_cursor(older_than)) if older_than else rows
        page = take_page(left, limit=PAGE_SIZE, key=_key)
        found, has_newer, has_older = list(page.items), older_than, page.next_cursor is not None
    return KeyPage(
        found,
        newer=_link(request, "newer", found[0]) if has_newer and found else None,
        older=_link(request, "older", found[-1]) if has_older and found else None,
        total=_total(rows),
    )


def _key(row: Model) -> int:
    return int(row.pk)


def _link(request: HttpRequest, direction: str, row: Model) -> str:
    query = request.GET.copy()
    for name in ("newer", "older"):
        query.pop(name, None)
    query[direction] = encode_cursor(_key(row))
    return f"?{query.urlencode()}"


def _total(rows: QuerySet[M, Any]) -> str:
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    return f"over {number(COUNT_LIMIT)}" if count > COUNT_LIMIT else number(count)
