"""What the date functions mean whose unit or zone is written out in the expression."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import available_timezones

from engine.expressions.building import constant_text, written_out
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import Function
from engine.expressions.semantics import UNITS
from engine.expressions.typed import Typed
from engine.problems import did_you_mean

_ADDED: Final = {
    "year": "to_months(CAST($n * 12 AS INT))",
    "quarter": "to_months(CAST($n * 3 AS INT))",
    "month": "to_months(CAST($n AS INT))",
    "week": "to_days(CAST($n * 7 AS INT))",
    "day": "to_days(CAST($n AS INT))",
    "hour": "to_hours(CAST($n AS BIGINT))",
    "minute": "to_minutes(CAST($n AS BIGINT))",
    "second": "to_seconds(CAST($n AS BIGINT))",
}
_CALENDAR: Final = frozenset({"year", "quarter", "month", "week", "day"})
_MONTHS: Final = {"year": 12, "quarter": 3, "month": 1}
_SECONDS: Final = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def _unit(typed: Typed) -> str:
    name = (constant_text(typed[0]) or "").lower()
    if name.upper() not in UNITS:
        raise ExpressionRefused(
            "expression_syntax",
            f"'{name[:40]}' is not a unit of time here.",
            f"The units are {', '.join(sorted(unit.lower() for unit in UNITS))}.",
        )
    return name


def date_trunc(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """The beginning of the unit."""
    unit, (time, word) = _unit(arguments[0]), arguments[1]
    stays = word == "date" and unit in _CALENDAR
    kind = "DATE" if stays else "TIMESTAMP"
    meaning = f"CAST(date_trunc('{unit}', $time) AS {kind})"
    return written_out(meaning, {"time": time}), "date" if stays else "datetime"


def date_add(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """Time moved by so many units."""
    unit, (amount, _), (time, word) = _unit(arguments[0]), arguments[1], arguments[2]
    stays = word == "date" and unit in _CALENDAR
    kind = "DATE" if stays else "TIMESTAMP"
    parts = {"n": amount, "time": time}
    return written_out(f"CAST($time + {_ADDED[unit]} AS {kind})", parts), (
        "date" if stays else "datetime"
    )


def date_diff(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """Boundaries of the unit between start and end."""
    unit = _unit(arguments[0])
    parts = {"start": arguments[1][0], "end": arguments[2][0]}
    if unit in _MONTHS:
        meaning = _months_apart(_MONTHS[unit])
    else:
        size = _SECONDS[unit]
        meaning = (
            f"CAST(epoch(date_trunc('{unit}', CAST($end AS TIMESTAMP)))"
            f" - epoch(date_trunc('{unit}', CAST($start AS TIMESTAMP))) AS BIGINT) // {size}"
        )
    return written_out(f"CAST({meaning} AS BIGINT)", parts), "long"


def _months_apart(size: int) -> str:
    """Boundaries of a unit of so many months."""
    if size == 12:
        return "year($end) - year($start)"
    if size == 3:
        return "(year($end) * 4 + quarter($end)) - (year($start) * 4 + quarter($start))"
    return "(year($end) * 12 + month($end)) - (year($start) * 12 + month($start))"


def whole_diff(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """Whole units from start to end, negative when the end comes first."""
    unit = _unit(arguments[0])
    parts = {"start": arguments[1][0], "end": arguments[2][0]}
    if unit in _SECONDS:
        meaning = (
            "(epoch_us(CAST($end AS TIMESTAMP)) - epoch_us(CAST($start AS TIMESTAMP)))"
            f" // {_SECONDS[unit] * 1_000_000}"
        )
        return written_out(f"CAST({meaning} AS BIGINT)", parts), "long"
    ahead = _whole_months(_MONTHS[unit], "$start", "$end")
    back = _whole_months(_MONTHS[unit], "$end", "$start")
    meaning = f"CASE WHEN $start <= $end THEN {ahead} WHEN $start > $end THEN -({back}) END"
    return written_out(f"CAST({meaning} AS BIGINT)", parts), "long"


def _whole_months(size: int, first: str, last: str) -> str:
    """How often so many months can be added to the first without passing the last."""
    apart = f"(year({last}) * 12 + month({last})) - (year({first}) * 12 + month({first}))"
    units = f"(({apart}) // {size})"
    reached = f"CAST({first} AS TIMESTAMP) + to_months(CAST({units} * {size} AS INT))"
    return f"{units} - CASE WHEN {reached} > CAST({last} AS TIMESTAMP) THEN 1 ELSE 0 END"


def _zone(typed: Typed) -> str:
    name = constant_text(typed[0]) or ""
    known = available_timezones()
    if name not in known:
        raise ExpressionRefused(
            "expression_syntax",
            f"There is no time zone '{name[:60]}'.",
            did_you_mean(name[:60], known) or "Zones are named like Europe/Berlin and UTC.",
        )
    return name


def in_zone(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """From UTC to local time."""
    _zone(arguments[1])
    parts = {"time": arguments[0][0], "zone": arguments[1][0]}
    return written_out("timezone($zone, $time AT TIME ZONE 'UTC')", parts), "datetime"


def from_zone(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """From local time to UTC; engines disagree on times that clocks show twice."""
    _zone(arguments[1])
    parts = {"time": arguments[0][0], "zone": arguments[1][0]}
    moment = "timezone('UTC', timezone($zone, $time))"
    choices = "".join(
        f" WHEN timezone($zone, ({earlier}) AT TIME ZONE 'UTC') = $time THEN {earlier}"
        for minutes in (60, 30)
        for earlier in (f"{moment} - to_minutes({minutes})",)
    )
    return written_out(f"CASE{choices} ELSE {moment} END", parts), "datetime"
