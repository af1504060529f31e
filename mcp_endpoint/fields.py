"""Kinds of values that several tools share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import AfterValidator, Field

from accounts.owned import MAX_ID
from common.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_cursor, take_page
from mcp_endpoint.registry import ToolArgs


def zulu(moment: datetime) -> str:
    """UTC, ISO 8601, whole seconds, ending in Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


Moment = Annotated[datetime, AfterValidator(_whole_seconds)]
"""A time in answers, shown as `zulu` does."""


FilterId = Annotated[int | None, Field(gt=0, le=MAX_ID)]
"""An id that a list is narrowed to; one that no row can have is refused."""


VariableValue = str | int | float | bool
"""A value of a variable as callers may write it."""


def variable_texts(values: Mapping[str, VariableValue] | None) -> dict[str, str]:
    """The texts that the variables hold."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (values or {}).items()
    }


class ListArgs(ToolArgs):
    """Arguments of every list."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Most entries to return.")
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the former page.")

    def after(self) -> int | None:
        """The id below which the page begins. Raises InvalidInput for a cursor none of ours."""
        return None if self.cursor is None else decode_cursor(self.cursor)

    def page(self, rows: QuerySet[Any]) -> Page[Any]:
        """The page asked for, of rows ordered by falling id; stable while new rows come in.

        Raises InvalidInput for a cursor that is none of ours.
        """
        if (after := self.after()) is not None:
            rows = rows.filter(pk__lt=after)
        return take_page(rows[: self.limit + 1], limit=self.limit, key=lambda row: row.pk)
