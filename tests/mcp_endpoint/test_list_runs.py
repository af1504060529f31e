from datetime import UTC, datetime

import pytest

from runs.models import Run
from runs.services import create_cluster


@pytest.mark.promise("list_runs.fields")
def test_a_failed_run_is_listed_with_its_times_place_and_error(
    call_tool, account, actor, make_package, make_run
):
    cluster = create_cluster(account=account, name="default", nodes=1, actor=actor)
    package = make_package()
    run = make_run(
        package,
        status=Run.Status.FAILED,
        started_at=datetime(2026, 6, 17, 8, 0, tzinfo=UTC),
        completed_at=datetime(2026, 6, 17, 8, 1, 30, tzinfo=UTC),
        error="no such table",
    )

    (row,) = call_tool("list_runs").data["runs"]

    assert row.pop("created_at").endswith("Z")
    assert row == {
        "id": run.pk,
        "package_id": package.pk,
        "package_name": "Late flights",
        "cluster_id": cluster.pk,
        "status": "failed",
        "started_at": "2026-06-17T08:00:00Z",
        "completed_at": "2026-06-17T08:01:30Z",
        "runtime_in_seconds": 90.0,
        "last_error": "no such table",
    }


@pytest.mark.promise("list_runs.fields")
def test_only_what_failed_has_an_error(call_tool, make_package, make_run):
    make_run(make_package(), status=Run.Status.COMPLETED)

    (row,) = call_tool("list_runs").data["runs"]

    assert row["last_error"] is None
