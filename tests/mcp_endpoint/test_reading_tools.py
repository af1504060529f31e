"""The reading tools, through the HTTP endpoint."""

import pytest

from accounts.services import create_workspace
from packages_app.models import Package
from runs.models import Run, RunComponent, RunLog


@pytest.fixture
def workspace(account, actor):
    return create_workspace(account=account, name="Nightly", actor=actor)


@pytest.mark.promise("list_workspaces.counts")
def test_list_workspaces_counts_packages_by_their_newest_run(
    call_tool, workspace, make_package, make_run
):
    failing, healthy, never = (make_package(name=n, workspace=workspace) for n in "abc")
    make_run(failing, status=Run.Status.COMPLETED)
    make_run(failing, status=Run.Status.FAILED)
    make_run(healthy, status=Run.Status.COMPLETED)
    make_package(name="loose")
    Package.objects.filter(pk=never.pk).update(status=Package.Status.ARCHIVED)

    answer = call_tool("list_workspaces")

    assert answer.data == {
        "workspaces": [
            {
                "id": workspace.pk,
                "name": "Nightly",
                "description": "",
                "package_count": 2,
                "last_failed_jobs_count": 1,
                "last_completed_jobs_count": 1,
            }
        ],
        "unassigned_package_count": 1,
        "next_cursor": None,
    }


@pytest.mark.promise("list_packages.lists_packages", "list_packages.last_run_status")
def test_list_packages_shows_newest_first_with_the_newest_runs_status(
    call_tool, make_package, make_run
):
    older, newer = make_package(name="older"), make_package(name="newer")
    run = make_run(older, status=Run.Status.FAILED)

    packages = call_tool("list_packages").data["packages"]

    assert [(p["id"], p["last_run_status"], p["last_run_id"]) for p in packages] == [
        (newer.pk, None, None),
        (older.pk, "failed", run.pk),
    ]


@pytest.mark.promise("list_packages.filters")
def test_list_packages_filters_by_status_flow_type_and_workspace(
    call_tool, workspace, make_package
):
    placed = make_package(name="placed", workspace=workspace)
    archived = make_package(name="archived")
    Package.objects.filter(pk=archived.pk).update(status="archived")

    def ids(**arguments):
        return [p["id"] for p in call_tool("list_packages", **arguments).data["packages"]]

    assert ids(status="archived") == [archived.pk]
    assert ids(workspace_id=workspace.pk) == [placed.pk]
    assert ids(flow_type="workflow") == []
    assert ids(flow_type="dataflow") == [archived.pk, placed.pk]


def test_a_cursor_walk_shows_every_package_once_though_new_ones_come_in(call_tool, make_package):
    made = [make_package(name=f"p{n}").pk for n in range(5)]
    first = call_tool("list_packages", limit=2).data
    make_package(name="new")

    seen, cursor = [p["id"] for p in first["packages"]], first["next_cursor"]
    while cursor:
        page = call_tool("list_packages", limit=2, cursor=cursor).data
        seen += [p["id"] for p in page["packages"]]
        cursor = page["next_cursor"]

    assert seen == list(reversed(made))


@pytest.mark.promise("get_package.graph_summary", "get_package.full_graph")
def test_get_package_summarises_the_flow_and_hides_it_unless_asked(call_tool, make_package):
    package = make_package()

    summary = call_tool("get_package", package_id=package.pk).data
    full = call_tool("get_package", package_id=package.pk, include_full_graph=True).data

    assert summary["component_count"] == 5
    assert summary["edge_count"] == 4
    assert summary["component_types"]["cloud_storage_source_component"] == 2
    assert [s["name"] for s in summary["sources"]] == ["flights", "airlines"]
    assert [d["location"] for d in summary["destinations"]] == ["out/late"]
    assert summary["variables"] == {"min_delay": "60"}
    assert summary["data_flow_json"] is None
    assert full["data_flow_json"] == package.data_flow_json


@pytest.mark.promise(
    "list_connections.every_category",
    "list_connections.four_fields",
    "list_connections.type_filter",
)
def test_list_connections_returns_four_fields_and_no_setting(call_tool, make_connection):
    folder = make_connection()
    warehouse = make_connection("warehouse", "duckdb", category="database")

    everything = call_tool("list_connections").data["connections"]
    filtered = call_tool("list_connections", connection_type_filter="duckdb").data["connections"]

    assert everything[1] == {
        "id": folder.pk,
        "name": "flight-files",
        "type": "local_folder",
        "status": "untested",
    }
    assert [c["id"] for c in filtered] == [warehouse.pk]


@pytest.mark.promise("list_runs.filters", "list_runs.leaves_children_out")
def test_list_runs_filters_and_leaves_children_out(call_tool, make_package, make_run):
    package, other = make_package(name="a"), make_package(name="b")
    failed = make_run(package, status=Run.Status.FAILED, error="no such table")
    queued = make_run(other)
    child = make_run(package, child_kind=Run.ChildKind.RETRY)

    def ids(**arguments):
        return [run["id"] for run in call_tool("list_runs", **arguments).data["runs"]]

    assert ids() == [queued.pk, failed.pk]
    assert ids(include_child_retries=True) == [child.pk, queued.pk, failed.pk]
    assert ids(package_id=other.pk) == [queued.pk]
    assert ids(status="failed") == [failed.pk]
    assert call_tool("list_runs", status="failed").data["runs"][0]["last_error"] == "no such table"


@pytest.mark.promise("get_run.by_id", "get_run.log_tail_lines")
def test_get_run_shows_components_and_the_asked_number_of_log_lines(
    call_tool, make_package, make_run
):
    run = make_run(make_package(), status=Run.Status.COMPLETED)
    _log(run, *(f"line {n}" for n in range(30)))
    RunComponent.objects.create(
        run=run, component_id="c1", name="flights", type="t", position=0, rows_out=27004
    )

    usual = call_tool("get_run", run_id=run.pk).data
    short = call_tool("get_run", run_id=run.pk, log_tail_lines=2).data

    assert len(usual["log_tail"]) == 20
    assert [line.split(" ", 3)[-1] for line in short["log_tail"]] == ["line 28", "line 29"]
    assert usual["components"][0]["rows_out"] == 27004


@pytest.mark.promise("explain_job_failure.primary_error", "explain_job_failure.next_steps")
def test_explain_job_failure_finds_the_cause_and_the_next_step(call_tool, make_package, make_run):
    error = "The file planes-2012.csv.gz is no longer in flight-files."
    run = make_run(make_package(), status=Run.Status.FAILED, error=error, failed_component="planes")
    _log(run, error, level="ERROR")

    data = call_tool("explain_job_failure", run_id=run.pk).data

    assert data["primary_error"] == error
    assert data["component"] == "planes"
    assert data["retry_may_help"] is False
    assert data["detected_patterns"][0]["pattern_id"] == "file_not_found"
    assert data["suggestions"][0]["tool"] == "get_package"
    assert data["suggestions"][0]["arguments"] == {"package_id": run.package_id}
    assert len(data["log_tail"]) == 1


@pytest.mark.parametrize(
    ("tool", "argument", "words"),
    [
        ("get_package", "package_id", "package not found"),
        ("get_run", "run_id", "run not found"),
        ("explain_job_failure", "run_id", "run not found"),
        ("run_package", "package_id", "package not found"),
    ],
)
def test_a_foreign_id_answers_exactly_as_an_unknown_one(
    call_tool, make_package, make_run, other_account, tool, argument, words
):
    package = make_package(account=other_account)
    run = make_run(package)
    foreign = {"package_id": package.pk, "run_id": run.pk}[argument]

    answers = [call_tool(tool, **{argument: i}) for i in (foreign, 10**9, 2**63 - 1, 2**63)]

    assert all(answer.is_error for answer in answers)
    assert [answer.data for answer in answers] == [{"error": words}] * 4
    assert Run.objects.count() == 1


def test_lists_show_nothing_of_other_accounts(
    call_tool, other_account, make_package, make_run, make_connection, actor
):
    make_run(make_package(account=other_account))
    make_connection(account=other_account)
    workspace = create_workspace(account=other_account, name="Theirs", actor=actor)

    assert call_tool("list_packages").data["packages"] == []
    assert call_tool("list_packages", workspace_id=workspace.pk).data["packages"] == []
    assert call_tool("list_runs").data["runs"] == []
    assert call_tool("list_connections").data["connections"] == []
    assert call_tool("list_workspaces").data["workspaces"] == []


@pytest.mark.parametrize(
    ("tool", "budget"),
    [("list_workspaces", 4), ("list_packages", 2), ("list_runs", 2), ("list_connections", 2)],
)
def test_lists_need_the_same_few_queries_for_3_rows_and_for_60(
    call_tool,
    account,
    actor,
    make_package,
    make_run,
    make_connection,
    django_assert_num_queries,
    tool,
    budget,
):
    def add(start: int, count: int) -> None:
        for n in range(start, start + count):
            space = create_workspace(account=account, name=f"w{n}", actor=actor)
            make_run(make_package(name=f"p{n}", workspace=space))
            make_connection(f"c{n}")

    arguments = {} if tool == "list_workspaces" else {"limit": 100}
    add(0, 3)
    call_tool(tool, **arguments)
    with django_assert_num_queries(budget):
        call_tool(tool, **arguments)
    add(3, 57)
    with django_assert_num_queries(budget):
        call_tool(tool, **arguments)


def _log(run: Run, *messages: str, level: str = "INFO") -> None:
    RunLog.objects.bulk_create(
        RunLog(run=run, number=n, at=run.created_at, level=level, message=text)
        for n, text in enumerate(messages, start=1)
    )
