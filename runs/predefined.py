"""The variables that the platform sets when a run starts."""

from runs.models import Cluster, Run

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def predefined_values(run: Run) -> dict[str, str]:
    """Plain values by name; an absent one is the empty text."""
    return {
        "_ACCOUNT_ID": str(run.account_id),
        "_ATTEMPT": str(run.attempt),
        "_CLUSTER_ID": str(run.cluster_id or ""),
        "_CLUSTER_NODES_COUNT": str(run.cluster.nodes if run.cluster else 1),
        "_CLUSTER_TYPE": run.cluster.type if run.cluster else Cluster.Type.PRODUCTION.value,
        "_JOB_ID": str(run.pk),
        "_JOB_SUBMISSION_TIMESTAMP": run.created_at.strftime(TIME_FORMAT),
        "_JOB_SUBMITTER_EMAIL": run.owner.email if run.owner else "",
        "_PACKAGE_ID": str(run.package_id),
        "_PACKAGE_LAST_SUCCESSFUL_JOB_SUBMISSION_TIMESTAMP": _last_success(run),
        "_PACKAGE_NAME": run.package.name,
        "_PACKAGE_VERSION": str(run.package_version),
        "_SCHEDULE_ID": _schedule_id(run),
        "_SCHEDULE_NAME": run.schedule_label,
    }


def _last_success(run: Run) -> str:
    """When the newest completed run before this one was submitted."""
    previous = (
        Run.objects.filter(package_id=run.package_id, status=Run.Status.COMPLETED)
        .exclude(pk=run.pk)
        .order_by("-pk")
        .values_list("created_at", flat=True)
        .first()
    )
    return previous.strftime(TIME_FORMAT) if previous else ""


def _schedule_id(run: Run) -> str:
    """Of the schedule that started the run, or the run that it is a retry of."""
    first = run
    while first.retry_of is not None:
        first = first.retry_of
    firing = first.firings.order_by("pk").first()
    return str(firing.schedule_id) if firing else ""
