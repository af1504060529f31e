"""Select, filter, sort and clone."""

from decimal import Decimal

from tests.engine.cases.case import Case, Refused, data
from tests.engine.cases.nasty import AMOUNT, DAY, ID, NAME, NASTY, NO_ROWS, OK, PRICE, ROWS, SMALL
from tests.engine.cases.plain import NAN, by, is_nan
from tests.engine.flows import component


def select(*fields: dict, **properties) -> dict:
    return component("select", "s", fields=list(fields), **properties)


def kept(*conditions: dict, logical_operator: str = "all") -> dict:
    return component("filter", "f", logical_operator=logical_operator, conditions=list(conditions))


def when(left: str, operator: str, right: object = None) -> dict:
    condition = {"left": left, "operator": operator}
    return condition if right is None else {**condition, "right": right}


def sort(*keys: tuple[str, str]) -> dict:
    return component(
        "sort", "o", sort_fields=[{"field": name, "direction": way} for name, way in keys]
    )


def where(keeps) -> list[tuple]:
    return [row for row in ROWS if keeps(row)]


ARRAYS = [
    (1, '["a", "b"]', "[1, 2]"), (2, "[]", "[3]"), (3, None, "[4]"), (4, '["é"]', "[]"),
    (5, '["x", null, {"k": 1}]', "[5]"),
]  # fmt: skip
ARRAY_SOURCE = data("in", {"id": "int", "texts": "json_array", "numbers": "json_array"}, ARRAYS)


def greater(left: float | None, right: float) -> bool:
    return left is not None and (is_nan(left) or left > right)


EVERY_OPERATOR = [
    (when("id", "eq", "5"), lambda r: r[ID] == 5),
    (when("id", "ne", "id"), lambda r: False),
    (when("small", "gt", "100"), lambda r: r[SMALL] is not None and r[SMALL] > 100),
    (when("price", "gte", "99999999.99"), lambda r: r[PRICE] is not None and r[PRICE] > 9999),
    (when("amount", "lt", "-1e200"), lambda r: r[AMOUNT] is not None and r[AMOUNT] < -1e200),
    (when("day", "lte", "DATE '1900-01-01'"), lambda r: str(r[DAY]) <= "1900-01-01"),
    (when("ok", "is_null"), lambda r: r[OK] is None),
    (when("nullif(id, id)", "is_not_null"), lambda r: False),
    (when("name", "text_equals", "Ann"), lambda r: r[NAME] == "Ann"),
    (when("left(name, 4)", "text_not_equals", "ann"),
     lambda r: r[NAME] is not None and r[NAME][:4] != "ann"),
    (when("name", "text_matches", ".*DROP.*"), lambda r: "DROP" in (r[NAME] or "")),
    (when("name", "text_empty"), lambda r: r[NAME] == ""),
    (when("nullif(name, 'ann')", "text_not_empty"), lambda r: r[NAME] not in ("ann", "", None)),
]  # fmt: skip
"""Conditions with what they mean; NULL counts for not met."""

CASES = [
    Case("select renames, casts and drops", [NASTY, select(
        {"expression": "id", "alias": "number", "type": "string"},
        {"expression": "price * 2", "alias": "twice"},
        {"expression": "name"},
    )], [(str(r[ID]), None if r[PRICE] is None else r[PRICE] * 2, r[NAME]) for r in ROWS]),
    Case("select keeps and replaces fields", [NASTY, select(
        {"expression": "upper(name)", "alias": "NAME"}, {"expression": "1", "alias": "one"},
        include_all_input=True,
    )], [(r[ID], r[NAME] and r[NAME].upper(), *r[2:], 1) for r in ROWS]),
    Case("select of no rows", [NO_ROWS, select({"expression": "id", "alias": "n"})], []),
    Case("select flattens an array", [ARRAY_SOURCE, select(
        {"expression": "id"}, {"expression": "texts", "alias": "text", "flatten": True},
    )], [(1, "a"), (1, "b"), (4, "é"), (5, "x"), (5, None), (5, '{"k":1}')]),
    Case("select flattens two arrays into every combination", [ARRAY_SOURCE, select(
        {"expression": "numbers", "alias": "numbers", "type": "long", "flatten": True},
        {"expression": "texts", "alias": "text", "flatten": True},
        include_all_input=True,
    )], [(1, '["a", "b"]', 1, "a"), (1, '["a", "b"]', 1, "b"), (1, '["a", "b"]', 2, "a"),
         (1, '["a", "b"]', 2, "b"), (5, ARRAYS[4][1], 5, "x"), (5, ARRAYS[4][1], 5, None),
         (5, ARRAYS[4][1], 5, '{"k":1}')], types=["INTEGER", "VARCHAR", "BIGINT", "VARCHAR"]),
    Case("select cannot flatten a number", [NASTY, select(
        {"expression": "id", "flatten": True})], Refused("type_mismatch", "fields[0].flatten")),

    Case("filter eq", [NASTY, kept(when("name", "eq", "'ann'"))],
         where(lambda r: r[NAME] == "ann")),
    Case("filter ne drops null", [NASTY, kept(when("name", "ne", "'ann'"))],
         where(lambda r: r[NAME] not in ("ann", None))),
    Case("filter gt takes NaN for the largest", [NASTY, kept(when("amount", "gt", 0))],
         where(lambda r: greater(r[AMOUNT], 0))),
    Case("filter gte", [NASTY, kept(when("small", "gte", 7))],
         where(lambda r: r[SMALL] is not None and r[SMALL] >= 7)),
    Case("filter lt", [NASTY, kept(when("price", "lt", "0"))],
         where(lambda r: r[PRICE] is not None and r[PRICE] < 0)),
    Case("filter lte with a month's end", [NASTY, kept(when("day", "lte", "DATE '2024-01-31'"))],
         where(lambda r: r[DAY] is not None and str(r[DAY]) <= "2024-01-31")),
    Case("filter is_null", [NASTY, kept(when("ok", "is_null"))],
         where(lambda r: r[OK] is None)),
    Case("filter is_not_null", [NASTY, kept(when("ok", "is_not_null"))],
         where(lambda r: r[OK] is not None)),
    Case("filter text_equals takes text as it is",
         [NASTY, kept(when("name", "text_equals", "O'Brien \"q\""))],
         where(lambda r: r[NAME] == "O'Brien \"q\"")),
    Case("filter text_not_equals", [NASTY, kept(when("name", "text_not_equals", "ann"))],
         where(lambda r: r[NAME] not in ("ann", None))),
    Case("filter text_matches the whole text",
         [NASTY, kept(when("name", "text_matches", "[Aa]nn"))],
         where(lambda r: r[NAME] in ("ann", "Ann"))),
    Case("filter text_empty", [NASTY, kept(when("name", "text_empty"))],
         where(lambda r: r[NAME] == "")),
    Case("filter text_not_empty", [NASTY, kept(when("name", "text_not_empty"))],
         where(lambda r: r[NAME] not in ("", None))),
    Case("filter any", [NASTY, kept(when("ok", "is_null"), when("small", "eq", 7),
                                    logical_operator="any")],
         where(lambda r: r[OK] is None or r[SMALL] == 7)),
    Case("filter none", [NASTY, kept(when("ok", "is_null"), when("small", "eq", 7),
                                     logical_operator="none")],
         where(lambda r: r[OK] is not None and r[SMALL] is not None and r[SMALL] != 7)),
    *[Case(f"filter with a group of {inner}", [NASTY, kept(
        when("id", "gt", 0),
        {"logical_operator": inner,
         "conditions": [when("small", "eq", 7), when("ok", "eq", "true")]},
    )], where(lambda r, joins=joins: r[ID] > 0 and joins(
        None if r[SMALL] is None else r[SMALL] == 7, r[OK])))
      for inner, joins in [
          ("all", lambda a, b: bool(a and b)), ("any", lambda a, b: bool(a or b)),
          ("none", lambda a, b: a is False and b is False)]],

    Case("filter with every operator in a group", [NASTY, kept(
        when("id", "lt", "8"),
        {"logical_operator": "any", "conditions": [part for part, _ in EVERY_OPERATOR]},
    )], where(lambda r: r[ID] < 8 and any(meets(r) for _, meets in EVERY_OPERATOR))),

    Case("sort descending, then ascending", [NASTY, sort(("amount", "desc"), ("id", "asc"))],
         by((AMOUNT, "desc"), (ID, "asc"))(ROWS), in_order=True),
    Case("sort by text and date", [NASTY, sort(("name", "asc"), ("day", "desc"), ("id", "asc"))],
         by((NAME, "asc"), (DAY, "desc"), (ID, "asc"))(ROWS), in_order=True),
    Case("sort of one column", [data("in", {"v": "double"}, [(NAN,), (None,), (-1.0,), (0.0,)]),
                                sort(("v", "asc"))],
         [(None,), (-1.0,), (0.0,), (NAN,)], in_order=True),
    Case("sort of no rows", [NO_ROWS, sort(("id", "asc"))], []),

    Case("clone hands equal rows to both",
         [data("in", {"n": "decimal(6,3)"}, [(Decimal("1.125"),), (None,)]),
          component("clone", "c"), kept(when("n", "is_null")), component("union", "u")],
         [(Decimal("1.125"),), (None,), (None,)],
         pairs=[("in", "c"), ("c", "f"), ("f", "u"), ("c", "u")]),
]  # fmt: skip
