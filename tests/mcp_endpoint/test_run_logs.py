"""The tails of logs that get_run and explain_job_failure return."""

import pytest

from common.redact import MASK
from runs.models import Run, RunLog
from runs.record import RunRecord

SECRET = "canary-7f3b9c"
TOOLS = ("get_run", "explain_job_failure")


@pytest.fixture
def run(make_package, make_run):
    return make_run(make_package(), status=Run.Status.FAILED, error="it rains")


@pytest.mark.promise("get_run.redacted_log_tail", "explain_job_failure.redacted_log_tail")
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "line",
    [
        f"row 7 held {SECRET}",
        "could not connect to postgres://app:other-canary@db.example/x",
        "Authorization: Bearer other-canary",
    ],
)
def test_what_is_secret_in_a_line_is_masked(call_tool, run, tool, line):
    record = RunRecord(run, [SECRET])
    record.log("ERROR", "orders", line)
    record.flush()

    answer = call_tool(tool, run_id=run.pk)

    assert MASK in answer.data["log_tail"][0]
    assert "canary" not in str(answer.raw)


@pytest.mark.promise("get_run.log_tail_lines")
@pytest.mark.parametrize(("given", "lines"), [({}, 20), ({"log_tail_lines": 200}, 200)])
def test_get_run_returns_20_lines_unless_asked_for_up_to_200(call_tool, run, given, lines):
    _fill(run, 230)

    tail = call_tool("get_run", run_id=run.pk, **given).data["log_tail"]

    assert len(tail) == lines
    assert tail[-1].endswith("line 230")


@pytest.mark.promise("explain_job_failure.log_tail_lines")
@pytest.mark.parametrize(
    ("given", "lines"), [({}, 50), ({"log_tail_lines": 1}, 1), ({"log_tail_lines": 200}, 200)]
)
def test_explain_job_failure_looks_at_50_lines_unless_asked_for_up_to_200(
    call_tool, run, given, lines
):
    _fill(run, 230)

    tail = call_tool("explain_job_failure", run_id=run.pk, **given).data["log_tail"]

    assert len(tail) == lines
    assert tail[-1].endswith("line 230")


@pytest.mark.promise("get_run.log_tail_lines", "explain_job_failure.log_tail_lines")
@pytest.mark.parametrize("tool", TOOLS)
def test_more_than_200_lines_are_refused(call_tool, run, tool):
    answer = call_tool(tool, run_id=run.pk, log_tail_lines=201)

    assert answer.is_error
    assert answer.data == {"error": "log_tail_lines: must be at most 200"}


def _fill(run, count):
    RunLog.objects.bulk_create(
        RunLog(run=run, number=n, at=run.created_at, level="INFO", message=f"line {n}")
        for n in range(1, count + 1)
    )
