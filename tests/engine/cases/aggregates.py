"""Aggregate and cube."""

import json
import math
import statistics
from itertools import product

from tests.engine.cases.case import Case, Fails, Refused, data
from tests.engine.cases.nasty import AMOUNT, DAY, ID, NAME, NASTY, NO_ROWS, OK, PRICE, ROWS, SMALL
from tests.engine.cases.picks import order
from tests.engine.cases.plain import by, groups, present, same, weight
from tests.engine.flows import component


def figure(function: str, field: str | None, alias: str = "v", **options) -> dict:
    made = {"function": function, "alias": alias}
    if field is not None:
        made["field"] = field
    return {**made, "options": options} if options else made


def aggregate(*figures: dict, by: list[str] | None = None) -> dict:
    keys = [{"field": name} for name in by or []]
    return component("aggregate", "a", group_by=keys, aggregations=list(figures))


def per_name(position: int, calculate) -> list[tuple]:
    """The figure of the values that are not NULL, for each name."""
    return [
        (members[0][NAME], calculate(present(row[position] for row in members)))
        for members in groups(ROWS, [NAME]).values()
    ]


def spread(values: list, calculate, least: int) -> float | None:
    numbers = [float(value) for value in values]
    if len(numbers) < least:
        return None
    return math.nan if any(not math.isfinite(v) for v in numbers) else calculate(numbers)


def mean(values: list) -> float | None:
    return sum(float(value) for value in values) / len(values) if values else None


def between(values: list, share: float) -> float | None:
    """The value at a share of the way through the ordered values, straight lines between."""
    if not values:
        return None
    ordered = sorted(map(float, values))
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def among(values: list, share: float):
    """The first value at or after a share of the ordered values."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else None


def smallest(values: list):
    return min(values, key=weight, default=None)


def largest(values: list):
    return max(values, key=weight, default=None)


def picked(position: int, *keys: tuple[int, str], last: bool = False):
    """The value of the first (last) row where it is not NULL."""
    found = []
    for members in groups(ROWS, [NAME]).values():
        some = [row for row in members if row[position] is not None]
        ordered = by(*keys, (position, "asc"))(some)
        value = None if not ordered else ordered[-1 if last else 0][position]
        found.append((members[0][NAME], value))
    return found


def listed(position: int, *keys: tuple[int, str], distinct: bool = False, shown=lambda v: v):
    found = []
    for members in groups(ROWS, [NAME]).values():
        some = [row for row in members if row[position] is not None]
        values = [row[position] for row in by(*keys, (position, "asc"))(some)]
        if distinct:
            values = list({same(value): value for value in values}.values())
        found.append((members[0][NAME], [shown(value) for value in values]))
    return found


def as_texts(rows: list[tuple]) -> list[tuple]:
    return [(name, json.dumps(values, separators=(",", ":"), ensure_ascii=False))
            for name, values in rows]  # fmt: skip


def case(name: str, function: str, field: str | None, expected, **options) -> Case:
    return Case(f"aggregate {name}", [NASTY, aggregate(figure(function, field, **options),
                                                       by=["name"])], expected)  # fmt: skip


TOTALS = [figure("count_all", None, "rows"), figure("sum", "v", "total")]
SALES = [("NO", "Oslo", "web", 1), ("NO", "Oslo", "shop", 2), ("NO", "Bergen", "web", 4),
         ("SE", None, "web", 8), (None, None, None, 16), ("SE", "Ume😀", "shop", None)]  # fmt: skip
SALE_SOURCE = data(
    "in", {"country": "string", "city": "string", "via": "string", "v": "int"}, SALES
)


def cube(*groupings: tuple[str, list[str]], mark: str | None = None) -> dict:
    parts = [{"type": kind, "fields": names} for kind, names in groupings]
    extra = {} if mark is None else {"rolled_up_field": mark}
    return component("cube", "c", groupings=parts, aggregations=TOTALS, **extra)


def cubed(levels: list[list[str]], names: list[str], *, mark: bool) -> list[tuple]:
    places = {"country": 0, "city": 1, "via": 2}
    found = []
    for level in levels:
        grouped = groups(SALES, [places[name] for name in level])
        for key, members in (grouped or {(): []}).items():
            values = dict(zip(level, key, strict=True))
            numbers = present(row[3] for row in members)
            row = (*(values.get(name) for name in names), len(members),
                   sum(numbers) if numbers else None)  # fmt: skip
            rolled = ",".join(name for name in names if name not in level)
            found.append((*row, rolled) if mark else row)
    return found


def total(values: list):
    return sum(values) if values else None


def run_together(members: list[tuple], position: int, *keys: tuple[int, str]) -> list:
    some = [row for row in members if row[position] is not None]
    return [row[position] for row in by(*keys, (position, "asc"))(some)]


BY_ID = order(("id", "asc"))
EVERY_FIGURE = [
    (figure("count_all", None, "a"), len),
    (figure("count", "amount", "b"), lambda m: len(run_together(m, AMOUNT))),
    (figure("count_distinct", "name", "c"), lambda m: len(set(run_together(m, NAME)))),
    (figure("approximate_distinct", "ok", "d"), lambda m: len(set(run_together(m, OK)))),
    (figure("sum", "price", "e"), lambda m: total(run_together(m, PRICE))),
    (figure("average", "small", "f"), lambda m: mean(run_together(m, SMALL))),
    (figure("minimum", "day", "g"), lambda m: smallest(run_together(m, DAY))),
    (figure("maximum", "amount", "h"), lambda m: largest(run_together(m, AMOUNT))),
    (figure("median", "small", "i"), lambda m: between(run_together(m, SMALL), 0.5)),
    (figure("percentile", "price", "j", percentile=10, method="continuous"),
     lambda m: between(run_together(m, PRICE), 0.1)),
    (figure("percentile", "day", "k", percentile=99, method="discrete"),
     lambda m: among(run_together(m, DAY), 0.99)),
    (figure("standard_deviation", "small", "l", population=True),
     lambda m: spread(run_together(m, SMALL), statistics.pstdev, 1)),
    (figure("variance", "small", "m"),
     lambda m: spread(run_together(m, SMALL), statistics.variance, 2)),
    (figure("collect", "small", "n", order_by=BY_ID),
     lambda m: json.dumps(run_together(m, SMALL, (ID, "asc")), separators=(",", ":"))),
    (figure("collect_distinct", "small", "o"),
     lambda m: json.dumps(sorted(set(run_together(m, SMALL))), separators=(",", ":"))),
    (figure("concatenate", "name", "p", separator="·", order_by=order(("id", "desc"))),
     lambda m: "·".join(run_together(m, NAME, (ID, "desc"))) or None),
    (figure("first", "name", "q", order_by=BY_ID),
     lambda m: (run_together(m, NAME, (ID, "asc")) or [None])[0]),
    (figure("last", "day", "r", order_by=BY_ID),
     lambda m: (run_together(m, DAY, (ID, "asc")) or [None])[-1]),
]  # fmt: skip


C, T, V = "country", "city", "via"
OF_TWO = [[C, T], [C], [T], []]

CASES = [
    case("count_all", "count_all", None,
         [(m[0][NAME], len(m)) for m in groups(ROWS, [NAME]).values()]),
    case("count", "count", "amount", per_name(AMOUNT, len)),
    case("count_distinct", "count_distinct", "price", per_name(PRICE, lambda v: len(set(v)))),
    case("sum of decimals", "sum", "price", per_name(PRICE, lambda v: sum(v) if v else None)),
    case("sum of ints is a long", "sum", "small", per_name(SMALL, lambda v: sum(v) if v else None)),
    case("average", "average", "price", per_name(PRICE, mean)),
    case("average, short name", "avg", "small", per_name(SMALL, mean)),
    case("minimum", "minimum", "amount", per_name(AMOUNT, smallest)),
    case("maximum takes NaN for the largest", "maximum", "amount", per_name(AMOUNT, largest)),
    case("maximum of dates", "max", "day", per_name(DAY, largest)),
    case("median", "median", "price", per_name(PRICE, lambda v: between(v, 0.5))),
    case("percentile", "percentile", "price", per_name(PRICE, lambda v: between(v, 0.9)),
         percentile=90),
    case("percentile, continuous", "percentile", "small",
         per_name(SMALL, lambda v: between(v, 0.25)), percentile=25, method="continuous"),
    case("percentile, discrete", "percentile", "day", per_name(DAY, lambda v: among(v, 0.75)),
         percentile=75, method="discrete"),
    case("standard_deviation", "standard_deviation", "small",
         per_name(SMALL, lambda v: spread(v, statistics.stdev, 2))),
    case("standard_deviation of all", "standard_deviation", "small",
         per_name(SMALL, lambda v: spread(v, statistics.pstdev, 1)), population=True),
    case("variance", "variance", "price",
         per_name(PRICE, lambda v: spread(v, statistics.variance, 2))),
    case("variance of all", "variance", "price",
         per_name(PRICE, lambda v: spread(v, statistics.pvariance, 1)), population=True),
    case("first in an order", "first", "price", picked(PRICE, (DAY, "desc"), (ID, "asc")),
         order_by=order(("day", "desc"), ("id", "asc"))),
    case("last in an order", "last", "price", picked(PRICE, (DAY, "desc"), (ID, "asc"), last=True),
         order_by=order(("day", "desc"), ("id", "asc"))),
    case("collect", "collect", "small", as_texts(listed(SMALL))),
    case("collect in an order", "collect", "ok", as_texts(listed(OK, (ID, "desc"))),
         order_by=order(("id", "desc"))),
    case("collect of doubles", "collect", "amount",
         [(name, text.replace("-1e+300", "-1e300")) for name, text in as_texts(listed(
             AMOUNT, shown=lambda v: v if math.isfinite(v) else str(v)))]),
    case("collect of dates", "collect", "day", as_texts(listed(DAY, shown=str))),
    case("collect_distinct", "collect_distinct", "small", as_texts(listed(SMALL, distinct=True))),
    case("concatenate", "concatenate", "id",
         [(n, ",".join(map(str, v)) or None) for n, v in listed(ID)]),
    case("concatenate with separator and order", "concatenate", "price",
         [(n, " | ".join(map(str, v)) if v else None) for n, v in listed(PRICE, (ID, "desc"))],
         separator=" | ", order_by=order(("id", "desc"))),
    case("approximate_distinct of few", "approximate_distinct", "price",
         per_name(PRICE, lambda v: len(set(v)))),
    Case("aggregate collects JSON as JSON",
         [data("in", {"j": "json", "a": "json_array", "b": "binary"},
               [({"k": 1}, ["x"], b"\x00"), (None, None, None)]),
          aggregate(figure("collect", "j", "j"), figure("collect_distinct", "a", "a"),
                    figure("collect", "b", "b"))],
         [('[{"k":1}]', '[["x"]]', '["AA=="]')]),
    Case("aggregate without groups, of no rows", [NO_ROWS, aggregate(
        figure("count_all", None, "n"), figure("sum", "small", "s"), figure("collect", "id", "c"),
        figure("approximate_distinct", "id", "d"), figure("concatenate", "name", "t"))],
        [(0, None, "[]", 0, None)]),
    Case("aggregate with groups, of no rows", [NO_ROWS, aggregate(
        figure("count_all", None), by=["name"])], []),
    Case("aggregate by NaN and NULL, renamed", [NASTY, component(
        "aggregate", "a", group_by=[{"field": "amount", "alias": "how_much"}, {"field": "ok"}],
        aggregations=[figure("count_all", None, "n")])],
        [(m[0][AMOUNT], m[0][OK], len(m)) for m in groups(ROWS, [AMOUNT, OK]).values()]),
    Case("aggregate sums a long beyond its range", [NASTY, aggregate(
        figure("sum", "id", "s"), by=["ok"])],
        Fails("9223372036854775822", "a")),
    *[Case(f"aggregate {function} of text", [NASTY, aggregate(figure(function, "name"))],
           Refused("type_mismatch", "aggregations[0].field"))
      for function in ("sum", "average", "median", "standard_deviation", "variance")],
    Case("aggregate first without an order", [NASTY, aggregate(figure("first", "name"))],
         Refused("missing_required_property", "aggregations[0].options.order_by")),
    Case("aggregate percentile without its share", [NASTY, aggregate(figure("percentile", "id"))],
         Refused("missing_required_property", "aggregations[0].options.percentile")),
    Case("aggregate percentile between dates", [NASTY, aggregate(
        figure("percentile", "day", percentile=50))],
        Refused("type_mismatch", "aggregations[0].options.method")),
    Case("aggregate sum takes no separator", [NASTY, aggregate(figure("sum", "id", separator=";"))],
         Refused("invalid_property_value", "aggregations[0].options.separator")),

    Case("cube of two", [SALE_SOURCE, cube(("cube", [C, T]))],
         cubed(OF_TWO, [C, T], mark=False)),
    Case("rollup, marked", [SALE_SOURCE, cube(("rollup", [C, T]), mark="rolled")],
         cubed([[C, T], [C], []], [C, T], mark=True)),
    Case("cube and rollup together", [SALE_SOURCE, cube(("cube", [V]), ("rollup", [C, T]),
                                                        mark="rolled")],
         cubed([a + b for a, b in product([[V], []], [[C, T], [C], []])], [V, C, T], mark=True)),
    Case("cube with every figure",
         [NASTY, component("cube", "c", groupings=[{"type": "cube", "fields": ["ok"]}],
                           aggregations=[part for part, _ in EVERY_FIGURE])],
         [(members[0][OK] if keys else None, *(calculate(members) for _, calculate in EVERY_FIGURE))
          for keys in ([OK], []) for members in groups(ROWS, keys).values()]),
    Case("cube of no rows", [data("in", {"country": "string", "v": "int"}, []),
                             cube(("cube", [C]))], [(None, 0, None)]),
    Case("cube by a field twice", [SALE_SOURCE, cube(("cube", [C]), ("rollup", ["COUNTRY"]))],
         Refused("duplicate_field_alias", "groupings[1].fields[0]")),
    Case("cube of too many", [data("in", {f"f{n}": "int" for n in range(13)} | {"v": "int"}, []),
                              cube(("cube", [f"f{n}" for n in range(13)]))],
         Refused("invalid_property_value", "groupings")),
]  # fmt: skip
