"""Sample data and the log destination."""

from datetime import date, time
from decimal import Decimal

from tests.engine.cases.case import Case, Refused, data
from tests.engine.cases.nasty import NASTY, NO_ROWS, ROWS
from tests.engine.cases.plain import NAN, moment
from tests.engine.flows import component

EVERY_TYPE = {
    "s": "string", "i": "int", "l": "long", "f": "float", "d": "double", "b": "boolean",
    "day": "date", "at": "datetime", "clock": "time", "raw": "binary", "j": "json",
    "a": "json_array", "n": "decimal(38,9)",
}  # fmt: skip
VALUES = (
    "it's", -5, 2**62, 0.5, NAN, True, date(2024, 2, 29), moment(2024, 2, 29, 1, 2, 3, 4),
    time(23, 59, 59), b"\x00\xff", '{"k": [1, null]}', '["é", {}]',
    Decimal("-12345678901234567890123456789.123456789"),
)  # fmt: skip


def inferred(**row) -> dict:
    return component("sample_data_source", "in", rows=[row, dict.fromkeys(row)])


CASES = [
    Case("sample data keeps nasty values", [NASTY], ROWS),
    Case("sample data without rows", [NO_ROWS], []),
    Case("sample data of every type", [data("in", EVERY_TYPE, [VALUES, (None,) * 13])],
         [VALUES, (None,) * 13],
         types=["VARCHAR", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP",
                "TIME", "BLOB", "VARCHAR", "VARCHAR", "DECIMAL(38,9)"]),
    Case("sample data takes types from values",
         [inferred(n=2**40, x=1.5, t="a", b=False, j={"k": 1}, a=[1])],
         [(2**40, 1.5, "a", False, '{"k": 1}', "[1]"), (None,) * 6],
         types=["BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN", "VARCHAR", "VARCHAR"]),
    Case("sample data puts times with an offset in UTC",
         [component("sample_data_source", "in", rows=[{"at": "2024-03-31T02:30:00+02:00"}],
                    schema={"fields": [{"name": "at", "alias": "moment", "type": "datetime"}]})],
         [(moment(2024, 3, 31, 0, 30),)]),
    *[Case(f"sample data refuses {value!r} as {word}",
           [component("sample_data_source", "in", rows=[{"v": None}, {"v": value}],
                      schema={"fields": [{"name": "v", "type": word}]})],
           Refused("invalid_property_value", "rows[1].v"))
      for word, value in [("int", 2**31), ("long", 1.5), ("int", True), ("double", "x"),
                          ("double", "1e999"), ("date", "2024-02-30"), ("datetime", "noon"),
                          ("boolean", 1), ("decimal(4,2)", "1.234"), ("decimal(4,2)", "100"),
                          ("json", "{"), ("json_array", "{}"), ("binary", "*"), ("time", "25:00")]],
    Case("a log shows the first rows",
         [NASTY, component("log_destination", "out", row_count=2,
                           schema={"fields": [{"input": "id", "name": "n", "type": "string",
                                               "key": True, "nullable": False,
                                               "length": 20}]})],
         [], rows=lambda bench: []),
    Case("a log maps unknown fields to a finding",
         [NASTY, component("log_destination", "out",
                           schema={"fields": [{"name": "n", "input": "idd"}]})],
         Refused("unknown_input_field", "schema.fields[0].input")),
]  # fmt: skip
