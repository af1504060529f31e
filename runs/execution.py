"""From a run's row to the order that its runner carries out."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from common.redact import forms_of
from connections.queries import installation_reach, open_specs, secret_texts
from engine.flow import parse_flow
from engine.worker import RunOrder
from packages_app.secret_variables import secret_values
from runs.models import Run
from runs.predefined import predefined_values


def build_order(run: Run, run_dir: Path) -> RunOrder:
    """Everything the runner needs, frozen. Later changes to package or variables do not reach it.

    Precedence of variables, low to high: account, package (both frozen when the run was submitted),
    run `variables`, run `dynamic_variables`; nothing overrides a secret one. The engine lets plain
    values go before expressions, so overridden ones are left out.
    """
    return RunOrder(
        run_id=run.pk,
        flow=run.flow.flow,
        variables={**run.frozen_variables, **run.dynamic_variables},
        predefined={
            **{k: v for k, v in run.variables.items() if k not in run.dynamic_variables},
            **predefined_values(run),
        },
        connections=open_specs(run.account, _connection_ids(run)),
        reach=installation_reach(),
        run_dir=run_dir,
        memory_limit_mb=settings.RUN_MEMORY_MB,
        threads=settings.RUN_THREADS,
        flow_type=run.package.flow_type,
        secrets=secret_values(run.package),
    )


def secrets_of(run: Run) -> frozenset[str]:
    """Texts that must never stand in this run's log, in the forms expressions can give them."""
    secrets = {*secret_values(run.package).values()}
    secrets |= secret_texts(run.account, _connection_ids(run))
    return frozenset(form for secret in secrets for form in forms_of(secret))


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
    nodes = parse_flow(run.flow.flow).nodes
    return {number for node in nodes for number in node.connections().values()}
