"""A run that works is stopped through the endpoint."""

from pathlib import Path

import pytest
from django.conf import settings

from runs.models import Run
from runs.services import submit_run
from tests.conftest import sample_flow


@pytest.mark.promise("cancel_job.stops_a_run")
def test_a_working_run_ends_within_seconds_and_writes_nothing(
    platform, files, make_package, account, actor, call_tool, wait_for
):
    folder = Path(str(settings.LOCAL_DATA_ROOT)) / "flight-files"
    (folder / "flights.csv").write_text("carrier,delay\n" + "AA,90\n" * 200_000)
    (folder / "airlines.csv").write_text("carrier,name\n" + "AA,American\n" * 5_000)
    flow = sample_flow(files.pk)
    flow["components"][4]["cloud_storage_destination_component"]["directory"] = "out/endless"
    package = make_package(flow=flow)
    run = submit_run(account=account, package_id=package.pk, actor=actor)
    wait_for(run, Run.Status.RUNNING)

    answer = call_tool("cancel_job", run_id=run.pk)
    wait_for(run, seconds=15)

    assert answer.data["status"] == "pending_stoppage"
    assert call_tool("get_run", run_id=run.pk).data["status"] == "stopped"
    assert call_tool("cancel_job", run_id=run.pk).data["status"] == "stopped"
    assert list((folder / "out").glob("endless/*.parquet")) == []
