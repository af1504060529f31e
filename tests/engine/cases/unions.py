"""Union."""

from datetime import date
from decimal import Decimal

from tests.engine.cases.case import Case, Refused, data
from tests.engine.cases.nasty import NASTY, NO_ROWS, ROWS
from tests.engine.cases.plain import moment
from tests.engine.flows import component


def union(*sources: dict, name: str, expected, types=None, **properties) -> Case:
    pairs = [(next(iter(source.values()))["id"], "u") for source in sources]
    parts = [*sources, component("union", "u", **properties)]
    return Case(name, parts, expected, pairs=pairs, types=types)


def widens(left: str, right: str, kind: str, values: tuple, expected: tuple) -> Case:
    return union(
        data("a", {"v": left}, [(values[0],), (None,)]),
        data("b", {"v": right}, [(values[1],)]),
        name=f"union widens {left} and {right}",
        expected=[(expected[0],), (None,), (expected[1],)],
        types=[kind],
    )


def unlike(left: str, right: str) -> Case:
    return union(
        data("a", {"v": left}, []), data("b", {"v": right}, []),
        name=f"union of {left} and {right}",
        expected=Refused("union_schema_mismatch", "mode"),
    )  # fmt: skip


A = data("a", {"id": "int", "name": "string"}, [(1, "x"), (2, None), (1, "x")])
B = data("b", {"NAME": "string", "Id": "long"}, [("x", 1), ("", 2**40)])
C = data("c", {"id": "int", "extra": "date"}, [(9, date(2024, 2, 29))])

CASES = [
    union(A, B, name="union by name, whatever the case and order",
          expected=[(1, "x"), (2, None), (1, "x"), (1, "x"), (2**40, "")],
          types=["BIGINT", "VARCHAR"], mode="by_name"),
    union(A, C, B, name="union with missing fields", allow_missing=True,
          expected=[(1, "x", None), (2, None, None), (1, "x", None), (9, None, date(2024, 2, 29)),
                    (1, "x", None), (2**40, "", None)],
          types=["BIGINT", "VARCHAR", "DATE"]),
    union(A, data("d", {"n": "long", "t": "string"}, [(7, "é")]),
          name="union by position", mode="by_position",
          expected=[(1, "x"), (2, None), (1, "x"), (7, "é")]),
    union(NASTY, {**component("sample_data_source", "none", rows=[], schema={
        "fields": NASTY["sample_data_source_component"]["schema"]["fields"]})},
          name="union with no rows", expected=ROWS),
    union(A, B, data("c", {"id": "int", "name": "string"}, [(3, "z")]),
          data("d", {"id": "int", "name": "string"}, [(4, None)]), name="union of four",
          expected=[(1, "x"), (2, None), (1, "x"), (1, "x"), (2**40, ""), (3, "z"), (4, None)]),
    widens("int", "long", "BIGINT", (-5, 2**62), (-5, 2**62)),
    widens("int", "double", "DOUBLE", (2**31 - 1, 0.5), (2147483647.0, 0.5)),
    widens("float", "double", "DOUBLE", (0.25, 1e300), (0.25, 1e300)),
    widens("long", "decimal(6,3)", "DECIMAL(22,3)", (2**62, Decimal("1.125")),
           (Decimal(2**62), Decimal("1.125"))),
    widens("decimal(5,4)", "decimal(10,1)", "DECIMAL(13,4)",
           (Decimal("1.2345"), Decimal("123456789.1")),
           (Decimal("1.2345"), Decimal("123456789.1"))),
    widens("decimal(8,2)", "double", "DOUBLE", (Decimal("1.25"), 2.5), (1.25, 2.5)),
    widens("date", "datetime", "TIMESTAMP", (date(2024, 2, 29), moment(2024, 2, 29, 1, 2, 3, 4)),
           (moment(2024, 2, 29), moment(2024, 2, 29, 1, 2, 3, 4))),
    widens("json", "string", "VARCHAR", ('{"a": 1}', "x"), ('{"a": 1}', "x")),
    unlike("long", "double"),
    unlike("decimal(38,9)", "double"),
    unlike("decimal(38,0)", "decimal(38,9)"),
    unlike("string", "int"),
    unlike("date", "long"),
    unlike("boolean", "int"),
    unlike("time", "datetime"),
    union(A, C, name="union of different fields",
          expected=Refused("union_schema_mismatch", "mode")),
    union(NO_ROWS, A, name="union of different lengths", mode="by_position",
          expected=Refused("union_schema_mismatch", "mode")),
    union(A, B, name="union by position allows nothing to be missing", mode="by_position",
          allow_missing=True, expected=Refused("invalid_property_value", "allow_missing")),
]  # fmt: skip
