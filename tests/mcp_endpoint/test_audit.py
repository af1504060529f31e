"""Whoever changes something through the endpoint is on record."""

import pytest

from audit.models import AuditEntry
from mcp_endpoint.registry import TOOLS
from tests.every_tool import CHANGING


@pytest.mark.promise("audit.every_change")
@pytest.mark.parametrize("name", CHANGING)
def test_every_change_leaves_one_entry_that_names_person_client_and_tool(
    call_tool, account, user, make_calls, name
):
    arguments = make_calls(account)[name]
    before = AuditEntry.objects.count()

    answer = call_tool(name, **arguments)

    assert not answer.is_error, answer.data
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.get(tool=name)
    assert entry.action == TOOLS[name].audits
    assert (entry.account_id, entry.user_id, entry.user_label) == (account.pk, user.pk, user.email)
    assert (entry.door, entry.application_label) == ("mcp", "Laptop")
    assert entry.object_id


@pytest.mark.promise("audit.every_change")
@pytest.mark.parametrize("name", CHANGING)
def test_a_change_whose_entry_cannot_be_written_does_not_happen(
    rpc, account, make_calls, monkeypatch, name
):
    arguments = make_calls(account)[name]
    before = _versions_and_runs(account)

    def refuse(*_, **__):
        raise RuntimeError("the log is full")

    monkeypatch.setattr(AuditEntry, "save", refuse)
    answer = rpc("tools/call", {"name": name, "arguments": arguments}).json()

    assert answer["error"]["code"] == -32603
    assert _versions_and_runs(account) == before


def _versions_and_runs(account):
    return [
        sorted(account.packages.values_list("pk", "version", "status")),
        sorted(account.schedules.values_list("pk", "version", "enabled")),
        sorted(account.runs.values_list("pk", "status")),
    ]
