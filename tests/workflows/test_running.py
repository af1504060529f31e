"""Workflows through the real dispatcher, with real runner processes and real databases."""

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from packages_app.editing import save_version
from runs.models import Run
from runs.recovery import stop_orphans, take_over_lost_runs
from runs.services import cancel_run, retry_run, submit_run
from runs.tasks import execute_run
from tests.conftest import sample_flow
from tests.platform import dispatching
from tests.runs.test_platform import _kill_runner_of
from tests.workflows.building import sql, task, wait, workflow


@pytest.fixture
def books(transactional_db, make_connection):
    """A SQLite file with one empty table."""
    root = Path(str(settings.LOCAL_DATA_ROOT))
    root.mkdir(parents=True, exist_ok=True)
    path = root / "books.sqlite"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE seen (what TEXT)")
    connection = make_connection(
        "books", kind="sqlite", category="database", settings={"database": "books.sqlite"}
    )
    connection.path = path
    return connection


def seen(books) -> list[str]:
    with sqlite3.connect(books.path) as file:
        return [row[0] for row in file.execute("SELECT what FROM seen ORDER BY rowid")]


def states(run: Run) -> dict[str, str]:
    return {row.name: row.state for row in run.components.all()}


def note(name: str, books, what: str | None = None, **properties):
    query = f"INSERT INTO seen VALUES ('{what or name}')"  # noqa: S608
    return sql(name, query, books.pk, **properties)


def test_tasks_run_in_the_order_of_their_edges(platform, books, make_workflow, start, wait_for):
    flow = workflow(
        note("c", books), note("a", books), note("b", books), edges=[("a", "b"), ("b", "c")]
    )

    run = wait_for(start(make_workflow(flow)))

    assert (run.status, run.error, run.progress) == ("completed", "", 1.0)
    assert seen(books) == ["a", "b", "c"]
    assert states(run) == {"a": "completed", "b": "completed", "c": "completed"}


def test_failure_takes_its_own_way_and_skipping_spreads(
    platform, books, make_workflow, start, wait_for
):
    flow = workflow(
        sql("broken", "INSERT INTO absent VALUES (1)", books.pk),
        note("on_success", books), note("later", books),
        note("on_failure", books), note("always", books),
        edges=[
            ("broken", "on_success"), ("on_success", "later"),
            ("broken", "on_failure", "failure"), ("broken", "always", "completion"),
        ],
    )  # fmt: skip

    run = wait_for(start(make_workflow(flow)))

    assert run.status == "completed", run.error
    assert states(run) == {
        "broken": "failed",
        "on_success": "skipped",
        "later": "skipped",
        "on_failure": "completed",
        "always": "completed",
    }
    assert sorted(seen(books)) == ["always", "on_failure"]


def test_a_failure_that_nothing_follows_fails_the_workflow_after_its_other_branches(
    platform, books, make_workflow, start, wait_for
):
    flow = workflow(
        sql("broken", "SELECT * FROM absent", books.pk),
        wait("slow", 0.5), note("other", books),
        edges=[("slow", "other")],
    )  # fmt: skip

    run = wait_for(start(make_workflow(flow)))

    assert (run.status, run.failed_component) == ("failed", "broken")
    assert "absent" in run.error
    assert seen(books) == ["other"]


def test_branches_run_side_by_side(platform, make_workflow, start, wait_for):
    flow = workflow(*(wait(f"w{n}", 1.0) for n in range(6)))
    run = wait_for(start(make_workflow(flow)))

    seconds = (run.completed_at - run.started_at).total_seconds()

    assert run.status == "completed", run.error
    assert seconds < 4, "six waits of a second one after the other take six"


def test_any_runs_after_the_first_and_only_once(platform, books, make_workflow, start, wait_for):
    flow = workflow(
        wait("quick"), wait("slow", 1.5), note("once", books, execution_condition="any"),
        note("first", books), edges=[("quick", "once"), ("slow", "once"), ("slow", "first")],
    )  # fmt: skip

    run = wait_for(start(make_workflow(flow)))

    assert run.status == "completed", run.error
    assert seen(books) == ["once", "first"]


def test_results_of_sql_go_to_later_tasks_and_to_child_packages(
    platform, files, books, make_package, make_workflow, start, wait_for
):
    child = make_package(flow=sample_flow(files.pk))
    flow = workflow(
        sql("limit", "SELECT 89", books.pk, result_type="single_value",
            assign_to_variable="min_delay"),
        sql("keep", "INSERT INTO seen VALUES ('${min_delay}'), (${min_delay} + 1)", books.pk),
        task("run_package", "load", package_id=child.pk, variables={"label": "$min_delay days"}),
        edges=[("limit", "keep"), ("keep", "load")],
    )  # fmt: skip

    run = wait_for(start(make_workflow(flow, variables={"region": "'north ' || 'west'"})))

    assert run.status == "completed", run.error
    assert seen(books) == ["89", "90"]
    made = run.children.get()
    assert (made.status, made.child_kind, made.task_id) == ("completed", "task", "load")
    assert made.variables == {"min_delay": "89", "region": "north west", "label": "89 days"}
    assert made.components.get(name="late").rows_out == 2


@pytest.mark.parametrize(
    ("result_type", "query", "value"),
    [
        ("single_value", "SELECT 'it''s' UNION ALL SELECT 'x'", "it's"),
        ("single_value", "SELECT NULL", ""),
        ("single_value", "SELECT 1 WHERE 1 = 0", ""),
        ("row", "SELECT 1 AS a, NULL AS b, 'ü' AS c", '{"a": 1, "b": null, "c": "ü"}'),
        ("table_json", "SELECT 1 AS a UNION ALL SELECT 2", '[{"a": 1}, {"a": 2}]'),
        ("table_json", "SELECT 1 AS a WHERE 1 = 0", "[]"),
    ],
)
def test_each_result_type_gives_its_text(
    platform, books, make_workflow, start, wait_for, result_type, query, value
):
    flow = workflow(
        sql("ask", query, books.pk, result_type=result_type, assign_to_variable="answer"),
        sql("keep", "INSERT INTO seen VALUES ('${answer}')", books.pk),
        edges=[("ask", "keep")],
    )

    run = wait_for(start(make_workflow(flow)))

    assert run.status == "completed", run.error
    assert seen(books) == [value]


def test_a_value_cannot_change_the_statement_it_enters(
    platform, books, make_workflow, start, wait_for
):
    hostile = "x'); DELETE FROM seen; --"
    flow = workflow(
        note("first", books),
        sql("inside", "INSERT INTO seen VALUES ('${given}')", books.pk),
        sql("outside", "INSERT INTO seen VALUES (${given})", books.pk),
        edges=[("first", "inside"), ("inside", "outside")],
    )

    run = wait_for(start(make_workflow(flow), variables={"given": hostile}))

    assert run.status == "completed", run.error
    assert seen(books) == ["first", hostile, hostile]


def test_a_workflow_takes_no_slot_from_the_runs_it_waits_for(
    transactional_db, files, make_package, make_workflow, start, wait_for, one_slot
):
    child = make_package(flow=sample_flow(files.pk))
    inner = make_workflow(workflow(task("run_package", "load", package_id=child.pk)), "Inner")
    flow = workflow(
        *(task("run_package", f"t{n}", package_id=inner.pk) for n in range(3)),
    )
    runs = [start(make_workflow(flow, f"Outer {n}")) for n in range(2)]

    for run in runs:
        assert wait_for(run, seconds=60).status == "completed", run.error

    assert Run.objects.filter(package=child, status="completed").count() == 6


@pytest.fixture
def one_slot(transactional_db):
    """A platform with room for a single data flow."""
    with dispatching(1) as dispatcher:
        yield dispatcher


def test_a_child_that_fails_fails_its_task_with_its_reason(
    platform, files, make_package, make_workflow, start, wait_for
):
    flow = sample_flow(files.pk)
    flow["components"][0]["cloud_storage_source_component"]["path"] = "gone.csv"
    child = make_package(flow=flow)

    run = wait_for(start(make_workflow(workflow(task("run_package", "load", package_id=child.pk)))))

    assert (run.status, run.failed_component) == ("failed", "load")
    assert "gone.csv" in run.error


def test_stopping_a_workflow_stops_its_runs_within_two_seconds(
    platform, make_workflow, start, wait_for, account, actor
):
    inner = make_workflow(workflow(wait("long", 60)), "Inner")
    outer = make_workflow(
        workflow(task("run_package", "below", package_id=inner.pk), wait("beside", 60)), "Outer"
    )
    run = start(outer)
    child = _child_at_work(run, wait_for)

    asked = time.monotonic()
    cancel_run(account=account, run_id=run.pk, actor=actor)
    wait_for(run)
    wait_for(child)
    seconds = time.monotonic() - asked

    assert (run.status, child.status) == ("stopped", "stopped")
    assert seconds < 2


def test_a_workflow_killed_in_mid_run_goes_on_and_does_nothing_twice(
    platform, books, make_workflow, start, wait_for
):
    inner = make_workflow(workflow(wait("a_while", 2.5)), "Inner")
    flow = workflow(
        note("before", books),
        task("run_package", "child", package_id=inner.pk),
        note("after", books),
        edges=[("before", "child"), ("child", "after")],
    )
    run = start(make_workflow(flow, "Outer"))
    child = _child_at_work(run, wait_for)

    _kill_parent_runner(run)
    wait_for(run)

    assert (run.status, run.attempt) == ("completed", 2), run.error
    assert seen(books) == ["before", "after"]
    assert [made.pk for made in run.children.all()] == [child.pk]


def test_a_task_that_failed_before_the_death_of_the_process_stays_failed(
    platform, books, make_workflow, start, wait_for
):
    flow = workflow(
        sql("broken", "INSERT INTO absent VALUES (1)", books.pk),
        note("mended", books), wait("long", 1.5),
        edges=[("broken", "mended", "failure"), ("mended", "long")],
    )  # fmt: skip
    run = start(make_workflow(flow))
    _until(lambda: seen(books) == ["mended"])
    _until(lambda: run.components.get(name="mended").task_end is not None)

    _kill_runner_of(run, wait_for)
    wait_for(run)

    assert (run.status, run.attempt) == ("completed", 2), run.error
    assert seen(books) == ["mended"]
    assert states(run)["broken"] == "failed"


def test_a_retry_does_every_task_anew(
    platform, books, make_workflow, start, wait_for, account, actor
):
    flow = workflow(note("a", books), sql("b", "SELECT 1 FROM later", books.pk), edges=[("a", "b")])
    failed = wait_for(start(make_workflow(flow)))
    with sqlite3.connect(books.path) as file:
        file.execute("CREATE TABLE later (x)")

    again = wait_for(retry_run(account=account, run_id=failed.pk, actor=actor))

    assert (failed.status, again.status) == ("failed", "completed")
    assert seen(books) == ["a", "a"]


def test_a_package_that_came_to_run_itself_is_refused_while_running(
    platform, make_workflow, start, wait_for, actor
):
    package = make_workflow(workflow(wait("x")))
    package.data_flow_json = workflow(task("run_package", "again", package_id=package.pk))
    save_version(package, actor)

    run = wait_for(start(package))

    assert run.status == "failed"
    assert "would run itself" in run.error
    assert Run.objects.count() == 1


def test_runs_of_a_workflow_that_ended_without_them_are_stopped(
    make_workflow, make_run, start, account, actor
):
    parent = start(make_workflow(workflow(wait("x"))))
    child = submit_run(
        account=account, package_id=parent.package_id, actor=actor, task_of=(parent, "x")
    )
    Run.objects.filter(pk=parent.pk).update(status="failed")

    assert stop_orphans() == 1

    child.refresh_from_db()
    assert child.status == "stopped"
    assert stop_orphans() == 0


def test_a_lost_workflow_that_was_to_stop_stops_with_its_runs(make_workflow, start, account, actor):
    parent = start(make_workflow(workflow(wait("x"))))
    child = submit_run(
        account=account, package_id=parent.package_id, actor=actor, task_of=(parent, "x")
    )
    Run.objects.filter(pk=parent.pk).update(
        status="running", worker="dead", lease_until="2020-01-01T00:00:00Z"
    )

    cancel_run(account=account, run_id=parent.pk, actor=actor)
    take_over_lost_runs()

    for run in (parent, child):
        run.refresh_from_db()
        assert run.status == "stopped"


def test_child_runs_are_hidden_from_lists_unless_asked_for(
    platform, make_workflow, start, wait_for, call_tool
):
    inner = make_workflow(workflow(wait("x")), "Inner")
    run = wait_for(start(make_workflow(workflow(task("run_package", "t", package_id=inner.pk)))))

    shown = call_tool("list_runs").data["runs"]
    everything = call_tool("list_runs", include_child_retries=True).data["runs"]

    assert [item["id"] for item in shown] == [run.pk]
    assert {item["id"] for item in everything} == {run.pk, run.children.get().pk}


def _child_at_work(run: Run, wait_for) -> Run:
    _until(lambda: run.children.exists())
    return wait_for(run.children.get(), Run.Status.RUNNING)


def _until(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def _kill_parent_runner(run: Run) -> None:
    """The runner whose folder is that of the run's first attempt."""
    wanted = str(Path(settings.DATA_DIR) / "runs" / f"{run.pk}-1")
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and os.readlink(entry / "cwd") == wanted:
                os.kill(int(entry.name), signal.SIGKILL)
                return
        except OSError:
            continue
    raise AssertionError("no runner works in the run's folder")


def test_a_message_for_a_workflow_takes_no_slot_of_the_worker(
    transactional_db, make_workflow, start, wait_for
):
    inner = make_workflow(workflow(wait("x")), "Inner")
    run = start(make_workflow(workflow(task("run_package", "t", package_id=inner.pk)), "Outer"))

    execute_run(run.pk)  # returns although the workflow waits for its child
    _until(lambda: run.children.exists())
    execute_run(run.children.get().pk)
    wait_for(run)

    assert (run.status, run.children.get().status) == ("completed", "completed")


def test_a_worker_whose_room_for_workflows_is_taken_leaves_them_to_a_later_message(
    transactional_db, make_workflow, start, wait_for, monkeypatch
):
    monkeypatch.setattr("runs.tasks._room_for_workflows", threading.Semaphore(1))
    package = make_workflow(workflow(wait("x", 0.5)))
    first, second = start(package), start(package)

    execute_run(first.pk)
    execute_run(second.pk)
    second.refresh_from_db()
    assert second.status == "queued"

    wait_for(first)
    _until(lambda: (execute_run(second.pk), second.refresh_from_db(), second.status)[2] != "queued")
    assert wait_for(second).status == "completed"
