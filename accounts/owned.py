"""The one way to reach a row of an account by its id."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from common.errors import NotFound

M = TypeVar("M", bound=Model)

MAX_ID = 2**63 - 1


def get_owned(rows: QuerySet[M], row_id: int, noun: str) -> M:
    """The row with that id among `rows`, which hold one account's own.

    Raises NotFound with the same words for an absent id, another account's, and one that no
    database can hold.
    """
    row = rows.filter(pk=row_id).first() if row_id <= MAX_ID else None
    if row is None:
        raise NotFound(f"{noun} not found")
    return row
