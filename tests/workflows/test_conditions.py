"""When a task runs, is skipped, or waits; checked against every combination of ends."""

from itertools import product

import pytest

from engine.flow import Edge, parse_flow
from engine.workflow.conditions import decide, unhandled_failures
from tests.workflows.building import wait, workflow

HOLDS = {
    ("success", "completed"),
    ("failure", "failed"),
    ("completion", "completed"),
    ("completion", "failed"),
}
STATES = ("completed", "failed", "skipped", None)
CONDITIONS = ("success", "failure", "completion")


def test_a_task_without_edges_runs_at_once():
    assert decide((), "all", {}) == "run"
    assert decide((), "any", {}) == "run"


@pytest.mark.parametrize("execution_condition", ["all", "any"])
def test_two_edges_decide_as_the_truth_table_says(execution_condition):
    for conditions in product(CONDITIONS, repeat=2):
        edges = tuple(Edge(f"e{i}", f"t{i}", "x", condition=c) for i, c in enumerate(conditions))
        for states in product(STATES, repeat=2):
            ends = {f"t{i}": state for i, state in enumerate(states) if state}
            true = [pair in HOLDS for pair in zip(conditions, states, strict=True) if pair[1]]

            found = decide(edges, execution_condition, ends)

            if execution_condition == "any":
                wanted = "run" if any(true) else "skip" if len(true) == 2 else "wait"
            else:
                wanted = "skip" if False in true else "run" if len(true) == 2 else "wait"
            assert found == wanted, (conditions, states)


def test_a_failure_is_handled_by_an_edge_for_failure_or_completion_only():
    flow = parse_flow(
        workflow(
            wait("a"), wait("b"), wait("c"), wait("d"), wait("after"),
            edges=[("a", "after"), ("b", "after", "failure"), ("c", "after", "completion")],
        )
    )  # fmt: skip
    ends = dict.fromkeys("abcd", "failed")

    assert unhandled_failures(flow, ends) == ["a", "d"]
