"""Runs through the real dispatcher and real runner processes."""

import os
import signal
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from common.redact import MASK
from connections import vault
from runs.models import Run, RunComponent
from runs.record import RunRecord
from runs.recovery import take_over_lost_runs
from runs.services import cancel_run, submit_run
from runs.worker import Worker
from tests.conftest import sample_flow

LATE = [
    {"carrier": "AA", "delay": 90, "name": "American"},
    {"carrier": "UA", "delay": 61, "name": "United"},
    {"carrier": "ZZ", "delay": 300, "name": None},
]


@pytest.fixture
def package(files, make_package):
    return make_package(flow=sample_flow(files.pk))


def written_rows() -> list[dict[str, object]]:
    folder = Path(str(settings.LOCAL_DATA_ROOT)) / "flight-files" / "out" / "late"
    rows = [row for part in folder.glob("*.parquet") for row in pq.read_table(part).to_pylist()]
    return sorted(rows, key=lambda row: row["carrier"])


def test_a_run_moves_the_rows_and_counts_them_per_component(
    platform, package, account, actor, wait_for
):
    run = submit_run(account=account, package_id=package.pk, actor=actor)

    wait_for(run)

    assert (run.status, run.error, run.progress) == ("completed", "", 1.0)
    assert written_rows() == LATE
    counted = {c.name: (c.state, c.rows_in, c.rows_out) for c in run.components.all()}
    assert counted == {
        "flights": ("completed", None, 5),
        "late": ("completed", 5, 3),
        "airlines": ("completed", None, 2),
        "with_airline": ("completed", 5, 3),
        "late_flights": ("completed", 3, 3),
    }
    assert run.components.get(name="late_flights").write_state == "committed"


def test_the_log_is_numbered_without_gaps_and_ends_with_the_outcome(
    platform, package, account, actor, wait_for
):
    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor))

    lines = list(run.log_lines.all())

    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0].message.startswith("Claimed by worker")
    assert lines[-1].message == "Run completed"
    assert any("First batch" in line.message for line in lines)


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ({"variables": {"min_delay": "89"}}, 2),
        ({"dynamic_variables": {"min_delay": "100 + 100"}}, 1),
        ({"variables": {"min_delay": "0"}, "dynamic_variables": {"min_delay": "299"}}, 1),
    ],
)
def test_variables_of_the_run_override_the_packages(
    platform, package, account, actor, wait_for, given, rows
):
    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor, **given))

    assert run.status == "completed", run.error
    assert len(written_rows()) == rows


def test_a_variable_cannot_change_the_structure_of_an_expression(
    platform, package, account, actor, wait_for
):
    hostile = {"min_delay": "0 OR 1=1"}

    run = wait_for(
        submit_run(account=account, package_id=package.pk, actor=actor, variables=hostile)
    )

    assert run.status == "failed"


def test_a_missing_file_fails_with_a_cause_and_writes_nothing(
    platform, files, make_package, account, actor, wait_for
):
    flow = sample_flow(files.pk)
    flow["components"][0]["cloud_storage_source_component"]["path"] = "gone.csv"
    flow["components"][4]["cloud_storage_destination_component"]["directory"] = "out/none"
    package = make_package(flow=flow)

    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor))

    assert run.status == "failed"
    assert run.failed_component == "flights"
    assert "gone.csv" in run.error
    assert not (Path(str(settings.LOCAL_DATA_ROOT)) / "flight-files" / "out" / "none").exists()


@pytest.mark.parametrize(
    "expression",
    [
        "(SELECT count(*) FROM read_csv('/etc/passwd'))",
        "getenv('HOME')",
        "read_text('/etc/passwd')",
    ],
)
def test_an_expression_that_reaches_outside_is_refused(
    platform, files, make_package, account, actor, wait_for, expression
):
    flow = sample_flow(files.pk)
    flow["components"][1]["filter_component"]["conditions"][0]["right"] = expression
    package = make_package(flow=flow)

    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor))

    assert run.status == "failed"
    assert "root:" not in " ".join(line.message for line in run.log_lines.all())


def test_a_connection_of_another_account_is_not_opened(
    platform, files, make_package, make_connection, other_account, account, actor, wait_for
):
    foreign = make_connection("theirs", account=other_account)
    package = make_package(flow=sample_flow(foreign.pk))

    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor))

    assert run.status == "failed"
    assert "connection" in run.error.lower()


def test_secrets_of_connections_never_reach_the_log(
    platform, package, files, account, actor, wait_for
):
    files.secrets = vault.encrypt({"token": "flights.csv"})
    files.save()

    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor))

    text = " ".join(line.message for line in run.log_lines.all())
    assert "flights.csv" not in text
    assert MASK in text


def test_a_runner_killed_in_mid_run_is_tried_again_and_nothing_is_doubled(
    platform, package, account, actor, wait_for
):
    run = submit_run(account=account, package_id=package.pk, actor=actor)
    _kill_runner_of(run, wait_for)

    wait_for(run)

    assert (run.status, run.attempt) == ("completed", 2)
    assert written_rows() == LATE


def test_a_destination_that_was_committed_is_not_written_again(
    platform, package, account, actor, wait_for
):
    run = wait_for(submit_run(account=account, package_id=package.pk, actor=actor))
    before = {p: p.stat().st_mtime_ns for p in _parts()}
    RunComponent.objects.filter(run=run, name="late_flights").update(write_state="committing")
    Run.objects.filter(pk=run.pk).update(
        status=Run.Status.RUNNING, worker="dead", lease_until="2020-01-01T00:00:00Z"
    )

    take_over_lost_runs()
    wait_for(run)

    assert (run.status, run.attempt) == ("completed", 2)
    assert {p: p.stat().st_mtime_ns for p in _parts()} == before


def test_many_runs_at_once_all_complete(
    platform, package, files, make_package, account, wait_for, actor
):
    runs = []
    for n in range(6):
        flow = sample_flow(files.pk)
        body = flow["components"][4]["cloud_storage_destination_component"]
        body["directory"] = f"out/many{n}"
        runs.append(submit_run(account=account, package_id=make_package(flow=flow).pk, actor=actor))

    for run in runs:
        assert wait_for(run, seconds=60).status == "completed", run.error


def test_a_worker_that_lost_its_run_may_not_let_its_runner_commit(
    package, account, actor, wait_for
):
    run = submit_run(account=account, package_id=package.pk, actor=actor)
    worker = Worker()
    claim = worker.claim(run.pk)
    Run.objects.filter(pk=run.pk).update(worker="somebody else")

    worker.work_on(claim)

    run.refresh_from_db()
    assert (run.status, run.worker) == ("running", "somebody else")
    assert not run.components.exclude(write_state="").exists()


def test_two_claims_of_one_process_differ(package, account, actor):
    run = submit_run(account=account, package_id=package.pk, actor=actor)
    worker = Worker()
    first = worker.claim(run.pk)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.QUEUED)

    assert worker.claim(run.pk).holder != first.holder


def test_a_log_line_that_no_database_holds_is_mended(package, account, actor):
    run = submit_run(account=account, package_id=package.pk, actor=actor)
    record = RunRecord(run, ())

    record.log("ERROR", "flights", "cell a\x00b and \udce9")
    record.flush()

    assert run.log_lines.get().message == "cell a\ufffdb and ?"


def test_cancelling_a_waiting_run_keeps_it_from_starting(package, account, actor, wait_for):
    run = submit_run(account=account, package_id=package.pk, actor=actor)

    cancel_run(account=account, run_id=run.pk, actor=actor)

    run.refresh_from_db()
    assert (run.status, run.attempt) == ("stopped", 0)


def _parts() -> list[Path]:
    return list((Path(str(settings.LOCAL_DATA_ROOT)) / "flight-files" / "out" / "late").iterdir())


def _kill_runner_of(run: Run, wait_for) -> None:
    """Kill every process that forked from our fork server, as soon as there is one."""
    wait_for(run, Run.Status.RUNNING)
    me = str(os.getpid())
    for _ in range(500):
        servers = {pid for pid, parent, _ in _processes() if parent == me}
        runners = [pid for pid, parent, _ in _processes() if parent in servers]
        for pid in runners:
            os.kill(int(pid), signal.SIGKILL)
        if runners:
            return
        time.sleep(0.001)
    raise AssertionError("no runner was seen")


def _processes() -> list[tuple[str, str, str]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            name, rest = text.rsplit(")", 1)
            found.append((entry.name, rest.split()[1], name))
    return found
