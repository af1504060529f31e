"""Runs: the verbs."""

from collections.abc import Collection, Mapping
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from audit import services as audit
from audit.actor import Actor
from common.errors import Conflict, InvalidInput
from packages_app.global_variables import global_variables
from packages_app.models import Package
from packages_app.queries import get_package
from packages_app.secret_variables import secret_variable_names
from packages_app.services import freeze_flow
from runs import wake
from runs.models import Cluster, Run
from runs.queries import get_cluster, get_run
from runs.states import FINISHED, UNFINISHED, WAITING, move

MAX_VARIABLES = 200
READY = (Cluster.Status.AVAILABLE, Cluster.Status.IDLE, Cluster.Status.PENDING)
"""Clusters that take runs."""


@transaction.atomic
def submit_run(
    *,
    account: Account,
    package_id: int,
    actor: Actor,
    cluster_id: int | None = None,
    variables: Mapping[str, str] | None = None,
    dynamic_variables: Mapping[str, str] | None = None,
    schedule_label: str = "",
    task_of: tuple[Run, str] | None = None,
) -> Run:
    """Queue a run of the package as it is now, and wake the platform once this is committed.

    `variables` are plain values, `dynamic_variables` expressions; both override the package's own,
    which override the account's. Neither may name a secret variable. `task_of` names the
    workflow's run and the task that this run is for.
    Raises NotFound for a foreign package or cluster, Conflict for an archived package or a cluster
    that takes no runs. Source: run_package in the product documentation, "Execution + recovery".
    """
    package = get_package(account=account, package_id=package_id, lock=True)
    if package.status != Package.Status.ACTIVE:
        raise Conflict("package is archived; restore it before running it")
    secret = secret_variable_names(package)
    _check_variables("variables", variables, secret)
    _check_variables("dynamic_variables", dynamic_variables, secret)
    run = Run(
        account=account,
        package=package,
        package_version=package.version,
        flow=freeze_flow(package),
        cluster=_choose_cluster(account, cluster_id),
        variables=dict(variables or {}),
        dynamic_variables=dict(dynamic_variables or {}),
        frozen_variables={**global_variables(account.pk), **package.variables},
        schedule_label=schedule_label,
    )
    if task_of is not None:
        run.parent, run.task_id = task_of
        run.child_kind = Run.ChildKind.TASK
    return _queue(run, actor, "run_package")


@transaction.atomic
def retry_run(*, account: Account, run_id: int, actor: Actor, cluster_id: int | None = None) -> Run:
    """Queue a new run of what a failed one ran: the same version, flow and variables.

    The failed run stays as it is. Without `cluster_id` its cluster is taken, or an available one
    when that takes no runs any more. Raises Conflict for a run that did not fail, and for an
    archived package. Source: retry_job in the product documentation, "Execution + recovery".
    """
    failed = get_run(account=account, run_id=run_id, lock=True)
    if failed.status != Run.Status.FAILED:
        raise Conflict(f"run is {failed.status}; only failed runs can be retried")
    if failed.package.status != Package.Status.ACTIVE:
        raise Conflict("package is archived; restore it before running it")
    run = Run(
        account=account,
        package=failed.package,
        package_version=failed.package_version,
        flow=failed.flow,
        cluster=_cluster_again(failed) if cluster_id is None else None,
        variables=failed.variables,
        dynamic_variables=failed.dynamic_variables,
        frozen_variables=failed.frozen_variables,
        schedule_label=failed.schedule_label,
        retry_of=failed,
    )
    if run.cluster is None:
        run.cluster = _choose_cluster(account, cluster_id)
    return _queue(run, actor, "retry_job")


def _queue(run: Run, actor: Actor, action: str) -> Run:
    run.owner_id = actor.user_id
    run.started_through = actor.door.value
    run.application_id = actor.application_id
    run.application_label = actor.application_label
    run.save()
    details = {"run_id": run.pk, "version": run.package_version}
    if run.retry_of_id is not None:
        details["retry_of"] = run.retry_of_id
    if run.parent_id is not None:
        details["parent"] = run.parent_id
    audit.record(
        actor,
        action,
        object_type="package",
        object_id=run.package_id,
        object_label=run.package.name,
        details=details,
    )
    transaction.on_commit(partial(wake.hint, run.pk))
    return run


@transaction.atomic
def cancel_run(*, account: Account, run_id: int, actor: Actor) -> Run:
    """Ask a run to stop; a waiting one stops at once, a finished one stays as it is.

    Source: cancel_job in the product documentation, "Execution + recovery".
    """
    run = get_run(account=account, run_id=run_id, lock=True)
    if run.status in FINISHED:
        return run
    _stop(run, actor)
    stop_children(run, actor)
    return run


@transaction.atomic
def stop_children(parent: Run, actor: Actor) -> None:
    """Ask every run that a task of this workflow began to stop, and those below them."""
    children = Run.objects.filter(parent=parent, child_kind=Run.ChildKind.TASK)
    for child in children.filter(status__in=UNFINISHED).select_for_update():
        _stop(child, actor)
        stop_children(child, actor)


def _stop(run: Run, actor: Actor) -> None:
    stopped = run.status in WAITING and move(run, Run.Status.STOPPED, error="stopped by user")
    if stopped or move(run, Run.Status.PENDING_STOPPAGE):
        audit.record(
            actor, "cancel_job", object_type="run", object_id=run.pk, object_label=str(run)
        )
    else:
        run.refresh_from_db()


@transaction.atomic
def create_cluster(*, account: Account, name: str, nodes: int, actor: Actor) -> Cluster:
    """A cluster that takes runs at once: this installation's own workers stand behind it."""
    cluster = Cluster.objects.create(
        account=account,
        name=name,
        nodes=nodes,
        status=Cluster.Status.AVAILABLE,
        available_since=timezone.now(),
    )
    audit.record(
        actor, "create_cluster", object_type="cluster", object_id=cluster.pk, object_label=name
    )
    return cluster


def _check_variables(
    field: str, variables: Mapping[str, str] | None, secret: Collection[str]
) -> None:
    if variables and len(variables) > MAX_VARIABLES:
        raise InvalidInput(f"{field}: at most {MAX_VARIABLES} names, got {len(variables)}")
    for name in variables or {}:
        if name.startswith("_"):
            raise InvalidInput(f"{field}: '{name}' begins with '_', which is kept for the platform")
        if name in secret:
            raise InvalidInput(f"{field}: '{name}' is a secret variable, which no run can override")


def _cluster_again(run: Run) -> Cluster | None:
    return run.cluster if run.cluster and run.cluster.status in READY else None


def _choose_cluster(account: Account, cluster_id: int | None) -> Cluster | None:
    if cluster_id is not None:
        cluster = get_cluster(account=account, cluster_id=cluster_id)
        if cluster.status not in READY:
            raise Conflict(f"cluster is {cluster.status} and takes no runs")
        return cluster
    return Cluster.objects.for_account(account).filter(status__in=READY).order_by("pk").first()
