"""Packages with their newest run, for the most frequent question that clients ask.

Plain SQL: the same list through the ORM (packages_app.queries.list_packages and
with_last_run_status, which the pages use) costs more to build than to run. A test holds both to
the same rows.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection
from psycopg.pq import Format

from accounts.models import Account

# The page first, then its runs by their ids: a join on the newest id would read every run there is.
PAGE = """
    SELECT q.*, r.status FROM (
      SELECT p.id, p.name, p.flow_type, p.status, p.workspace_id, w.name AS workspace_name,
             p.version_major || '.' || p.version_minor AS version, p.updated_at,
             (SELECT n.id FROM runs_run n WHERE n.package_id = p.id AND n.child_kind = ''
               ORDER BY n.id DESC LIMIT 1) AS last_run_id
        FROM packages_app_package p
        LEFT JOIN accounts_workspace w ON w.id = p.workspace_id
       WHERE p.account_id = %s{narrowed}
       ORDER BY p.id DESC LIMIT %s
    ) q LEFT JOIN runs_run r ON r.id = q.last_run_id ORDER BY q.id DESC
"""
FILTERS = {
    "status": " AND p.status = %s",
    "flow_type": " AND p.flow_type = %s",
    "workspace_id": " AND p.workspace_id = %s",
    "before_id": " AND p.id < %s",
}


class PackageRow(NamedTuple):
    """A package as a list shows it; the last run is its newest top-level one."""

    id: int
    name: str
    flow_type: str
    status: str
    workspace_id: int | None
    workspace_name: str | None
    version: str
    updated_at: datetime
    last_run_id: int | None
    last_run_status: str | None


def package_rows(*, account: Account, limit: int, **filters: str | int | None) -> list[PackageRow]:
    """The account's packages, newest first. A filter of FILTERS left at None does not filter."""
    given = {name: value for name, value in filters.items() if value is not None}
    within = sorted(account.limit.workspace_ids) if account.limit else []
    narrowed = "".join(FILTERS[name] for name in given)
    if account.limit is not None:
        marks = ", ".join("%s" for _ in within) or "NULL"
        narrowed += f" AND p.workspace_id IN ({marks})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A time is dearer to read from text than all other columns together.
            cursor.cursor.format = Format.BINARY
        cursor.execute(
            PAGE.format(narrowed=narrowed), [account.pk, *given.values(), *within, limit]
        )
        return [
            PackageRow._make((*columns[:7], _moment(columns[7]), *columns[8:]))
            for columns in cursor.fetchall()
        ]


def _moment(value: datetime | str) -> datetime:
    """SQLite keeps times as text, in UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
