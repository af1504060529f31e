"""Cron expressions: five fields, names, and the usual aliases.

A local time that a clock change skips fires at the next valid minute, a doubled one fires once.
Source: cron semantics of the product documentation; the arithmetic is cronsim's.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from common.errors import InvalidInput

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
HORIZON = timedelta(days=5 * 366)


def next_run_at(expression: str, timezone: str, after: datetime) -> datetime:
    """The first due time after `after`, in UTC.

    Raises InvalidInput for a malformed expression, an unknown zone, or no firing within 5 years.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput(f"timezone: '{timezone}' is not an IANA time zone name") from None
    fields = ALIASES.get(expression.strip().lower(), expression)
    if len(fields.split()) != 5:
        raise InvalidInput(f"cron: '{expression}' needs five fields, such as '0 2 * * *'")
    try:
        due = next(CronSim(fields, after.astimezone(zone)))
    except CronSimError:
        raise InvalidInput(
            f"cron: '{expression}' is not a cron expression; an example is '0 2 * * MON'"
        ) from None
    except StopIteration:
        due = None
    if due is None or due.astimezone(UTC) - after > HORIZON:
        raise InvalidInput(f"cron: '{expression}' never comes due within 5 years")
    return due.astimezone(UTC)
