"""Reads of runs, clusters and the health of packages and workspaces."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, cast

from django.db.models import Count, OuterRef, QuerySet, Subquery

from accounts.models import Account, Workspace
from accounts.owned import get_owned
from packages_app.models import Package, PackageQuerySet
from runs.models import Cluster, ClusterQuerySet, Run, RunLog, RunQuerySet
from runs.states import WORKING


def get_run(*, account: Account, run_id: int, lock: bool = False) -> Run:
    """The account's run with its package and cluster. Raises NotFound, foreign ids included.

    With lock=True its row stays locked until the transaction ends.
    """
    runs = Run.objects.for_account(account).select_related("package", "cluster", "owner", "flow")
    if lock:
        runs = runs.select_for_update(of=("self",))
    return get_owned(runs, run_id, "run")


def list_runs(
    *,
    account: Account,
    package_id: int | None = None,
    status: str | None = None,
    include_children: bool = False,
) -> RunQuerySet:
    """The account's runs, newest first; retries and tasks of workflows only when asked for."""
    runs = Run.objects.for_account(account).select_related("package").order_by("-pk")
    runs = runs.defer("package__data_flow_json", "package__variables", "package__secret_variables")
    if package_id is not None:
        runs = runs.filter(package_id=package_id)
    if status is not None:
        runs = runs.filter(status=status)
    if not include_children:
        runs = runs.filter(child_kind="")
    return runs


def get_cluster(*, account: Account, cluster_id: int) -> Cluster:
    """The account's cluster. Raises NotFound, foreign ids included."""
    return get_owned(Cluster.objects.for_account(account), cluster_id, "cluster")


def list_clusters(*, account: Account, status: str | None = None) -> ClusterQuerySet:
    """The account's clusters, newest first."""
    clusters = Cluster.objects.for_account(account).order_by("-pk")
    return clusters if status is None else clusters.filter(status=status)


def log_tail(run: Run, lines: int) -> list[RunLog]:
    """The last lines of the log, oldest first."""
    return list(reversed(run.log_lines.order_by("-number")[:lines]))


def log_after(run: Run, number: int, limit: int) -> list[RunLog]:
    """Up to `limit` lines that follow line `number`, oldest first."""
    return list(run.log_lines.filter(number__gt=number).order_by("number")[:limit])


class NewestRun(TypedDict):
    """What `with_last_run_status` adds to a package; all null before its first run."""

    last_run_status: str | None
    last_run_id: int | None
    last_run_at: datetime | None


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    PackageWithRun = WithAnnotations[Package, NewestRun]


def with_last_run_status(packages: PackageQuerySet) -> "QuerySet[PackageWithRun]":
    """Adds `last_run_status`, `last_run_id` and `last_run_at` of the newest top-level run."""
    newest = _top_level_runs().filter(package_id=OuterRef("pk")).order_by("-pk")
    annotated = packages.annotate(
        last_run_status=Subquery(newest.values("status")[:1]),
        last_run_id=Subquery(newest.values("pk")[:1]),
        last_run_at=Subquery(newest.values("created_at")[:1]),
    )
    return cast("QuerySet[PackageWithRun]", annotated)


def count_by_last_run_status(packages: PackageQuerySet) -> Counter[str | None]:
    """How many of the packages have a newest run of each status; None counts those without one."""
    statuses = with_last_run_status(packages).order_by().values_list("last_run_status")
    return Counter(dict(statuses.annotate(count=Count("pk"))))


@dataclass(frozen=True, slots=True)
class WorkspaceHealth:
    """`package_count` counts active packages; the others those whose newest run ended so."""

    workspace: Workspace
    package_count: int
    last_failed_jobs_count: int
    last_completed_jobs_count: int


def list_workspaces(account: Account) -> list[WorkspaceHealth]:
    """Every workspace of the account, in its chosen order, with the health of its packages."""
    return with_health(account, Workspace.objects.for_account(account).order_by("position", "pk"))


def with_health(account: Account, workspaces: Iterable[Workspace]) -> list[WorkspaceHealth]:
    """The workspaces, which are the account's own, each with the health of its packages."""
    chosen = list(workspaces)
    packages = Package.objects.for_account(account).active().filter(workspace__in=chosen)
    tally: dict[int, Counter[str | None]] = defaultdict(Counter)
    counted = with_last_run_status(packages).values_list("workspace_id", "last_run_status")
    for workspace_id, status, count in counted.annotate(count=Count("pk")).order_by():
        tally[workspace_id][status] += count
    return [
        WorkspaceHealth(
            workspace,
            package_count=tally[workspace.pk].total(),
            last_failed_jobs_count=tally[workspace.pk][Run.Status.FAILED],
            last_completed_jobs_count=tally[workspace.pk][Run.Status.COMPLETED],
        )
        for workspace in chosen
    ]


def count_working(account: Account) -> int:
    return Run.objects.for_account(account).filter(status__in=WORKING).count()


def _top_level_runs() -> RunQuerySet:
    return Run.objects.filter(child_kind="")
