"""Window."""

import statistics
from datetime import date, timedelta

from tests.engine.cases.aggregates import mean, spread
from tests.engine.cases.case import Case, Refused, data
from tests.engine.cases.nasty import NASTY, NO_ROWS
from tests.engine.cases.picks import order
from tests.engine.cases.plain import by, groups, moment, present, weight
from tests.engine.flows import component

FIELDS = {"id": "int", "k": "string", "day": "date", "at": "datetime", "v": "int", "x": "double"}
ROWS = [
    (1, "a", date(2024, 1, 30), moment(2024, 1, 31, 23, 59, 30), 5, 1.5),
    (2, "a", date(2024, 1, 31), moment(2024, 2, 1), None, 2.5),
    (3, "a", date(2024, 2, 1), moment(2024, 2, 1, 0, 0, 30), 7, -1.0),
    (4, "a", date(2024, 3, 1), moment(2024, 2, 1, 1), -2, 4.0),
    (5, None, date(2023, 12, 31), moment(1999, 12, 31), 1, 0.0),
    (6, None, None, None, 3, None),
    (7, "😀", date(2024, 2, 29), moment(2024, 2, 29), None, 0.25),
    (8, "a", date(2024, 2, 2), moment(2024, 2, 2), 7, 2.0),
]
ID, K, DAY, AT, V, X = range(6)
SOURCE = data("in", FIELDS, ROWS)


def window(*functions: dict, by: list[str] | None = None, in_order: list[dict] | None = None):
    extra = {"partition_by": by} if by is not None else {}
    if in_order is not None:
        extra["order_by"] = in_order
    return component("window", "w", functions=list(functions), **extra)


def new(function: str, field: str | None = None, **arguments) -> dict:
    made = {"function": function, "alias": "new"}
    if field is not None:
        made["field"] = field
    return {**made, "arguments": arguments} if arguments else made


def windowed(calculate, *, key: int = ID, way: str = "asc") -> list[tuple]:
    """`calculate(rows of the partition in order, place of the row)` beside each row."""
    found = []
    for members in groups(ROWS, [K]).values():
        ordered = by((key, way))(members)
        found += [(*row, calculate(ordered, place)) for place, row in enumerate(ordered)]
    return found


def case(name: str, function: dict, calculate, key: str = "id", way: str = "asc") -> Case:
    return Case(
        f"window {name}",
        [SOURCE, window(function, by=["k"], in_order=order((key, way)))],
        windowed(calculate, key=list(FIELDS).index(key), way=way),
    )


def over(position: int, calculate, low: int | None = None, high: int | None = None):
    """The figure of the values that are not NULL in rows low to high from this one."""

    def calculated(rows: list[tuple], place: int):
        start = 0 if low is None else max(place + low, 0)
        end = len(rows) if high is None else max(place + high + 1, 0)
        return calculate(present(row[position] for row in rows[start:end]))

    return calculated


def near(position: int, key: int, low, high, calculate, *, sign: int = 1):
    """The figure over rows whose key is from low to high away; NULL keys are near each other."""

    def calculated(rows: list[tuple], place: int):
        own = rows[place][key]
        if own is None:
            chosen = [row for row in rows if row[key] is None]
        else:
            chosen = [
                row for row in rows if row[key] is not None
                and (low is None or (row[key] - own) * sign >= low)
                and (high is None or (row[key] - own) * sign <= high)
            ]  # fmt: skip
        return calculate(present(row[position] for row in chosen))

    return calculated


def total(values: list):
    return sum(values) if values else None


def level(rows: list[tuple], place: int, key: int) -> list[int]:
    return [at for at, row in enumerate(rows) if weight(row[key]) == weight(rows[place][key])]


def bucket(rows: list[tuple], place: int, count: int) -> int:
    size, larger = divmod(len(rows), count)
    limits = [size + (1 if index < larger else 0) for index in range(count)]
    for index in range(count):
        if place < limits[index]:
            return index + 1
        place -= limits[index]
    raise AssertionError


DAYS = timedelta(days=1)
CASES = [
    case("count of all", new("count"), lambda rows, at: len(rows)),
    case("count of a field", new("count", "v"), over(V, len)),
    case("sum", new("sum", "v"), over(V, total)),
    case("average", new("average", "v"), over(V, mean)),
    case("minimum", new("minimum", "x"), over(X, lambda v: min(v, default=None))),
    case("maximum", new("maximum", "day"), over(DAY, lambda v: max(v, default=None))),
    case("standard_deviation", new("standard_deviation", "v"),
         over(V, lambda v: spread(v, statistics.stdev, 2))),
    case("variance", new("variance", "v"), over(V, lambda v: spread(v, statistics.variance, 2))),
    case("first_value", new("first_value", "v"), lambda rows, at: rows[0][V]),
    case("last_value", new("last_value", "v"), lambda rows, at: rows[-1][V]),
    case("last_value of a frame", new("last_value", "v", frame={"from": -1, "to": 0}),
         lambda rows, at: rows[at][V]),
    case("lead", new("lead", "v"),
         lambda rows, at: rows[at + 1][V] if at + 1 < len(rows) else None),
    case("lag with offset and default", new("lag", "v", offset=2, default="-1"),
         lambda rows, at: rows[at - 2][V] if at >= 2 else -1),
    case("lead with a field for default", new("lead", "x", default="id"),
         lambda rows, at: rows[at + 1][X] if at + 1 < len(rows) else float(rows[at][ID])),
    case("row_number", new("row_number"), lambda rows, at: at + 1, way="desc"),
    case("rank", new("rank"), lambda rows, at: level(rows, at, V)[0] + 1, key="v"),
    case("dense_rank", new("dense_rank"),
         lambda rows, at: len({weight(row[V]) for row in rows[:at + 1]}), key="v"),
    case("percent_rank", new("percent_rank"), lambda rows, at: (
        0.0 if len(rows) == 1 else level(rows, at, V)[0] / (len(rows) - 1)), key="v", way="desc"),
    case("cume_dist", new("cume_dist"),
         lambda rows, at: (level(rows, at, V)[-1] + 1) / len(rows), key="v"),
    case("ntile", new("ntile", buckets=3), lambda rows, at: bucket(rows, at, 3)),
    case("running total", new("sum", "v", frame={"unit": "rows", "to": 0}),
         over(V, total, None, 0)),
    case("rest of the total", new("sum", "v", frame={"unit": "rows", "from": 0}),
         over(V, total, 0, None)),
    case("moving average", new("average", "x", frame={"unit": "rows", "from": -1, "to": 1}),
         over(X, mean, -1, 1)),
    case("a frame wholly before", new("count", "v", frame={"from": -3, "to": -2}),
         over(V, len, -3, -2)),
    case("a frame wholly after", new("sum", "v", frame={"from": 1, "to": 2}), over(V, total, 1, 2)),
    case("open frame", new("sum", "v", frame={"unit": "range"}), over(V, total)),
    case("range of numbers", new("sum", "id", frame={"unit": "range", "from": -1, "to": 0.5}),
         near(ID, X, -1, 0.5, total), key="x"),
    case("range up to this row and its like", new("count", "id", frame={"unit": "range", "to": 0}),
         lambda rows, at: level(rows, at, V)[-1] + 1, key="v"),
    case("range of days", new("sum", "id", frame={"unit": "range", "from": -2, "to": 0,
                                                  "time_unit": "day"}),
         near(ID, DAY, -2 * DAYS, 0 * DAYS, total), key="day"),
    case("range of days, descending", new("sum", "id", frame={"unit": "range", "from": -2,
                                                              "to": 0}),
         near(ID, DAY, -2 * DAYS, 0 * DAYS, total, sign=-1), key="day", way="desc"),
    *[case(f"range of {unit}s", new("sum", "id", frame={"unit": "range", "from": -size, "to": size,
                                                        "time_unit": unit}),
           near(ID, AT, -timedelta(**{f"{unit}s": size}), timedelta(**{f"{unit}s": size}), total),
           key="at")
      for unit, size in [("second", 30), ("minute", 1), ("hour", 1)]],
    Case("window over everything", [SOURCE, window(
        {"function": "sum", "field": "v", "alias": "s"}, {"function": "count", "alias": "n"})],
        [(*row, 21, 8) for row in ROWS], types=["INTEGER", "VARCHAR", "DATE", "TIMESTAMP",
                                                "INTEGER", "DOUBLE", "BIGINT", "BIGINT"]),
    Case("window of no rows", [NO_ROWS, window(new("sum", "price"), by=["name"])], []),
    Case("window row_number without an order", [NASTY, window(new("row_number"))],
         Refused("missing_required_property", "order_by")),
    Case("window frame without an order", [NASTY, window(new("sum", "small", frame={"to": 0}))],
         Refused("invalid_property_value", "functions[0].arguments.frame")),
    Case("window frame backwards", [NASTY, window(new("sum", "small", frame={"from": 1, "to": 0}),
                                                  in_order=order(("id", "asc")))],
         Refused("invalid_property_value", "functions[0].arguments.frame")),
    Case("window range of text", [NASTY, window(
        new("sum", "small", frame={"unit": "range", "from": -1}), in_order=order(("name", "asc")))],
        Refused("invalid_property_value", "functions[0].arguments.frame")),
    Case("window range in two orders", [NASTY, window(
        new("sum", "small", frame={"unit": "range", "from": -1}),
        in_order=order(("id", "asc"), ("day", "asc")))],
        Refused("invalid_property_value", "functions[0].arguments.frame")),
    Case("window half a row", [NASTY, window(
        new("sum", "small", frame={"from": -0.5}), in_order=order(("id", "asc")))],
        Refused("invalid_property_value", "functions[0].arguments.frame")),
    Case("window ntile without buckets", [NASTY, window(new("ntile"),
                                                        in_order=order(("id", "asc")))],
         Refused("missing_required_property", "functions[0].arguments.buckets")),
    Case("window rank takes no frame", [NASTY, window(
        new("rank", frame={"to": 0}), in_order=order(("id", "asc")))],
        Refused("invalid_property_value", "functions[0].arguments.frame")),
    Case("window name that is taken", [NASTY, window(
        {"function": "count", "alias": "NAME"})], Refused("duplicate_field_alias",
                                                          "functions[0].alias")),
]  # fmt: skip
