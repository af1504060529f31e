"""A small flow interpreted in plain Python, row by row, from what the catalogue documents.

It shares no code with the engine: rows are dictionaries, and every component is a function from
lists of rows to a list of rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]
Rows = list[Row]


def weight(value: Any) -> tuple:
    """NULL is the smallest value."""
    return (0, 0) if value is None else (1, value)


def row_weight(row: Row) -> tuple:
    return tuple(weight(value) for value in row.values())


def in_order(rows: Rows, keys: Sequence[dict[str, str]]) -> Rows:
    ordered = list(rows)
    for key in reversed(keys):
        ordered.sort(
            key=lambda row, name=key["field"]: weight(row[name]),
            reverse=key["direction"] == "desc",
        )
    return ordered


def grouped(rows: Rows, names: Sequence[str]) -> list[Rows]:
    groups: dict[tuple, Rows] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return list(groups.values())


def values_of(rows: Rows, name: str) -> list[Any]:
    return [row[name] for row in rows if row[name] is not None]


def figure(function: str, name: str | None, rows: Rows) -> Any:
    if function == "count_all":
        return len(rows)
    values = values_of(rows, str(name))
    if function == "count":
        return len(values)
    if function == "count_distinct":
        return len(set(values))
    if not values:
        return None
    return {"sum": sum, "minimum": min, "maximum": max}[function](values)


def ranks(rows: Rows, keys: Sequence[dict[str, str]], *, dense: bool) -> list[tuple[Row, int]]:
    ordered = in_order(rows, keys)
    found: list[tuple[Row, int]] = []
    for place, row in enumerate(ordered):
        before = ordered[place - 1] if place else None
        is_level = before is not None and all(row[k["field"]] == before[k["field"]] for k in keys)
        last = found[-1][1] if found else 0
        found.append((row, last if is_level else last + 1 if dense else place + 1))
    return found


def is_true(condition: dict[str, Any], row: Row) -> bool | None:
    """A condition `field operator whole number`; None where NULL makes it undecided."""
    value, operator = row[condition["left"]], condition["operator"]
    if operator == "is_null":
        return value is None
    if operator == "is_not_null":
        return value is not None
    if value is None:
        return None
    right = int(condition["right"])
    return {
        "eq": value == right, "ne": value != right, "gt": value > right,
        "gte": value >= right, "lt": value < right, "lte": value <= right,
    }[operator]  # fmt: skip


def all_of(truths: Sequence[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def any_of(truths: Sequence[bool | None]) -> bool | None:
    if True in truths:
        return True
    return None if None in truths else False


def passes(body: dict[str, Any], row: Row) -> bool | None:
    truths = [is_true(condition, row) for condition in body["conditions"]]
    if body["logical_operator"] == "all":
        return all_of(truths)
    found = any_of(truths)
    if body["logical_operator"] == "any" or found is None:
        return found
    return not found


def whole(text: str, row: Row) -> int | None:
    """An expression `a`, `a + b`, `a * 2`, `coalesce(a, b)`, `a - b` over whole numbers."""
    if text.startswith("coalesce("):
        names = text.removeprefix("coalesce(").removesuffix(")").split(", ")
        return next((value for name in names if (value := whole(name, row)) is not None), None)
    for sign, combine in (
        (" + ", lambda a, b: a + b), (" - ", lambda a, b: a - b), (" * ", lambda a, b: a * b),
    ):  # fmt: skip
        if sign in text:
            left, right = (whole(part, row) for part in text.split(sign))
            return None if left is None or right is None else combine(left, right)
    return int(text) if text.lstrip("-").isdigit() else row[text]


def select(body: dict[str, Any], rows: Rows) -> Rows:
    made = [{f["alias"]: whole(f["expression"], row) for f in body["fields"]} for row in rows]
    if not body["include_all_input"]:
        return made
    return [row | new for row, new in zip(rows, made, strict=True)]


def keep(body: dict[str, Any], rows: Rows) -> Rows:
    return [row for row in rows if passes(body, row)]


def limit(body: dict[str, Any], rows: Rows) -> Rows:
    groups = grouped(rows, body["partition_by"])
    return [row for group in groups for row in in_order(group, body["order_by"])[: body["limit"]]]


def distinct(body: dict[str, Any], rows: Rows) -> Rows:
    keys = body["keys"]
    if not keys:
        return [group[0] for group in grouped(rows, list(rows[0]))] if rows else []
    found = []
    for group in grouped(rows, keys):
        group = sorted(group, key=row_weight)
        found.append(in_order(group, body["order_by"])[0])
    return found


def rank(body: dict[str, Any], rows: Rows) -> Rows:
    name = body["rank_field_name"]
    found = ranks(rows, body["sort_fields"], dense=body["dense"])
    return [{**row, name: place} for row, place in found]


def aggregate(body: dict[str, Any], rows: Rows) -> Rows:
    names = [key["field"] for key in body["group_by"]]
    groups = grouped(rows, names) if names else [rows]
    return [
        {
            **{name: group[0][name] for name in names},
            **{a["alias"]: figure(a["function"], a.get("field"), group)
               for a in body["aggregations"]},
        }
        for group in groups
    ]  # fmt: skip


def window(body: dict[str, Any], rows: Rows) -> Rows:
    """Sums and counts over the partition or up to this row, and places, in a total order."""
    found = []
    for group in grouped(rows, body["partition_by"]):
        ordered = in_order(group, body["order_by"])
        for place, row in enumerate(ordered):
            new = {
                f["alias"]: _window_value(f, ordered, place) for f in body["functions"]
            }  # fmt: skip
            found.append(row | new)
    return found


def _window_value(function: dict[str, Any], ordered: Rows, place: int) -> Any:
    kind, name = function["function"], function.get("field")
    if kind == "row_number":
        return place + 1
    if kind in ("lag", "lead"):
        other = place + (1 if kind == "lead" else -1)
        return ordered[other][name] if 0 <= other < len(ordered) else None
    frame = function.get("arguments", {}).get("frame")
    if frame is None:
        return figure(kind, name, ordered)
    return figure(kind, name, ordered[max(place + frame["from"], 0) : place + 1])


def join(
    body: dict[str, Any], left: Rows, right: Rows, names: tuple[list, list], label: str
) -> Rows:
    renamed = {name: f"{label}_{name}" if name in names[0] else name for name in names[1]}
    pairs = [(c["left_field"], c["right_field"]) for c in body["conditions"]]
    found, used = [], set()
    for row in left:
        partners = [
            at for at, other in enumerate(right)
            if all(row[a] is not None and row[a] == other[b] for a, b in pairs)
        ]  # fmt: skip
        used.update(partners)
        for at in partners:
            found.append(row | {renamed[name]: value for name, value in right[at].items()})
        if not partners and body["join_type"] in ("left", "full"):
            found.append(row | dict.fromkeys(renamed.values()))
    if body["join_type"] in ("right", "full"):
        for at, other in enumerate(right):
            if at not in used:
                new = {renamed[name]: value for name, value in other.items()}
                found.append(dict.fromkeys(names[0]) | new)
    return found


def cross_join(left: Rows, right: Rows, names: tuple[list, list], label: str) -> Rows:
    renamed = {name: f"{label}_{name}" if name in names[0] else name for name in names[1]}
    return [
        row | {renamed[name]: value for name, value in other.items()}
        for row in left for other in right
    ]  # fmt: skip


def union(left: Rows, right: Rows, names: tuple[list, list]) -> Rows:
    every = list(dict.fromkeys([*names[0], *names[1]]))
    return [{name: row.get(name) for name in every} for row in [*left, *right]]


ONE_STREAM: dict[str, Callable[[dict[str, Any], Rows], Rows]] = {
    "select": select, "filter": keep, "limit": limit, "distinct": distinct, "rank": rank,
    "aggregate": aggregate, "window": window, "sort": lambda body, rows: rows,
    "clone": lambda body, rows: rows, "assert": lambda body, rows: rows,
}  # fmt: skip
