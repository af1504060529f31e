"""cancel_job and retry_job, through the HTTP endpoint."""

import pytest

from audit.models import AuditEntry
from packages_app.models import Package
from runs.models import Cluster, Run


@pytest.mark.promise("cancel_job.idempotent")
@pytest.mark.parametrize("status", ["completed", "failed", "stopped"])
def test_cancelling_a_finished_run_answers_its_status_and_changes_nothing(
    call_tool, make_package, make_run, status
):
    run = make_run(make_package(), status=status)

    answer = call_tool("cancel_job", run_id=run.pk)

    assert answer.data == {
        "run_id": run.pk,
        "status": status,
        "dry_run": False,
        "changes": [],
        "changes_left_out": 0,
    }
    assert not AuditEntry.objects.filter(action="cancel_job").exists()


def test_cancelling_a_waiting_run_stops_it_at_once(call_tool, make_package, make_run):
    run = make_run(make_package())

    answer = call_tool("cancel_job", run_id=run.pk)

    run.refresh_from_db()
    assert (answer.data["status"], run.status) == ("stopped", "stopped")
    assert answer.data["changes"] == [{"path": "status", "before": "queued", "after": "stopped"}]
    entry = AuditEntry.objects.get(action="cancel_job")
    assert (entry.object_id, entry.door, entry.tool) == (run.pk, "mcp", "cancel_job")


@pytest.mark.promise("cancel_job.stops_a_run", "cancel_job.idempotent")
def test_cancelling_a_running_run_asks_it_to_stop_and_twice_is_harmless(
    call_tool, make_package, make_run
):
    run = make_run(make_package(), status=Run.Status.RUNNING)

    first, second = (call_tool("cancel_job", run_id=run.pk) for _ in range(2))

    assert first.data["status"] == second.data["status"] == "pending_stoppage"
    assert second.data["changes"] == []


def test_a_dry_cancel_shows_the_next_status_and_leaves_the_run_alone(
    call_tool, make_package, make_run
):
    run = make_run(make_package())

    answer = call_tool("cancel_job", run_id=run.pk, dry_run=True)

    run.refresh_from_db()
    assert (answer.data["status"], answer.data["dry_run"], run.status) == (
        "stopped",
        True,
        "queued",
    )


@pytest.mark.promise("retry_job.failed_run", "retry_job.new_run")
def test_a_retry_makes_a_new_run_of_the_same_version_and_keeps_the_failed_one(
    call_tool, make_package, make_run
):
    package = make_package()
    failed = make_run(
        package, status=Run.Status.FAILED, variables={"a": "1"}, dynamic_variables={"b": "2"}
    )
    Package.objects.filter(pk=package.pk).update(version=7, data_flow_json={})

    answer = call_tool("retry_job", run_id=failed.pk)

    run = Run.objects.get(pk=answer.data["run_id"])
    failed.refresh_from_db()
    assert failed.status == "failed"
    assert (run.status, run.retry_of, run.flow) == ("queued", failed, failed.flow)
    assert (run.package_version, run.variables, run.dynamic_variables) == (
        1,
        {"a": "1"},
        {"b": "2"},
    )
    assert run.frozen_variables == failed.frozen_variables
    assert answer.data["retry_of"] == failed.pk
    entry = AuditEntry.objects.get(action="retry_job")
    assert entry.details == {"run_id": run.pk, "version": 1, "retry_of": failed.pk}


@pytest.mark.promise("retry_job.failed_run")
@pytest.mark.parametrize("status", ["queued", "running", "completed", "stopped"])
def test_only_failed_runs_can_be_retried(call_tool, make_package, make_run, status):
    run = make_run(make_package(), status=status)

    answer = call_tool("retry_job", run_id=run.pk)

    assert answer.data == {"error": f"run is {status}; only failed runs can be retried"}
    assert Run.objects.count() == 1


@pytest.mark.promise("retry_job.cluster")
def test_a_retry_goes_to_its_own_cluster_another_one_or_any_that_is_there(
    call_tool, account, make_package, make_run
):
    clusters = [
        Cluster.objects.create(account=account, name=name, status="available") for name in "abc"
    ]
    run = make_run(make_package(), status=Run.Status.FAILED, cluster=clusters[1])

    assert call_tool("retry_job", run_id=run.pk).data["cluster_id"] == clusters[1].pk
    chosen = call_tool("retry_job", run_id=run.pk, cluster_id=clusters[2].pk)
    assert chosen.data["cluster_id"] == clusters[2].pk
    Cluster.objects.filter(pk=clusters[1].pk).update(status="terminated")
    assert call_tool("retry_job", run_id=run.pk).data["cluster_id"] == clusters[0].pk


def test_a_retry_of_an_archived_package_is_refused(call_tool, make_package, make_run):
    package = make_package()
    run = make_run(package, status=Run.Status.FAILED)
    Package.objects.filter(pk=package.pk).update(status="archived")

    assert "archived" in call_tool("retry_job", run_id=run.pk).data["error"]


def test_a_repeated_retry_under_one_key_makes_one_run(call_tool, make_package, make_run):
    run = make_run(make_package(), status=Run.Status.FAILED)

    first, second = (
        call_tool("retry_job", run_id=run.pk, idempotency_key="once") for _ in range(2)
    )

    assert first.data == second.data
    assert Run.objects.count() == 2
