"""One table that holds everything that has ever gone wrong."""

from datetime import date
from decimal import Decimal

from tests.engine.cases.case import data
from tests.engine.cases.plain import NAN, moment

FIELDS = {
    "id": "long",
    "name": "string",
    "amount": "double",
    "price": "decimal(10,2)",
    "day": "date",
    "at": "datetime",
    "ok": "boolean",
    "small": "int",
}
ID, NAME, AMOUNT, PRICE, DAY, AT, OK, SMALL = range(8)

ROWS = [
    (1, "ann", 10.5, Decimal("1.10"), date(2024, 1, 31),
     moment(2024, 1, 31, 23, 59, 59, 999999), True, 7),
    (2, "", NAN, Decimal("-0.01"), date(2024, 2, 29), moment(2024, 2, 29), False, -1),
    (3, None, None, None, None, None, None, None),
    (4, "O'Brien \"q\"", -3.0, Decimal("99999999.99"), date(2023, 12, 31),
     moment(2023, 12, 31, 12), True, 7),
    (5, "👩‍👩‍👧 Zoë", 0.0, Decimal("0.00"), date(1900, 1, 1), moment(1900, 1, 1), False, 0),
    (6, "ann", 10.5, Decimal("1.10"), date(2024, 2, 1), moment(2024, 2, 1, 0, 0, 1), None, None),
    (7, "line\nbreak\ttab\\", -1e300, None, date(9999, 12, 31),
     moment(9999, 12, 31, 23, 59, 59), True, -(2**31)),
    (8, "ann", None, Decimal("5.00"), None, None, False, 2**31 - 1),
    (9, "Ann", float("inf"), Decimal("1.10"), date(2024, 1, 31), moment(2024, 1, 31), True, 7),
    (-(2**63), "NULL", 2.5, Decimal("-99999999.99"), date(2024, 2, 29),
     moment(2024, 2, 29, 0, 0, 0, 1), True, 3),
    (2**63 - 1, "; DROP TABLE t; --", NAN, Decimal("1.10"), date(2024, 3, 31),
     moment(2024, 3, 31, 2, 30), False, 3),
]  # fmt: skip

NASTY = data("nasty", FIELDS, ROWS)
NO_ROWS = data("nasty", FIELDS, [])
