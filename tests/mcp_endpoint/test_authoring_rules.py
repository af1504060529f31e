"""What holds for every tool that changes a package or a schedule."""

import pytest

from accounts.rights import ToolGroup
from audit.models import AuditEntry
from connected_apps.models import ConnectedApplication
from connected_apps.services import create_token
from mcp_endpoint.registry import TOOLS
from mcp_endpoint.tools import CATALOGUE
from packages_app.models import Package
from schedules.models import Schedule
from schedules.services import create_schedule

LIMIT = {"limit_component": {"name": "some", "limit": 5}}

CALLS = {
    "create_package": {"name": "New", "flow_type": "dataflow", "components": [LIMIT], "edges": []},
    "clone_package": {"name": "Copy"},
    "update_package_components": {
        "components": [{"component_name": "late", "updates": {"logical_operator": "any"}}]
    },
    "update_package_edges": {"edges": [{"source": "flights", "target": "late"}]},
    "add_package_components": {
        "components": [LIMIT],
        "edges": [{"source": "flights", "target": "some"}],
    },
    "remove_package_components": {"component_names": ["late"]},
    "rename_package": {"name": "Other", "description": "Why"},
    "manage_package_variables": {"set": {"month": 3}, "remove": ["min_delay"]},
    "delete_package": {},
    "toggle_schedule": {"enabled": True},
}
EDITS = [name for name in CALLS if name.endswith(("components", "edges", "variables"))]
EDITS.append("rename_package")
ON_PACKAGES = [*EDITS, "delete_package", "clone_package"]
IDEMPOTENT = [
    "update_package_components",
    "update_package_edges",
    "rename_package",
    "manage_package_variables",
    "delete_package",
    "toggle_schedule",
]


@pytest.fixture
def schedule(account, make_package, actor) -> Schedule:
    return create_schedule(
        account=account, package_id=make_package().pk, name="Nightly", cron="@daily", actor=actor
    )


@pytest.fixture
def call(call_tool, package, schedule):
    """Call a tool as in CALLS, on the package or the schedule."""

    def send(name, **more):
        targets = {"package_id": package.pk, "schedule_id": schedule.pk}
        known = TOOLS[name].arguments.model_fields
        own = {key: value for key, value in targets.items() if key in known}
        return call_tool(name, **{**own, **CALLS[name], **more})

    return send


def test_the_rules_are_held_against_every_tool_that_writes():
    names = [*CATALOGUE[ToolGroup.AUTHORING], *CATALOGUE[ToolGroup.SCHEDULING]]
    writing = {name: TOOLS[name].published for name in names}

    assert {TOOLS[name].scope for name in names} == {"mcp:write"}
    assert set(CALLS) == set(writing)
    assert set(IDEMPOTENT) == {
        name for name, published in writing.items() if published["annotations"]["idempotentHint"]
    }


@pytest.mark.parametrize("name", CALLS)
def test_a_dry_run_writes_nothing_and_shows_exactly_what_the_call_then_does(call, footprint, name):
    before = footprint()

    dry = call(name, dry_run=True)
    untouched = footprint()
    real = call(name)

    assert not dry.is_error
    assert untouched == before != footprint()
    assert (dry.data["dry_run"], real.data["dry_run"]) == (True, False)
    withheld = {"dry_run", "package_id", "components", "edge_ids", "next_run_at"}
    assert dry.data["changes"] == real.data["changes"] != []
    assert {k: v for k, v in dry.data.items() if k not in withheld} == {
        k: v for k, v in real.data.items() if k not in withheld
    }


@pytest.mark.parametrize("name", ["create_package", "clone_package", "add_package_components"])
def test_ids_of_what_a_dry_run_did_not_make_are_null(call, name):
    given_out = {
        key: value
        for key, value in call(name, dry_run=True).data.items()
        if key in ("package_id", "components", "edge_ids")
    }

    if name == "add_package_components":
        assert given_out.pop("package_id")
    assert set(given_out.values()) == {None}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_one_version_and_one_entry_that_name_user_client_and_tool(
    call, user, account, name
):
    history = (Schedule if name == "toggle_schedule" else Package).history
    rows, entries = history.count(), AuditEntry.objects.count()

    call(name)

    assert (history.count(), AuditEntry.objects.count()) == (rows + 1, entries + 1)
    application = ConnectedApplication.objects.get(account=account, name="Laptop")
    row, entry = history.order_by("-history_id").first(), AuditEntry.objects.latest("pk")
    assert entry.action == TOOLS[name].audits
    for record, label in ((row, row.actor_label), (entry, entry.user_label)):
        assert label == user.email
        assert (record.door, record.tool) == ("mcp", name)
        assert (record.application_id, record.application_label) == (application.pk, "Laptop")
    assert row.history_user_id == entry.user_id == user.pk
    assert row.request_id == entry.request_id != ""
    assert (entry.object_id, entry.details["version"]) == (row.id, row.version)


@pytest.mark.parametrize("name", IDEMPOTENT)
def test_a_change_that_is_there_already_is_no_version(call, footprint, name):
    more = {"remove": []} if name == "manage_package_variables" else {}
    call(name, **more)
    before = footprint()

    again = call(name, **more)

    assert (again.is_error, again.data["changes"]) == (False, [])
    assert footprint() == before


@pytest.mark.parametrize("name", [*ON_PACKAGES, "toggle_schedule"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_ids_of_others_are_not_found_like_ids_that_nobody_has(
    call, call_tool, footprint, make_package, other_account, actor, name, dry_run
):
    foreign = make_package(account=other_account)
    schedule = create_schedule(
        account=other_account, package_id=foreign.pk, name="x", cron="@daily", actor=actor
    )
    key, number = ("package_id", foreign.pk)
    if name == "toggle_schedule":
        key, number = ("schedule_id", schedule.pk)
    before = footprint()

    answers = [
        call(name, **{key: wrong, "dry_run": dry_run})
        for wrong in (number, number + 1_000, 2**63 - 1, 2**63, 10**30)
    ]

    noun = key.removesuffix("_id")
    assert [answer.data for answer in answers] == [{"error": f"{noun} not found"}] * 5
    assert footprint() == before


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrong", [0, -1, 1.0, "1", [1], True, None])
def test_ids_that_are_none_are_refused_by_name(call, footprint, name, wrong):
    key = "schedule_id" if name == "toggle_schedule" else "package_id"
    if name == "create_package":
        key = "workspace_id"
        if wrong is None:
            return
    before = footprint()

    answer = call(name, **{key: wrong})

    assert answer.is_error
    assert answer.data["error"].startswith(f"{key}: must be ")
    assert footprint() == before


@pytest.mark.parametrize("name", CALLS)
def test_arguments_that_are_unknown_are_refused_by_name(call, footprint, name):
    before = footprint()

    answer = call(name, confirm=True)

    assert answer.data["error"].startswith("confirm: is not an argument of this tool")
    assert footprint() == before


@pytest.mark.parametrize("name", EDITS)
def test_an_archived_package_is_not_edited(call, footprint, package, name):
    Package.objects.filter(pk=package.pk).update(status="archived")
    before = footprint()

    answer = call(name)

    assert answer.data == {
        "error": "package is archived; restore it before editing it, or clone it"
    }
    assert footprint() == before


@pytest.mark.parametrize("name", CALLS)
def test_those_who_may_only_read_see_and_call_no_tool_that_writes(
    rpc, account, make_user, actor, call, footprint, name
):
    viewer = make_user(account, "viewer")
    _, bearer = create_token(account=account, user=viewer, name="Eyes", actor=actor)
    before = footprint()

    listed = rpc("tools/list", bearer=bearer).json()["result"]["tools"]
    refused = rpc("tools/call", {"name": name, "arguments": CALLS[name]}, bearer=bearer).json()

    assert name not in {tool["name"] for tool in listed}
    assert refused["result"]["isError"]
    assert "mcp:write" in refused["result"]["content"][0]["text"]
    assert footprint() == before


def test_a_change_too_large_to_be_shown_is_answered_in_short(call_tool, package):
    components = [
        {"limit_component": {"name": f"{'ä' * 120}{n}", "limit": 1, "note": "x" * 9_000}}
        for n in range(190)
    ]

    answer = call_tool("add_package_components", package_id=package.pk, components=components)

    assert not answer.is_error
    assert answer.data["changes_left_out"] > 0
    assert len(answer.data["components"]) + answer.data["ids_left_out"] == 190


@pytest.fixture
def inner(account, package):
    """The connection in use is narrowed to this workspace, which holds the package."""
    workspace = account.workspaces.create(name="Inner")
    Package.objects.filter(pk=package.pk).update(workspace=workspace)
    ConnectedApplication.objects.update(workspace_ids=[workspace.pk])
    return workspace


@pytest.mark.parametrize("name", [*ON_PACKAGES, "toggle_schedule"])
def test_a_narrowed_connection_finds_nothing_outside(
    call, footprint, make_package, schedule, inner, name
):
    key = "schedule_id" if name == "toggle_schedule" else "package_id"
    outside = schedule.pk if key == "schedule_id" else make_package().pk
    before = footprint()

    answer = call(name, **{key: outside})

    assert answer.data == {"error": f"{key.removesuffix('_id')} not found"}
    assert footprint() == before


@pytest.mark.parametrize("name", ON_PACKAGES)
def test_a_narrowed_connection_works_inside(call, inner, name):
    assert call(name).data["changes"]


def test_a_narrowed_connection_puts_no_package_outside(call, account, footprint, inner):
    outer = account.workspaces.create(name="Outer").pk
    before = footprint()

    answers = [
        call(name, workspace_id=place).data["error"]
        for name in ("create_package", "clone_package")
        for place in (None, outer, outer + 1)
    ]

    nowhere = "workspace_id: this connection is limited to some workspaces; name one of them"
    assert answers == [nowhere, "workspace not found", "workspace not found"] * 2
    assert footprint() == before
    assert call("create_package", workspace_id=inner.pk).data["package_id"]


def test_a_narrowed_connection_brings_in_no_connection_from_outside(
    call, footprint, make_connection, inner
):
    outside = make_connection("outside").pk
    source = {"cloud_storage_source_component": {"name": "x", "connection_id": outside}}
    update = {"component_name": "flights", "updates": {"connection_id": outside}}
    before = footprint()

    answers = [
        call("create_package", workspace_id=inner.pk, components=[source]),
        call("add_package_components", components=[source], edges=[]),
        call("update_package_components", components=[update]),
    ]

    assert [answer.data["error"].partition(": ")[2] for answer in answers] == [
        f"connection {outside} not found"
    ] * 3
    assert footprint() == before
