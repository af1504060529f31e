"""Every case of tests/engine/cases/tasks.py, run as a workflow without the platform around it."""

import pytest

from engine.check import check_flow
from engine.flow import parse_flow
from engine.reporting import StageFailed
from engine.variables import Variables
from engine.workflow.execute import run_workflow
from tests.engine.cases.case import Fails
from tests.engine.cases.tasks import PREDEFINED, TASK_CASES, MemoryDesk
from tests.engine.flows import Recorder, never


@pytest.mark.parametrize("case", TASK_CASES, ids=lambda case: case.name)
def test_tasks_do_what_was_written_down_beforehand(bench, case):
    case.prepare(bench)
    flow, desk, variables = case.flow(), MemoryDesk(), dict(case.variables)
    order = bench.order(flow, variables, predefined=PREDEFINED)

    if isinstance(case.expected, Fails):
        with pytest.raises(StageFailed) as caught:
            run_workflow(order, Recorder(), desk, never)
        assert caught.value.component_name == case.expected.component
        assert case.expected.words in caught.value.message
        return
    assert check_flow(parse_flow(flow), Variables(variables, PREDEFINED), "workflow") == []
    run_workflow(order, Recorder(), desk, never)

    names = [next(iter(part.values()))["id"] for part in case.parts]
    assert {key: end.state for key, end in desk.ends.items()} == {
        name: case.states.get(name, "completed") for name in names
    }
    assert case.found(bench, desk) == case.expected
