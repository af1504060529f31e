"""From a run's row to the order that its runner carries out."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from connections import vault
from connections.queries import installation_reach, open_specs, secret_texts
from engine.flow import parse_flow
from engine.worker import RunOrder
from runs.models import Run

PREDEFINED_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def build_order(run: Run, run_dir: Path) -> RunOrder:
    """Everything the runner needs, frozen. Later changes to package or variables do not reach it.

    Precedence of variables, low to high: package, run `variables`, run `dynamic_variables`. The
    engine lets plain values go before expressions, so overridden ones are left out.
    """
    return RunOrder(
        run_id=run.pk,
        flow=run.flow.flow,
        variables={**run.frozen_variables, **run.dynamic_variables},
        predefined={
            **{k: v for k, v in run.variables.items() if k not in run.dynamic_variables},
            **_predefined(run),
        },
        connections=open_specs(run.account, _connection_ids(run)),
        reach=installation_reach(),
        run_dir=run_dir,
        memory_limit_mb=settings.RUN_MEMORY_MB,
        threads=settings.RUN_THREADS,
        flow_type=run.package.flow_type,
    )


def secrets_of(run: Run) -> frozenset[str]:
    """Texts that must never stand in this run's log."""
    variables = vault.decrypt(run.package.secret_variables).values()
    return frozenset(str(value) for value in variables if value) | secret_texts(
        run.account, _connection_ids(run)
    )


@contextmanager
def run_directory(run: Run) -> Iterator[Path]:
    """A private folder for one attempt, gone afterwards."""
    path = Path(settings.DATA_DIR) / "runs" / f"{run.pk}-{run.attempt}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700, parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _connection_ids(run: Run) -> set[int]:
    ids = (node.body.get("connection_id") for node in parse_flow(run.flow.flow).nodes)
    return {number for number in ids if isinstance(number, int)}


def _predefined(run: Run) -> dict[str, str]:
    """Variables that the platform sets; an absent one is the empty text."""
    previous = (
        Run.objects.filter(package_id=run.package_id, status=Run.Status.COMPLETED)
        .exclude(pk=run.pk)
        .order_by("-pk")
        .values_list("created_at", flat=True)
        .first()
    )
    return {
        "_ACCOUNT_ID": str(run.account_id),
        "_ATTEMPT": str(run.attempt),
        "_CLUSTER_ID": str(run.cluster_id or ""),
        "_CLUSTER_NODES_COUNT": str(run.cluster.nodes if run.cluster else 1),
        "_JOB_ID": str(run.pk),
        "_JOB_SUBMISSION_TIMESTAMP": run.created_at.strftime(PREDEFINED_TIME_FORMAT),
        "_JOB_SUBMITTER_EMAIL": run.owner.email if run.owner else "",
        "_PACKAGE_ID": str(run.package_id),
        "_PACKAGE_LAST_SUCCESSFUL_JOB_SUBMISSION_TIMESTAMP": (
            previous.strftime(PREDEFINED_TIME_FORMAT) if previous else ""
        ),
        "_PACKAGE_NAME": run.package.name,
        "_PACKAGE_VERSION": str(run.package_version),
        "_SCHEDULE_NAME": run.schedule_label,
    }
