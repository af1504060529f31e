"""Answers stay under 100 KB, whatever the rows hold."""

from runs.models import Run, RunLog

LIMIT = 100_000


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
