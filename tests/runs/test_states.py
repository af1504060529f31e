from datetime import timedelta

import pytest
from django.utils import timezone

from runs import states
from runs.models import Run
from runs.recovery import take_over_lost_runs
from runs.services import cancel_run
from runs.supervisor import MAX_ATTEMPTS

S = Run.Status
PAST = timedelta(seconds=-1)
SOON = timedelta(seconds=15)


@pytest.fixture
def run(make_package, make_run) -> Run:
    return make_run(make_package())


def claim(run: Run, worker: str = "w1", lease: timedelta = SOON) -> bool:
    claimed = states.claim(run.pk, worker=worker, lease_until=timezone.now() + lease)
    run.refresh_from_db()
    return claimed


def test_a_finished_run_never_changes_again(run):
    for end in states.FINISHED:
        Run.objects.filter(pk=run.pk).update(status=end)
        for status in S:
            assert not states.move(run, status)


def test_only_one_worker_gets_a_queued_run(run):
    assert claim(run, "w1")
    assert not claim(run, "w2")
    assert (run.worker, run.attempt, run.status) == ("w1", 1, S.RUNNING)


def test_a_worker_that_lost_its_run_changes_nothing(run):
    claim(run, "w1", PAST)
    take_over_lost_runs()
    claim(run, "w2")

    assert not states.move(run, S.COMPLETED, worker="w1")
    assert not states.renew_lease(run.pk, worker="w1", lease_until=timezone.now())
    run.refresh_from_db()
    assert (run.status, run.worker) == (S.RUNNING, "w2")


def test_a_run_whose_lease_ran_out_is_queued_again_and_says_so(run):
    claim(run, "w1", PAST)

    assert take_over_lost_runs() == 1

    run.refresh_from_db()
    assert (run.status, run.attempt) == (S.QUEUED, 1)
    assert "Worker w1 was lost" in run.log_lines.get().message


def test_a_run_with_a_live_lease_is_left_alone(run):
    claim(run)

    assert take_over_lost_runs() == 0


def test_a_worker_that_renews_in_the_last_moment_keeps_its_run(run):
    claim(run, "w1", PAST)
    seen_as_lost = timezone.now()
    states.renew_lease(run.pk, worker="w1", lease_until=seen_as_lost + SOON)

    assert not states.move(run, S.QUEUED, worker="w1", lease_before=seen_as_lost)


def test_a_run_that_loses_every_worker_fails_with_the_cause(run):
    for _ in range(MAX_ATTEMPTS):
        claim(run, "w1", PAST)
        take_over_lost_runs()

    run.refresh_from_db()
    assert run.status == S.FAILED
    assert run.error == f"Its worker was lost in each of {MAX_ATTEMPTS} attempts"
    assert run.completed_at is not None


def test_a_waiting_run_is_stopped_at_once_and_a_second_cancel_is_harmless(run, account, user_actor):
    first = cancel_run(account=account, run_id=run.pk, actor=user_actor)
    second = cancel_run(account=account, run_id=run.pk, actor=user_actor)

    assert first.status == second.status == S.STOPPED


def test_a_running_run_is_asked_to_stop(run, account, user_actor):
    claim(run)

    assert cancel_run(account=account, run_id=run.pk, actor=user_actor).status == S.PENDING_STOPPAGE


def test_a_stopping_run_whose_worker_is_gone_counts_as_stopped(run, account, user_actor):
    claim(run, "w1", PAST)
    cancel_run(account=account, run_id=run.pk, actor=user_actor)

    take_over_lost_runs()

    run.refresh_from_db()
    assert run.status == S.STOPPED


def test_runtime_counts_from_start_to_end(run):
    start = timezone.now()
    run.started_at, run.completed_at = start, start + timedelta(seconds=1.5)

    assert states.runtime_seconds(run) == 1.5
