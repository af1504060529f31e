"""Flatten."""

from datetime import date
from decimal import Decimal

from tests.engine.cases.case import Case, Fails, Refused, data
from tests.engine.cases.nasty import NASTY
from tests.engine.flows import component

ORDERS = [
    (1, {"lines": [{"sku": "a", "price": 1.10, "sizes": [1, 2]},
                   {"sku": "é \"q\"", "price": None, "day": "2024-02-29"}], "by": {"x y": "ann"}}),
    (2, {"lines": [], "by": {"x y": None}}),
    (3, {"by": "bob"}),
    (4, None),
    (5, {"lines": None}),
    (6, {"lines": [{"sku": {"deep": [1]}}, 7, None, "text"]}),
]  # fmt: skip
SOURCE = data("in", {"id": "int", "body": "json"}, ORDERS)
LISTS = data("in", {"id": "int", "list": "string"}, [
    (1, "[3, 1, 2]"), (2, "[]"), (3, None), (4, "[null]"), (5, "[9007199254740993]")])  # fmt: skip


def flatten(*fields: tuple[str, str, str], **properties) -> dict:
    parts = [{"path": path, "alias": alias, "type": word} for path, alias, word in fields]
    return component("flatten", "f", fields=parts, **properties)


LINES = [
    (1, "a", Decimal("1.10"), None, "1", 1),
    (1, 'é "q"', None, date(2024, 2, 29), None, 2),
    (6, '{"deep":[1]}', None, None, None, 1),
    (6, None, None, None, None, 2),
    (6, None, None, None, None, 3),
    (6, None, None, None, None, 4),
]

CASES = [
    Case("flatten makes rows of an array inside", [SOURCE, flatten(
        ("$.sku", "sku", "string"), ("price", "price", "decimal(10,2)"), ("$.day", "day", "date"),
        ("$.sizes[0]", "size", "string"),
        field="body", path="$.lines", position_field="n")], LINES,
        types=["INTEGER", "VARCHAR", "DECIMAL(10,2)", "DATE", "VARCHAR", "BIGINT"]),
    Case("flatten keeps rows without elements", [LISTS, flatten(
        ("$", "v", "long"), field="list", keep_empty=True, position_field="n")],
        [(1, 3, 1), (1, 1, 2), (1, 2, 3), (2, None, None), (3, None, None), (4, None, 1),
         (5, 9007199254740993, 1)]),
    Case("flatten drops rows without elements", [LISTS, flatten(
        ("$", "list", "int"), field="list", mode="array", include_all_input=False)],
        Fails("9007199254740993", "f")),
    Case("flatten leaves the other fields out", [LISTS, flatten(
        ("$", "list", "long"), field="list", include_all_input=False)],
        [(3,), (1,), (2,), (None,), (9007199254740993,)]),
    Case("flatten opens an object", [SOURCE, flatten(
        ('$."x y"', "name", "string"), field="body", mode="object", path="$.by")],
        [(1, "ann"), (2, None), (3, None), (4, None), (5, None), (6, None)]),
    Case("flatten opens an array as it is", [SOURCE, flatten(
        ("$[1].sku", "second", "string"), field="body", mode="object", path="lines")],
        [(1, 'é "q"'), (2, None), (3, None), (4, None), (5, None), (6, None)]),
    Case("flatten of no rows", [data("in", {"list": "json_array"}, []),
                                flatten(("$", "v", "string"), field="list")], []),
    Case("flatten of what is not JSON", [data("in", {"t": "string"}, [("[1",)]),
                                         flatten(("$", "v", "string"), field="t")],
         Fails("JSON", "f")),
    Case("flatten of an object as an array", [data("in", {"t": "json"}, [({"a": 1},)]),
                                              flatten(("$", "v", "string"), field="t")],
         Fails("Expected ARRAY, but got OBJECT", "f")),
    Case("flatten of a number", [NASTY, flatten(("$", "v", "string"), field="id")],
         Refused("type_mismatch", "field")),
    Case("flatten along a hostile path", [SOURCE, flatten(("$.a'); --", "v", "string"),
                                                          field="body")],
         Refused("invalid_property_value", "fields[0].path")),
    Case("flatten of an object has no positions", [SOURCE, flatten(
        ("$", "v", "string"), field="body", mode="object", position_field="n")],
        Refused("invalid_property_value", "position_field")),
]  # fmt: skip
