"""Times as people read them, in the time zone in force. Source: design, section 8."""

from datetime import datetime

from django.utils import timezone

MINUTE, HOUR, DAY = 60, 3600, 86400
DAYS_OF_WEEK = 7
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTH_NAMES = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_LONG_UNITS = ((730, 365.25, "years"), (84, 30.44, "months"), (14, 7, "weeks"), (0, 1, "days"))
"""From how many days on a unit is used, and how many of them it has."""


def moment(at: datetime, now: datetime) -> str:
    """ "4 min ago" in the last hour, else the clock time with as much of the date as needed."""
    seconds = (now - at).total_seconds()
    if 0 <= seconds < MINUTE:
        return "just now"
    if 0 <= seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    return clock(at, now)


def clock(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """ "Today, 02:14", "Yesterday, 18:02", "Tue 02:02" within a week either way, else the date."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    days = (local.date() - today).days
    if days in (0, -1):
        return f"{'Today' if days == 0 else 'Yesterday'}, {time}"
    if abs(days) < DAYS_OF_WEEK:
        return f"{DAY_NAMES[local.weekday()]} {time}"
    date = f"{local.day} {MONTH_NAMES[local.month - 1]}"
    return date if local.year == today.year else f"{date} {local.year}"


def full_date(at: datetime) -> str:
    """ "17 February 2027" """
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y}"


def until(at: datetime, now: datetime) -> str:
    """ "in 25 min", "in 16 h", "in 4 days", "in 6 weeks", "in 10 years"; "now" for what is due."""
    seconds = (at - now).total_seconds()
    if seconds < MINUTE:
        return "now"
    if seconds < HOUR:
        return f"in {int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"in {round(seconds / HOUR)} h"
    days = seconds / DAY
    size, word = next((size, word) for least, size, word in _LONG_UNITS if days >= least)
    return f"in {round(days / size)} {word}"


def exact(at: datetime) -> str:
    """ "19 Nov 2026, 02:14:19 CET (Europe/Berlin)" """
    local = timezone.localtime(at)
    date = f"{local.day} {MONTH_NAMES[local.month - 1]} {local.year}"
    zone, name = timezone.get_current_timezone_name(), local.tzname()
    return f"{date}, {local:%H:%M:%S} {name}" + (f" ({zone})" if zone != name else "")


def log_time(at: datetime) -> str:
    """ "02:14:19.102" """
    local = timezone.localtime(at)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
