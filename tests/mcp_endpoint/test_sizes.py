"""Answers stay under 100 KB, whatever the rows hold."""

from itertools import pairwise
from typing import Any

import pytest

from packages_app.models import Package
from runs.models import Run, RunLog

LIMIT = 100_000


def wide_flow(components: int) -> dict[str, Any]:
    """Filters in a row, each with a condition of 2,000 characters."""
    names = [f"f{number}" for number in range(components)]
    return {
        "flow_version": "2.0.0",
        "components": [
            {"filter_component": {"id": name, "name": name, "note": '"' * 2_000}} for name in names
        ],
        "edges": [
            {"id": f"e{number}", "source": a, "target": b}
            for number, (a, b) in enumerate(pairwise(names))
        ],
    }


def pages_of(rpc, package):
    cursor = None
    while True:
        arguments = {"package_id": package.pk, "include_full_graph": True}
        response = rpc(
            "tools/call",
            {
                "name": "get_package",
                "arguments": arguments | ({"cursor": cursor} if cursor else {}),
            },
        )
        assert len(response.content) < LIMIT
        data = response.json()["result"]["structuredContent"]
        yield data
        cursor = data["next_cursor"]
        if cursor is None:
            return


def test_a_large_graph_comes_in_pages_that_make_up_the_whole(rpc, make_package):
    flow = wide_flow(60)
    package = make_package(flow=flow)

    pages = list(pages_of(rpc, package))

    graphs = [page["data_flow_json"] for page in pages]
    assert len(pages) > 2
    assert [entry for graph in graphs for entry in graph["components"]] == (
        package.data_flow_json["components"]
    )
    assert [edge for graph in graphs for edge in graph["edges"]] == package.data_flow_json["edges"]
    assert {page["version_number"] for page in pages} == {1}


def test_a_small_graph_comes_whole(call_tool, make_package):
    package = make_package()

    data = call_tool("get_package", package_id=package.pk, include_full_graph=True).data

    assert data["data_flow_json"] == package.data_flow_json
    assert data["next_cursor"] is None


def test_pages_of_two_versions_are_never_mixed(call_tool, rpc, make_package):
    package = make_package(flow=wide_flow(60))
    first = next(pages_of(rpc, package))
    Package.objects.filter(pk=package.pk).update(version=2)

    answer = call_tool(
        "get_package", package_id=package.pk, include_full_graph=True, cursor=first["next_cursor"]
    )

    assert answer.data["error"].startswith("the package has changed to version_number 2")


@pytest.mark.parametrize("cursor", ["x", "!!", "e30", "bnVsbA"])
def test_a_cursor_of_no_graph_is_refused_by_name(call_tool, make_package, cursor):
    package = make_package()

    answer = call_tool("get_package", package_id=package.pk, include_full_graph=True, cursor=cursor)

    assert answer.data["error"].startswith("cursor: not a cursor of this graph")


def test_a_list_of_long_names_ends_earlier_and_goes_on_at_its_cursor(rpc, make_package):
    wide = "\U0001f600" * 255
    made = {make_package(name=wide).pk for _ in range(60)}

    seen: list[int] = []
    cursor = None
    while True:
        arguments = {"limit": 100} | ({"cursor": cursor} if cursor else {})
        response = rpc("tools/call", {"name": "list_packages", "arguments": arguments})
        assert len(response.content) < LIMIT
        data = response.json()["result"]["structuredContent"]
        seen += [package["id"] for package in data["packages"]]
        cursor = data["next_cursor"]
        if cursor is None:
            break

    assert sorted(seen) == sorted(made)


def test_a_log_tail_keeps_the_newest_lines_and_counts_the_rest(rpc, make_package, make_run):
    run = make_run(make_package(), status=Run.Status.FAILED)
    RunLog.objects.bulk_create(
        RunLog(run=run, number=n, at=run.created_at, level="INFO", message=f"{n} " + '"' * 3990)
        for n in range(200)
    )

    response = rpc(
        "tools/call", {"name": "get_run", "arguments": {"run_id": run.pk, "log_tail_lines": 200}}
    )

    data = response.json()["result"]["structuredContent"]
    assert len(response.content) < LIMIT
    assert " 199 " in data["log_tail"][-1]
    assert data["log_lines_left_out"] == 200 - len(data["log_tail"]) > 0
