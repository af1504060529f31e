"""The functions on dates, in plain Python."""

import calendar
import datetime
from zoneinfo import ZoneInfo

from tests.engine.reference.samples import (
    DAY,
    DAYS,
    MOMENT,
    MOMENTS,
    Sample,
    one,
    strict,
    two,
)

EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
SECOND = datetime.timedelta(seconds=1)
STEPS = {
    "week": datetime.timedelta(7), "day": datetime.timedelta(1),
    "hour": 3600 * SECOND, "minute": 60 * SECOND, "second": SECOND,
}  # fmt: skip
MONTHS = {"year": 12, "quarter": 3, "month": 1}


def moment(value):
    if isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.combine(value, datetime.time())


def is_plain_date(value):
    return not isinstance(value, datetime.datetime)


def quarter(value):
    return (value.month - 1) // 3 + 1


def begin(unit, value):
    """The beginning of the unit, as a datetime."""
    at = moment(value)
    if unit == "year":
        return moment(at.date().replace(month=1, day=1))
    if unit == "quarter":
        return moment(at.date().replace(month=3 * quarter(at) - 2, day=1))
    if unit == "month":
        return moment(at.date().replace(day=1))
    if unit == "week":
        return moment(at.date() - datetime.timedelta(at.weekday()))
    if unit == "day":
        return moment(at.date())
    kept = {"hour": {"minute": 0, "second": 0}, "minute": {"second": 0}, "second": {}}[unit]
    return at.replace(microsecond=0, **kept)


def as_given(unit, value, result):
    """A date stays a date for calendar units."""
    stays = is_plain_date(value) and unit in ("year", "quarter", "month", "week", "day")
    return result.date() if stays else result


def add_months(at, count):
    month = at.year * 12 + at.month - 1 + count
    year, month = divmod(month, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def added(unit, count, value):
    at = moment(value)
    made = add_months(at, MONTHS[unit] * count) if unit in MONTHS else at + STEPS[unit] * count
    return as_given(unit, value, made)


def boundaries(unit, start, end):
    first, last = begin(unit, start), begin(unit, end)
    if unit in MONTHS:
        apart = (last.year * 12 + last.month) - (first.year * 12 + first.month)
        return apart // MONTHS[unit]
    return (last - first) // STEPS[unit]


def whole(unit, start, end):
    first, last = moment(start), moment(end)
    if first > last:
        return -whole(unit, end, start)
    if unit in STEPS:
        return (last - first) // STEPS[unit]
    count = 0
    while add_months(first, (count + 1) * MONTHS[unit]) <= last:
        count += 1
    return count


def weekdays(start, end):
    if start > end:
        return -weekdays(end, start)
    days = (end - start).days
    return sum((start + datetime.timedelta(n)).weekday() < 5 for n in range(days))


def floor_time(at, seconds):
    if seconds < 1:
        return None
    passed = (at - EPOCH) // SECOND
    return EPOCH + passed // seconds * seconds * SECOND


def in_zone(zone):
    return lambda at: (
        at.replace(tzinfo=datetime.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    )


def from_zone(zone):
    return lambda at: (
        at.replace(tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC).replace(tzinfo=None)
    )


def parsed(text):
    try:
        return datetime.datetime.strptime(text, "%d.%m.%Y")  # noqa: DTZ007
    except ValueError:
        return None


def both(name, function):
    return [one(name, DAY, function), one(name, MOMENT, function)]


NEAR = ("date", DAYS[:9])
TIMES = ("datetime", MOMENTS[:8])
AMOUNTS = ("long", [None, 0, 1, -1, 12, -13])
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
CLOCKS = ("datetime", [
    None if text is None else datetime.datetime.fromisoformat(text)
    for text in (None, "2024-03-31 00:59:59", "2024-03-31 01:00:00", "2024-10-27 00:30:00",
                 "2024-10-27 01:00:00", "2024-06-01 12:00:00", "2024-12-31 23:59:59")
])  # fmt: skip
LOCAL = ("datetime", [
    None if text is None else datetime.datetime.fromisoformat(text)
    for text in (None, "2024-03-31 01:59:59", "2024-03-31 02:30:00", "2024-03-31 03:00:00",
                 "2024-11-03 01:30:00", "2024-03-10 02:15:00", "2024-10-27 02:30:00",
                 "2024-04-07 01:45:00",
                 "2024-06-01 12:00:00", "2024-12-31 23:59:59")
])  # fmt: skip
YEARS = ("long", [None, 1970, 2023, 2024])
SECONDS = ("double", [None, 0.0, 1.5, -1.5, 86400.0, 1e9])
MILLIS = ("long", [None, 0, 1, -1, 1500, 10**12])
WRITTEN = ("string", [None, "", "28.02.2013", "29.02.2013", "31.12.1999", "2013-02-28", "O'B"])
FORMAT = "%Y-%m-%d %H:%M:%S"

DATES = {
    "year": both("year", lambda a: a.year),
    "quarter": both("quarter", quarter),
    "month": both("month", lambda a: a.month),
    "week": both("week", lambda a: a.isocalendar().week),
    "day": both("day", lambda a: a.day),
    "hour": both("hour", lambda a: moment(a).hour),
    "minute": both("minute", lambda a: moment(a).minute),
    "second": both("second", lambda a: moment(a).second),
    "millisecond": both("millisecond", lambda a: moment(a).microsecond // 1000),
    "isodow": both("isodow", lambda a: a.isoweekday()),
    "isoyear": both("isoyear", lambda a: a.isocalendar().year),
    "dayofyear": both("dayofyear", lambda a: a.timetuple().tm_yday),
    "date_trunc": [
        Sample(f"date_trunc('{unit}', a)", {"a": column},
               strict(lambda a, unit=unit: as_given(unit, a, begin(unit, a))))
        for unit in UNITS for column in (DAY, MOMENT)
    ],
    "date_diff": [
        Sample(f"date_diff('{unit}', a, b)", {"a": first, "b": second},
               strict(lambda a, b, unit=unit: boundaries(unit, a, b)))
        for unit in UNITS for first, second in ((NEAR, NEAR), (TIMES, TIMES), (NEAR, TIMES))
    ],
    "whole_diff": [
        Sample(f"whole_diff('{unit}', a, b)", {"a": first, "b": second},
               strict(lambda a, b, unit=unit: whole(unit, a, b)))
        for unit in UNITS for first, second in ((NEAR, NEAR), (TIMES, TIMES), (NEAR, TIMES))
    ],
    "date_add": [
        Sample(f"date_add('{unit}', b, a)", {"a": column, "b": AMOUNTS},
               strict(lambda a, b, unit=unit: added(unit, b, a)))
        for unit in UNITS for column in (DAY, MOMENT)
    ],
    "last_day": both("last_day", lambda a: datetime.date(
        a.year, a.month, calendar.monthrange(a.year, a.month)[1])),
    "days_in_month": both("days_in_month", lambda a: calendar.monthrange(a.year, a.month)[1]),
    "is_leap_year": both("is_leap_year", lambda a: calendar.isleap(a.year)),
    "is_weekend": both("is_weekend", lambda a: a.isoweekday() > 5),
    "weekdays_between": [two("weekdays_between", NEAR, NEAR, weekdays)],
    "month_name": both("month_name", lambda a: a.strftime("%B")),
    "day_name": both("day_name", lambda a: a.strftime("%A")),
    "make_date": [Sample("make_date(a, 2, b)", {"a": YEARS, "b": ("long", [None, 1, 28])},
                         strict(lambda a, b: datetime.date(a, 2, b)))],
    "make_timestamp": [
        Sample("make_timestamp(a, 12, 31, 23, 59, b)",
               {"a": YEARS, "b": ("double", [None, 0.0, 59.5])},
               strict(lambda a, b: datetime.datetime(a, 12, 31, 23, 59, int(b),  # noqa: DTZ001
                                                     round(b % 1 * 10**6)))),
    ],
    "strftime": [Sample(f"strftime(a, '{FORMAT} %j %A %B')", {"a": column},
                        strict(lambda a: moment(a).strftime(f"{FORMAT} %j %A %B")))
                 for column in (DAY, MOMENT)],
    "strptime": [Sample("strptime(a, '%d.%m.%Y')",
                        {"a": ("string", [None, "28.02.2013", "31.12.1999"])}, strict(parsed))],
    "try_strptime": [Sample("try_strptime(a, '%d.%m.%Y')", {"a": WRITTEN}, strict(parsed))],
    "to_iso": both("to_iso", lambda a: moment(a).replace(microsecond=0).isoformat() + "Z"),
    "epoch": both("epoch", lambda a: (moment(a) - EPOCH) // SECOND),
    "epoch_ms": both("epoch_ms", lambda a: (moment(a) - EPOCH) // (SECOND / 1000)),
    "from_epoch": [one("from_epoch", SECONDS, lambda a: EPOCH + SECOND * a)],
    "from_epoch_ms": [one("from_epoch_ms", MILLIS, lambda a: EPOCH + SECOND * a / 1000)],
    "floor_time": [two("floor_time", MOMENT, ("long", [None, 1, 300, 3600, 86400, 0, -1]),
                       floor_time)],
    "in_zone": [Sample(f"in_zone(a, '{zone}')", {"a": CLOCKS}, strict(in_zone(zone)))
                for zone in ZONES],
    "from_zone": [Sample(f"from_zone(a, '{zone}')", {"a": LOCAL}, strict(from_zone(zone)))
                  for zone in ZONES],
    "time_of_day": both("time_of_day", lambda a: moment(a).time()),
    "now": [Sample("now()", {"a": DAY}, lambda a: datetime.datetime.fromisoformat(
        "2024-05-06T07:08:09"))],
    "today": [Sample("today()", {"a": DAY}, lambda a: datetime.date(2024, 5, 6))],
}  # fmt: skip
