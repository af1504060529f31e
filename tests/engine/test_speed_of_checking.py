"""Validating the largest flow that is allowed takes less than a fifth of a second."""

import time

from engine.check import check_flow
from engine.flow import MAX_COMPONENTS, parse_flow
from engine.variables import Variables
from tests.engine.flows import component, csv_source, graph, table_destination

LANES = 4
FIELDS = {f"f{number}": "long" for number in range(20)} | {"name": "string", "day": "date"}
KINDS = [
    {"kind": "select", "include_all_input": True, "fields": [
        {"expression": f"f{n} + f{n + 1} * 2", "alias": f"f{n}"} for n in range(5)]},
    {"kind": "filter", "conditions": [
        {"left": "f1", "operator": "gt", "right": "0"},
        {"left": "name", "operator": "text_matches", "right": "a.*"}]},
    {"kind": "rank", "rank_field_name": "NEW", "sort_fields": [{"field": "f1"}]},
    {"kind": "sort", "sort_fields": [{"field": "day"}, {"field": "f1", "direction": "desc"}]},
    {"kind": "distinct", "keys": ["f1", "f2"]},
    {"kind": "assert", "error_message": "no", "conditions": [
        {"left": "f1", "operator": "is_not_null"}]},
]  # fmt: skip


def largest_flow() -> dict:
    """Four lanes from a file each, through every kind in turn, to a table each."""
    ends = [f"in{lane}" for lane in range(LANES)]
    parts = [csv_source(name, "a.csv", FIELDS) for name in ends]
    pairs = []
    for number in range(MAX_COMPONENTS - 2 * LANES):
        lane, name = number % LANES, f"c{number}"
        body = dict(KINDS[number // LANES % len(KINDS)])
        kind = body.pop("kind")
        if "rank_field_name" in body:
            body["rank_field_name"] = f"r{number}"
        parts.append(component(kind, name, **body))
        pairs.append((ends[lane], name))
        ends[lane] = name
    for lane in range(LANES):
        parts.append(table_destination(f"out{lane}", f"t{lane}"))
        pairs.append((ends[lane], f"out{lane}"))
    return graph(parts, pairs)


def test_the_largest_flow_is_validated_within_200_ms_of_the_processor():
    document = largest_flow()
    assert len(document["components"]) == MAX_COMPONENTS
    spent = []
    for _ in range(10):
        started = time.process_time()
        problems = check_flow(parse_flow(document), Variables())
        spent.append(time.process_time() - started)
        assert problems == []

    assert min(spent) < 0.2
