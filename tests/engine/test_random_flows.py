"""Random flows give what a plain Python interpreter of the same flow gives."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from engine.check import check_flow
from engine.flow import parse_flow
from engine.variables import Variables
from tests.engine.flows import Bench, Recorder
from tests.engine.random_flows import Stream, flows

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # to shrink takes longer than the test may
    suppress_health_check=list(HealthCheck),
)
THOROUGH = settings(QUICK, max_examples=1_500, derandomize=False)


def shown_rows(flow: dict) -> tuple[list[dict], int]:
    """The rows in the log, and how many the log says arrived."""
    recorder = Recorder()
    with TemporaryDirectory() as folder:
        Bench(Path(folder)).run(flow, recorder=recorder)
    lines = [line for _, name, line in recorder.lines if name == "out"]
    return [json.loads(line) for line in lines[:-1]], recorder.progress["out"].rows_in


def agrees(flow: dict, expected: Stream) -> None:
    assert check_flow(parse_flow(flow), Variables()) == []
    rows, count = shown_rows(flow)

    assert count == len(expected.rows)
    assert all(list(row) == list(expected.fields) for row in rows)
    assert sorted(map(json.dumps, rows)) == sorted(map(json.dumps, expected.rows))


@QUICK
@given(flows())
def test_a_random_flow_gives_what_plain_python_gives(made):
    agrees(*made)


@pytest.mark.long
@pytest.mark.timeout(900)
@THOROUGH
@given(flows())
def test_many_random_flows_give_what_plain_python_gives(made):
    agrees(*made)
