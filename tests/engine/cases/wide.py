"""Every transformation over a thousand columns, and over one."""

from tests.engine.cases.case import Case, data
from tests.engine.flows import component

COUNT = 1_000
NAMES = [f"c{number}" for number in range(COUNT)]
FIRST = tuple(range(COUNT))
SECOND = (*range(COUNT - 1), None)
SOURCE = data("in", dict.fromkeys(NAMES, "int"), [FIRST, SECOND, FIRST])
LAST = NAMES[-1]
ONE = data("in", {"v": "int"}, [(2,), (None,), (1,), (2,)])

SELECTS = [{"expression": f"{name} + 1", "alias": f"n{name}"} for name in NAMES]
BOTH = [FIRST, SECOND, FIRST]

CASES = [
    Case("wide select", [SOURCE, component("select", "x", fields=SELECTS)],
         [tuple(None if v is None else v + 1 for v in row) for row in BOTH]),
    Case("wide filter", [SOURCE, component("filter", "x", conditions=[
        {"left": LAST, "operator": "is_null"}])], [SECOND]),
    Case("wide assert", [SOURCE, component("assert", "x", error_message="no", conditions=[
        {"left": name, "operator": "eq", "right": name} for name in NAMES[:200]])], BOTH),
    Case("wide sort", [SOURCE, component("sort", "x", sort_fields=[
        {"field": LAST, "direction": "asc"}])], [SECOND, FIRST, FIRST], in_order=True),
    Case("wide rank", [SOURCE, component("rank", "x", rank_field_name="r",
                                         sort_fields=[{"field": LAST}])],
         [(*SECOND, 1), (*FIRST, 2), (*FIRST, 2)]),
    Case("wide limit", [SOURCE, component("limit", "x", limit=1, partition_by=[LAST])],
         [FIRST, SECOND]),
    Case("wide distinct", [SOURCE, component("distinct", "x")], [FIRST, SECOND]),
    Case("wide distinct by key", [SOURCE, component("distinct", "x", keys=[NAMES[0]])], [SECOND]),
    Case("wide sample", [SOURCE, component("sample", "x", percent=99.999999, seed=1)], BOTH),
    Case("wide union", [SOURCE, component("select", "s", fields=[
        {"expression": name} for name in reversed(NAMES)]), component("union", "x")], BOTH * 2,
         pairs=[("in", "x"), ("in", "s"), ("s", "x")]),
    Case("wide join", [SOURCE, data(
        "one", {"v": "int"}, [(COUNT - 1,)]), component("join", "x", conditions=[
            {"left_field": LAST, "right_field": "v"}])],
         [(*FIRST, COUNT - 1)] * 2, pairs=[("in", "x"), ("one", "x")]),
    Case("wide aggregate", [SOURCE, component("aggregate", "x", aggregations=[
        {"function": "sum", "field": name, "alias": name} for name in NAMES])],
         [tuple(3 * v for v in FIRST[:-1]) + (2 * (COUNT - 1),)]),
    Case("wide window", [SOURCE, component("window", "x", partition_by=[LAST], functions=[
        {"function": "count", "alias": "n"}])], [(*FIRST, 2), (*SECOND, 1), (*FIRST, 2)]),
    Case("narrow distinct", [ONE, component("distinct", "x")], [(2,), (None,), (1,)]),
    Case("narrow rank", [ONE, component("rank", "x", rank_field_name="r",
                                        sort_fields=[{"field": "v"}])],
         [(None, 1), (1, 2), (2, 3), (2, 3)]),
    Case("narrow window", [ONE, component("window", "x", partition_by=["v"], functions=[
        {"function": "count", "alias": "n"}])], [(2, 2), (None, 1), (1, 1), (2, 2)]),
]  # fmt: skip
