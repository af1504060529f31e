"""No tool shows or changes a row of another account, whichever id it is given."""

import pytest

from mcp_endpoint.registry import TOOLS
from tests.database_rows import all_rows, changes
from tests.every_tool import CHANGING, READING

NAMES_OF_IDS = (
    "package_id",
    "connection_id",
    "run_id",
    "schedule_id",
    "cluster_id",
    "workspace_id",
)


def ids_of(arguments):
    return [name for name in NAMES_OF_IDS if name in arguments]


def takes_an_id(name):
    return bool(set(NAMES_OF_IDS) & set(TOOLS[name].arguments.model_fields))


@pytest.mark.promise("tools.scoped_to_the_account")
@pytest.mark.parametrize("name", [name for name in (*READING, *CHANGING) if takes_an_id(name)])
def test_an_id_of_another_account_is_unknown_and_nothing_changes(
    rpc, call_tool, account, other_account, make_calls, name
):
    own, foreign = make_calls(account)[name], make_calls(other_account)[name]
    assert ids_of(own), f"the good call of {name} gives none of its ids"
    rpc("ping")
    before = all_rows()

    for argument in ids_of(own):
        theirs = call_tool(name, **{**own, argument: foreign[argument]})
        unknown = call_tool(name, **{**own, argument: 10**9})

        assert theirs.data == unknown.data
        assert theirs.is_error or not any(theirs.data[key] for key in theirs.data)
    assert changes(before, all_rows()) == {}


@pytest.mark.promise("tools.scoped_to_the_account")
@pytest.mark.parametrize("name", READING)
def test_no_answer_names_a_row_of_another_account(
    call_tool, account, other_account, make_calls, name
):
    make_calls(other_account)
    other_account.packages.update(name="canary-of-zenith")
    other_account.connections.filter(kind="sqlite").update(name="canary-of-zenith")
    other_account.workspaces.update(name="canary-of-zenith")
    other_account.schedules.update(name="canary-of-zenith")
    other_account.clusters.update(name="canary-of-zenith")

    answer = call_tool(name, **make_calls(account)[name])

    assert not answer.is_error, answer.data
    assert "canary-of-zenith" not in str(answer.raw)
