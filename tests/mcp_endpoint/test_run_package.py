import pytest

from audit.models import AuditEntry
from packages_app.models import Package
from runs.models import Cluster, Run
from runs.services import create_cluster


@pytest.mark.promise("run_package.answers_at_once", "run_package.arguments")
def test_run_package_queues_a_run_of_the_flow_as_it_is_now(call_tool, make_package, user):
    package = make_package()
    frozen = package.data_flow_json

    answer = call_tool("run_package", package_id=package.pk, variables={"min_delay": 90, "x": True})
    Package.objects.filter(pk=package.pk).update(data_flow_json={})

    run = Run.objects.get()
    assert answer.data == {
        "run_id": run.pk,
        "status": "queued",
        "package_id": package.pk,
        "package_version": 1,
        "cluster_id": None,
        "dry_run": False,
        "changes_left_out": 0,
        "changes": [
            {
                "path": "run",
                "before": None,
                "after": {
                    "package_id": package.pk,
                    "package_version": 1,
                    "cluster_id": None,
                    "status": "queued",
                    "variables": {"min_delay": "90", "x": "true"},
                    "dynamic_variables": {},
                },
            }
        ],
    }
    assert run.flow.flow == frozen
    assert run.variables == {"min_delay": "90", "x": "true"}
    assert run.frozen_variables == {"min_delay": "60"}
    assert (run.owner, run.started_through, run.application_label) == (user, "mcp", "Laptop")


@pytest.mark.promise("tokens.named_connection")
def test_run_package_is_audited_with_user_client_and_tool(call_tool, make_package, user):
    package = make_package()

    call_tool("run_package", package_id=package.pk)

    entry = AuditEntry.objects.get(action="run_package")
    assert (entry.user_label, entry.door, entry.tool) == (user.email, "mcp", "run_package")
    assert entry.application_label == "Laptop"
    assert entry.details == {"run_id": Run.objects.get().pk, "version": 1}


def test_two_runs_of_one_version_share_the_frozen_flow(call_tool, make_package):
    package = make_package()

    for _ in range(2):
        call_tool("run_package", package_id=package.pk)

    assert Run.objects.values("flow").distinct().count() == 1


def test_an_archived_package_is_refused_and_nothing_is_written(call_tool, make_package):
    package = make_package()
    Package.objects.filter(pk=package.pk).update(status=Package.Status.ARCHIVED)

    answer = call_tool("run_package", package_id=package.pk)

    assert answer.is_error
    assert answer.data == {"error": "package is archived; restore it before running it"}
    assert not Run.objects.exists()
    assert not AuditEntry.objects.filter(action="run_package").exists()


@pytest.mark.promise("run_package.arguments")
def test_a_chosen_cluster_must_be_the_accounts_own_and_take_runs(
    call_tool, account, other_account, make_package
):
    package = make_package()
    foreign = Cluster.objects.create(account=other_account, name="x", status="available")
    gone = Cluster.objects.create(account=account, name="y", status="terminated")

    answers = [
        call_tool("run_package", package_id=package.pk, cluster_id=cluster.pk).data
        for cluster in (foreign, gone)
    ]

    assert answers == [
        {"error": "cluster not found"},
        {"error": "cluster is terminated and takes no runs"},
    ]
    assert not Run.objects.exists()


def test_names_that_belong_to_the_platform_cannot_be_passed(call_tool, make_package):
    package = make_package()

    answer = call_tool("run_package", package_id=package.pk, variables={"_JOB_ID": "1"})

    assert answer.is_error
    assert "_JOB_ID" in answer.data["error"]


@pytest.mark.promise("run_package.arguments")
def test_a_run_takes_the_chosen_cluster_and_expressions(call_tool, account, make_package, actor):
    first, second = (
        create_cluster(account=account, name=name, nodes=1, actor=actor) for name in "ab"
    )
    package = make_package()

    chosen = call_tool(
        "run_package",
        package_id=package.pk,
        cluster_id=second.pk,
        dynamic_variables={"min_delay": "30 + 30"},
    ).data
    usual = call_tool("run_package", package_id=package.pk).data

    assert (chosen["cluster_id"], usual["cluster_id"]) == (second.pk, first.pk)
    run = Run.objects.get(pk=chosen["run_id"])
    assert (run.cluster, run.dynamic_variables) == (second, {"min_delay": "30 + 30"})
