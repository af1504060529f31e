import pytest

from runs.models import Run, RunLog


@pytest.mark.promise("explain_job_failure.pattern_families", "explain_job_failure.next_steps")
@pytest.mark.parametrize(
    ("line", "families"),
    [
        ('FATAL:  password authentication failed for user "etl"', {"FATAL", "auth"}),
        ("permission denied for table orders", {"ERROR", "auth"}),
        ("warehouse: connection to db:5432 refused. Check host and port.", {"ERROR", "connection"}),
        ('relation "orders" does not exist', {"ERROR", "schema"}),
        ("java.lang.OutOfMemoryError: Java heap space", {"exception"}),
    ],
)
def test_a_known_error_is_put_into_its_documented_families(
    call_tool, make_package, make_run, line, families
):
    run = make_run(make_package(), status=Run.Status.FAILED, error="Run failed")
    RunLog.objects.create(run=run, number=1, at=run.created_at, level="ERROR", message=line)

    data = call_tool("explain_job_failure", run_id=run.pk).data

    assert data["primary_error"] == line
    assert set(data["detected_patterns"][-1]["families"]) == families
    assert all(step["text"] for step in data["suggestions"])
    assert data["suggestions"]
