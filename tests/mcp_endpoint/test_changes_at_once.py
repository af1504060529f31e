"""What a tool changed is what the next request sees: there is no sandbox between."""

import pytest

from connected_apps.services import create_token
from tests.every_tool import CHANGING


@pytest.fixture
def seen(rpc, account, user, actor):
    """What another client reads: packages with their graphs, runs and schedules."""
    _, bearer = create_token(account=account, user=user, name="Other", actor=actor)

    def read(name, **arguments):
        params = {"name": name, "arguments": arguments}
        return rpc("tools/call", params, bearer=bearer).json()["result"]["structuredContent"]

    def look():
        packages = read("list_packages")["packages"]
        graphs = [
            read("get_package", package_id=package["id"], include_full_graph=True)
            for package in packages
        ]
        for graph in graphs:
            del graph["untrusted_begin"], graph["untrusted_end"]
        return graphs, read("list_runs")["runs"], read("list_schedules")["schedules"]

    return look


@pytest.mark.promise("tools.changes_at_once")
@pytest.mark.parametrize("name", CHANGING)
def test_the_next_request_of_another_client_sees_the_change(
    call_tool, account, make_calls, seen, name
):
    arguments = make_calls(account)[name]
    before = seen()

    answer = call_tool(name, **arguments)

    after = seen()
    assert not answer.is_error, answer.data
    assert after != before
    assert after == seen()
