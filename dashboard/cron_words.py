"""A cron expression in words, for the everyday forms. Source: design, section 8."""

import re

_DAYS = ("Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays")
_DAY_CODES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_STEP = re.compile(r"\*/([1-9]\d?)")


def cron_words(expression: str) -> str | None:
    """ "Every day at 02:00"; None for forms that have no short wording."""
    fields = expression.upper().split()
    if len(fields) != 5:
        return None
    minute, hour, day, month, weekday = fields
    if month != "*":
        return None
    if hour == "*" and day == weekday == "*":
        return _every_hour(minute)
    if _STEP.fullmatch(hour) and minute.isdecimal() and day == weekday == "*":
        return f"Every {hour[2:]} hours, {_past(int(minute))}"
    if not (minute.isdecimal() and hour.isdecimal()):
        return None
    days = _days(day, weekday)
    return days and f"{days} at {int(hour):02d}:{int(minute):02d}"


def _every_hour(minute: str) -> str | None:
    if minute in ("*", "*/1"):
        return "Every minute"
    if step := _STEP.fullmatch(minute):
        return f"Every {step[1]} minutes"
    if not minute.isdecimal():
        return None
    return "Every hour" if int(minute) == 0 else f"{_past(int(minute))} every hour"


def _past(minute: int) -> str:
    return f"{minute} minute{'' if minute == 1 else 's'} past"


def _days(day: str, weekday: str) -> str | None:
    if day == weekday == "*":
        return "Every day"
    if weekday == "*":
        return f"Day {int(day)} of every month" if day.isdecimal() else None
    if day != "*":
        return None
    if weekday in ("1-5", "MON-FRI"):
        return "Weekdays"
    names = [_day_name(code) for code in weekday.split(",")]
    return " and ".join(name for name in names if name) if all(names) else None


def _day_name(code: str) -> str | None:
    if code in _DAY_CODES:
        return _DAYS[_DAY_CODES.index(code)]
    return _DAYS[int(code) % 7] if code.isdecimal() and int(code) <= 7 else None
