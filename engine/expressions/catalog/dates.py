"""Functions on dates and datetimes. A datetime has no zone and is taken as UTC."""

from functools import partial
from typing import Final

from engine.expressions.catalog.moments import (
    date_add,
    date_diff,
    date_trunc,
    from_zone,
    in_zone,
    whole_diff,
)
from engine.expressions.rows import Spelled, row

_date = partial(row, "date")

_EPOCH = "CAST('1970-01-01' AS TIMESTAMP)"
_DAYS = "CAST(CAST({0} AS DATE) - CAST('0001-01-01' AS DATE) AS BIGINT)"
_WEEKDAYS = "(({0} // 7) * 5 + least({0} % 7, 5))"

DATES: Final = (
    *(
        _date(f"{name}(time: time) -> long", f"CAST({name}($time) AS BIGINT)",
              (f"{name}({example})", value), note=note)
        for name, example, value, note in (
            ("year", "DATE '2013-02-28'", 2013, ""),
            ("quarter", "DATE '2013-12-31'", 4, ""),
            ("month", "DATE '2013-02-28'", 2, ""),
            ("week", "DATE '2013-01-01'", 1, "ISO week"),
            ("day", "DATE '2013-02-28'", 28, ""),
        )
    ),
    *(
        _date(f"{name}(datetime: datetime) -> long", f"CAST({name}($datetime) AS BIGINT)",
              (f"{name}(TIMESTAMP '2013-01-01 17:05:09')", value), note=note)
        for name, value, note in (
            ("hour", 17, ""), ("minute", 5, ""), ("second", 9, "whole seconds"),
        )
    ),
    _date("millisecond(datetime: datetime) -> long",
          "CAST(millisecond($datetime) % 1000 AS BIGINT)",
          ("millisecond(TIMESTAMP '2013-01-01 17:05:09.25')", 250), note="0 to 999"),
    _date("isodow(time: time) -> long", "CAST(isodow($time) AS BIGINT)",
          ("isodow(DATE '2024-01-07')", 7), note="Monday 1 to Sunday 7"),
    _date("isoyear(time: time) -> long", "CAST(isoyear($time) AS BIGINT)",
          ("isoyear(DATE '2021-01-01')", 2020), note="the year that the ISO week belongs to"),
    _date("dayofyear(time: time) -> long", "CAST(dayofyear($time) AS BIGINT)",
          ("dayofyear(DATE '2013-02-01')", 32)),
    _date("date_trunc(unit: unit, time: time) -> datetime", date_trunc,
          ("strftime(date_trunc('month', DATE '2013-02-28'), '%Y-%m-%d')", "2013-02-01"),
          note="a date stays a date for units from day up; weeks begin on Monday"),
    _date("date_diff(unit: unit, start: time, end: time) -> long", date_diff,
          ("date_diff('month', DATE '2013-01-31', DATE '2013-02-01')", 1),
          note="counts the unit boundaries between the two"),
    _date("whole_diff(unit: unit, start: time, end: time) -> long", whole_diff,
          ("whole_diff('month', DATE '2013-01-31', DATE '2013-02-01')", 0),
          note="whole units that have passed: the most that can be added to the start, a month's"
          " end staying one, without passing the end"),
    _date("date_add(unit: unit, amount: int, time: time) -> datetime", date_add,
          ("strftime(date_add('month', 1, DATE '2024-01-31'), '%Y-%m-%d')", "2024-02-29"),
          note="a date stays a date for units from day up; a day that a month lacks becomes its"
          " last"),
    _date("last_day(time: time) -> date", "CAST(last_day($time) AS DATE)",
          ("strftime(last_day(DATE '2013-02-01'), '%d')", "28"), note="of the month"),
    _date("days_in_month(time: time) -> long", "CAST(day(last_day($time)) AS BIGINT)",
          ("days_in_month(DATE '2024-02-01')", 29)),
    _date("is_leap_year(time: time) -> boolean",
          "(year($time) % 4 = 0 AND year($time) % 100 <> 0) OR year($time) % 400 = 0",
          ("is_leap_year(DATE '1900-01-01')", False)),
    _date("is_weekend(time: time) -> boolean", "isodow($time) >= 6",
          ("is_weekend(DATE '2024-01-07')", True), note="Saturday and Sunday"),
    _date("weekdays_between(start: time, end: time) -> long",
          f"CAST({_WEEKDAYS.format(_DAYS.format('$end'))}"
          f" - {_WEEKDAYS.format(_DAYS.format('$start'))} AS BIGINT)",
          ("weekdays_between(DATE '2024-01-05', DATE '2024-01-08')", 1),
          note="days from Monday to Friday, the start counted and the end not; from the year 1"),
    _date("month_name(time: time) -> string", "monthname($time)",
          ("month_name(DATE '2024-01-07')", "January"), note="in English"),
    _date("day_name(time: time) -> string", "dayname($time)",
          ("day_name(DATE '2024-01-07')", "Sunday"), note="in English"),
    _date("make_date(year: int, month: int, day: int) -> date", "make_date($year, $month, $day)",
          ("strftime(make_date(2013, 1, 5), '%Y-%m-%d')", "2013-01-05"),
          note="a day that does not exist stops the run"),
    _date("make_timestamp(year: int, month: int, day: int, hour: int, minute: int,"
          " second: number) -> datetime",
          "make_timestamp($year, $month, $day, $hour, $minute, $second)",
          ("strftime(make_timestamp(2013, 1, 5, 17, 0, 0), '%H:%M')", "17:00"),
          note="a time that does not exist stops the run"),
    _date("strftime(time: time, format: string) -> string", "strftime($time, $format)",
          ("strftime(DATE '2013-02-28', '%d.%m.%Y')", "28.02.2013")),
    _date("strptime(text: string, format: string) -> datetime", "strptime($text, $format)",
          ("year(strptime('28.02.2013', '%d.%m.%Y'))", 2013),
          note="text of another form stops the run"),
    _date("try_strptime(text: string, format: string) -> datetime",
          "try_strptime($text, $format)", ("try_strptime('28.2', '%d.%m.%Y')", None),
          nulls="NULL for NULL and for text of another form"),
    _date("to_iso(time: time) -> string",
          "strftime(CAST($time AS TIMESTAMP), '%Y-%m-%dT%H:%M:%SZ')",
          ("to_iso(DATE '2013-02-28')", "2013-02-28T00:00:00Z"), note="whole seconds"),
    _date("epoch(datetime: datetime) -> long", "CAST(floor(epoch($datetime)) AS BIGINT)",
          ("epoch(TIMESTAMP '1970-01-02 00:00:00.9')", 86400),
          note="whole seconds since 1970, rounded down"),
    _date("epoch_ms(datetime: datetime) -> long",
          "CAST(floor(epoch_us($datetime) / 1000) AS BIGINT)",
          ("epoch_ms(TIMESTAMP '1970-01-01 00:00:01.5')", 1500),
          note="milliseconds since 1970, rounded down"),
    _date("from_epoch(seconds: number) -> datetime",
          f"{_EPOCH} + to_microseconds(CAST(round(CAST($seconds AS DOUBLE) * 1000000) AS BIGINT))",
          ("to_iso(from_epoch(86400))", "1970-01-02T00:00:00Z"),
          note="seconds since 1970, fractions too; infinite ones stop the run"),
    _date("from_epoch_ms(milliseconds: int) -> datetime",
          f"{_EPOCH} + to_milliseconds($milliseconds)",
          ("to_iso(from_epoch_ms(86400000))", "1970-01-02T00:00:00Z")),
    _date("floor_time(datetime: datetime, seconds: int) -> datetime",
          f"{_EPOCH} + to_seconds(CAST(floor(epoch($datetime) / CASE WHEN $seconds > 0"
          " THEN $seconds END) * $seconds AS BIGINT))",
          ("to_iso(floor_time(TIMESTAMP '2024-01-01 10:07:30', 300))", "2024-01-01T10:05:00Z"),
          nulls="NULL for NULL and for seconds below 1",
          note="the last multiple of that many seconds since 1970"),
    _date("in_zone(datetime: datetime, zone: constant) -> datetime", in_zone,
          ("hour(in_zone(TIMESTAMP '2024-06-01 12:00:00', 'Europe/Berlin'))", 14),
          note="what clocks show there at that time of UTC"),
    _date("from_zone(datetime: datetime, zone: constant) -> datetime", from_zone,
          ("hour(from_zone(TIMESTAMP '2024-06-01 14:00:00', 'Europe/Berlin'))", 12),
          note="the time in UTC at which clocks there show it; a time shown twice is the first, one"
          " that is skipped is moved by the hour skipped"),
    _date("time_of_day(datetime: datetime) -> time", "CAST($datetime AS TIME)",
          ("CAST(time_of_day(TIMESTAMP '2024-01-01 10:07:30') AS string)", "10:07:30")),
    _date("now() -> datetime", Spelled("CAST($_JOB_SUBMISSION_TIMESTAMP AS datetime)"),
          ("now() = now()", True), nulls="never NULL",
          note="when the run was submitted, in every row and attempt"),
    _date("today() -> date",
          Spelled("CAST(CAST($_JOB_SUBMISSION_TIMESTAMP AS datetime) AS date)"),
          ("today() = CAST(now() AS date)", True), nulls="never NULL",
          note="the date of now(), in UTC"),
)  # fmt: skip
"""In the order of the documentation."""
