"""Rank, limit, sample, distinct."""

import hashlib

from tests.engine.cases.case import Case, Refused, data
from tests.engine.cases.nasty import AMOUNT, DAY, ID, NAME, NASTY, NO_ROWS, PRICE, ROWS
from tests.engine.cases.plain import NAN, by, groups, weight
from tests.engine.flows import component


def order(*keys: tuple[str, str]) -> list[dict]:
    return [{"field": name, "direction": way} for name, way in keys]


def ranked(position: int, way: str, *, dense: bool) -> list[tuple]:
    ordered = by((position, way))(ROWS)
    weights = [weight(row[position]) for row in ordered]
    distinct = list(dict.fromkeys(weights))
    return [
        (*row, 1 + (distinct.index(own) if dense else weights.index(own)))
        for row, own in zip(ordered, weights, strict=True)
    ]


def first_of_each(positions: list[int], ordered, count: int) -> list[tuple]:
    found = groups(ROWS, positions).values()
    return [row for members in found for row in ordered(members)[:count]]


TWINS = [("a", 1), ("a", 1), ("a", 1), (None, 1), (None, None), ("b", 1), ("b", None)] * 40
TWIN_SOURCE = data("in", {"k": "string", "n": "int"}, TWINS)


def sampled(rows: list[tuple], percent: float, seed: int) -> list[tuple]:
    """Row by row: md5 of seed, md5 of the values, number among equal rows, below the share."""
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        joined = "\x1f".join("\x1e" if value is None else str(value) for value in row)
        text = hashlib.md5(joined.encode(), usedforsecurity=False).hexdigest()
        seen[text] = seen.get(text, 0) + 1
        lot = hashlib.md5(f"{seed}-{text}-{seen[text]}".encode(), usedforsecurity=False)
        if int(lot.hexdigest(), 16) < int(percent / 100 * 2**128):
            found.append(row)
    return found


CASES = [
    *[Case(f"rank by {name} {way}{' dense' if dense else ''}",
           [NASTY, component("rank", "r", rank_field_name="place", dense=dense,
                             sort_fields=order((name, way)))],
           ranked(position, way, dense=dense))
      for name, position in [("amount", AMOUNT), ("name", NAME), ("day", DAY)]
      for way in ("asc", "desc") for dense in (False, True)],
    Case("rank of no rows", [NO_ROWS, component(
        "rank", "r", rank_field_name="place", sort_fields=order(("id", "asc")))], []),
    Case("rank may not take a field's name", [NASTY, component(
        "rank", "r", rank_field_name="ID", sort_fields=order(("id", "asc")))],
        Refused("duplicate_field_alias", "rank_field_name")),

    Case("limit after a sort", [NASTY, component("sort", "s", sort_fields=order(("id", "desc"))),
                                component("limit", "l", limit=3)],
         by((ID, "desc"))(ROWS)[:3], in_order=True),
    Case("limit in its own order", [NASTY, component(
        "limit", "l", limit=4, order_by=order(("amount", "desc"), ("id", "asc")))],
        by((AMOUNT, "desc"), (ID, "asc"))(ROWS)[:4], in_order=True),
    Case("limit above the number of rows", [NASTY, component("limit", "l", limit=2**62)], ROWS),
    Case("limit per group", [NASTY, component(
        "limit", "l", limit=2, partition_by=["name"], order_by=order(("id", "desc")))],
        first_of_each([NAME], by((ID, "desc")), 2)),
    Case("limit per group of several keys, NULL and NaN among them", [NASTY, component(
        "limit", "l", limit=1, partition_by=["amount", "price"], order_by=order(("id", "asc")))],
        first_of_each([AMOUNT, PRICE], by((ID, "asc")), 1)),
    Case("limit of no rows", [NO_ROWS, component(
        "limit", "l", limit=1, partition_by=["name"])], []),
    Case("limit per unknown group", [NASTY, component("limit", "l", limit=1, partition_by=["nam"])],
         Refused("unknown_input_field", "partition_by[0]")),

    Case("sample with a seed", [TWIN_SOURCE, component("sample", "x", percent=30, seed=7)],
         sampled(TWINS, 30, 7)),
    Case("sample with another seed and a fraction",
         [TWIN_SOURCE, component("sample", "x", percent=12.5, seed=-8)],
         sampled(TWINS, 12.5, -8)),
    Case("sample of all", [TWIN_SOURCE, component("sample", "x", percent=100)], TWINS),
    Case("sample of no rows", [NO_ROWS, component("sample", "x", percent=0.001, seed=1)], []),
    Case("sample of more than all", [NASTY, component("sample", "x", percent=101)],
         Refused("invalid_property_value", "percent")),

    Case("distinct of whole rows", [TWIN_SOURCE, component("distinct", "d")],
         list(dict.fromkeys(TWINS))),
    Case("distinct takes NaN for equal",
         [data("in", {"v": "double"}, [(NAN,), (NAN,), (None,), (None,), (0.0,), (-0.0,)]),
          component("distinct", "d")], [(NAN,), (None,), (0.0,)]),
    Case("distinct by keys keeps the first of the order", [NASTY, component(
        "distinct", "d", keys=["name"], order_by=order(("amount", "desc"), ("id", "asc")))],
        first_of_each([NAME], by((AMOUNT, "desc"), (ID, "asc")), 1)),
    Case("distinct by keys alone keeps the smallest", [
        data("in", {"b": "int", "k": "string", "a": "int"},
             [(2, "x", 1), (1, "x", 9), (1, "x", 8), (None, "y", 1), (0, "y", 0)]),
        component("distinct", "d", keys=["k"])], [(1, "x", 8), (None, "y", 1)]),
    Case("distinct of no rows", [NO_ROWS, component("distinct", "d")], []),
    Case("distinct needs keys to choose", [NASTY, component(
        "distinct", "d", order_by=order(("id", "asc")))],
        Refused("missing_required_property", "keys")),
]  # fmt: skip
