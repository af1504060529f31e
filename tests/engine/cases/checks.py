"""Assert."""

from tests.engine.cases.case import Case, Fails, Refused
from tests.engine.cases.nasty import ID, NASTY, NO_ROWS, ROWS
from tests.engine.cases.selects import EVERY_OPERATOR, when
from tests.engine.flows import component


def asserted(*conditions: dict, message: str = 'Bad row: it\'s "wrong" 🙁', **properties) -> dict:
    return component(
        "assert", "a", error_message=message, conditions=list(conditions), **properties
    )


OPERATORS = [
    when("id", "eq", "id"), when("id", "ne", "1 - id"), when("id", "gt", -(2**63) - 1),
    when("id", "gte", "id"), when("id", "lt", 2**63), when("id", "lte", "id"),
    when("id", "is_not_null"), when("coalesce(name, '')", "text_not_equals", "?"),
]  # fmt: skip
SELDOM = [
    when("name", "is_null"), when("name", "text_empty"), when("name", "text_equals", "ann"),
    when("name", "text_matches", "(?s).{3,}"), when("name", "text_not_empty"),
]  # fmt: skip

CASES = [
    Case("assert passes rows that meet all conditions",
         [NASTY, asserted(when("id", "is_not_null"), when("id", "eq", "id"))], ROWS),
    Case("assert passes rows that meet any condition",
         [NASTY, asserted(*SELDOM, logical_operator="any")], ROWS),
    Case("assert passes rows that meet none of the conditions",
         [NASTY, asserted(when("id", "is_null"), when("id", "eq", 12345),
                          logical_operator="none")], ROWS),
    Case("assert with groups",
         [NASTY, asserted(
             {"logical_operator": "any", "conditions": SELDOM},
             {"logical_operator": "none", "conditions": [when("id", "is_null")]},
             {"logical_operator": "all", "conditions": [when("id", "eq", "id")]})], ROWS),
    *[Case(f"assert with every operator in a group of {inner}", [NASTY, asserted(
        {"logical_operator": "any", "conditions": [
            {"logical_operator": inner, "conditions": [condition]}
            for condition in [*(part for part, _ in EVERY_OPERATOR), when("1", "eq", "1")]]},
        {"logical_operator": "any", "conditions": [
            *(part for part, _ in EVERY_OPERATOR), when("1", "eq", "1")]})], ROWS)
      for inner in ("all", "any")],
    *[Case(f"assert {condition['operator']}",
           [NASTY, component("filter", "f", conditions=[when("id", "gt", 0),
                                                        when("id", "lt", 10)]),
            asserted(condition)], [r for r in ROWS if 0 < r[ID] < 10])
      for condition in OPERATORS if condition["operator"] not in ("gt", "lt")],
    Case("assert gt and lt", [NASTY, asserted(when("id", "gt", "-9223372036854775809"),
                                              when("id", "lt", "9223372036854775808"))], ROWS),
    Case("assert fails with its message and the values",
         [NASTY, asserted(when("price", "lt", "99999999"))],
         Fails("Assertion failed: Bad row: it's \"wrong\" 🙁 (price = ", "a")),
    Case("assert takes a NULL condition for a failure",
         [NASTY, component("filter", "f", conditions=[when("id", "eq", 3)]),
          asserted(when("ok", "eq", "true"))], Fails("(ok = NULL)", "a")),
    Case("assert without fields in its condition fails too",
         [NASTY, asserted(when("1", "eq", "2"))], Fails("Bad row", "a")),
    Case("assert of no rows", [NO_ROWS, asserted(when("1", "eq", "2"))], []),
    Case("assert judges rows that nobody reads",
         [NASTY, asserted(when("id", "ne", 9)), component("limit", "l", limit=1)],
         Fails("(id = 9)", "a")),
    Case("assert judges rows that a later filter drops",
         [NASTY, asserted(when("id", "ne", 9)),
          component("filter", "f", conditions=[when("id", "eq", 1)])],
         Fails("(id = 9)", "a")),
    Case("assert takes variables in its message",
         [NASTY, asserted(when("id", "gt", 0), message="below $low $$")],
         Fails("below 17 $ (id = -9223372036854775808)", "a"), variables={"low": "17"}),
    Case("assert needs a message", [NASTY, asserted(when("id", "gt", 0), message="")],
         Refused("missing_required_property", "error_message")),
]  # fmt: skip
