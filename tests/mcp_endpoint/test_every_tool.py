"""What holds for all tools alike, driven by the registry: a new tool is held to it, too."""

import copy
import json

import pytest
from jsonschema import Draft202012Validator

from accounts.rights import Scope
from accounts.services import create_workspace
from audit.models import AuditEntry
from mcp_endpoint.registry import TOOLS, Caller, ToolArgs, tool
from mcp_endpoint.tools import CATALOGUE
from packages_app.models import Package
from runs.models import Cluster
from schedules.services import create_schedule
from tests.every_tool import CALLS, World

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = sorted(CALLS)
MUTATING = sorted(name for name, each in TOOLS.items() if each.mutates)
UNKNOWN_ID = 987_654_321
MAX_CATALOGUE_BYTES = 45_000


@pytest.fixture
def world(make_world, account) -> World:
    return make_world(account)


def test_the_catalogue_is_the_32_documented_tools_and_each_has_a_call_here():
    assert set(NAMES) == set(TOOLS) == {name for group in CATALOGUE.values() for name in group}
    assert len(TOOLS) == 32


def test_the_whole_catalogue_fits_into_the_context_it_may_take(rpc):
    listed = rpc("tools/list").json()["result"]

    compact = json.dumps(listed, separators=(",", ":"), ensure_ascii=False)
    assert len(compact.encode()) <= MAX_CATALOGUE_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_tool_says_all_that_a_client_and_an_assistant_need(name):
    published = TOOLS[name].published

    assert published["title"]
    assert len(published["description"]) > 60
    hints = published["annotations"]
    assert set(hints) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert all(isinstance(hint, bool) for hint in hints.values())
    assert hints["readOnlyHint"] is (TOOLS[name].scope is Scope.READ)
    assert len(name) <= 40
    Draft202012Validator.check_schema(published["inputSchema"])
    Draft202012Validator.check_schema(published["outputSchema"])


def test_a_tool_that_changes_something_without_an_audit_action_cannot_be_registered():
    def nameless(caller: Caller, arguments: ToolArgs) -> ToolArgs:
        """Change something."""
        raise NotImplementedError

    with pytest.raises(TypeError, match="audit"):
        tool(title="x", scope=Scope.WRITE)(nameless)
    with pytest.raises(TypeError, match="audit"):
        tool(title="x", scope=Scope.READ, audits="x")(nameless)
    assert "nameless" not in TOOLS


@pytest.mark.parametrize("name", NAMES)
def test_a_successful_answer_is_what_the_output_schema_says(call_tool, world, name):
    answer = call_tool(name, **CALLS[name](world))

    assert not answer.is_error, answer.data
    schema = copy.deepcopy(TOOLS[name].published["outputSchema"])
    Draft202012Validator(schema).validate(answer.raw["structuredContent"])
    marks = {"untrusted_begin", "untrusted_end"} & set(answer.raw["structuredContent"])
    assert set(answer.data) <= set(schema["properties"])
    assert bool(marks) is bool(TOOLS[name].outside)


@pytest.mark.parametrize("name", MUTATING)
def test_each_change_leaves_the_audit_action_that_its_tool_names(call_tool, world, user, name):
    answer = call_tool(name, **CALLS[name](world))

    assert not answer.is_error, answer.data
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.tool, entry.door) == (TOOLS[name].audits, name, "mcp")
    assert (entry.user_label, entry.application_label) == (user.email, "Laptop")


@pytest.mark.parametrize("name", MUTATING)
def test_a_dry_run_of_each_change_leaves_no_audit_entry(call_tool, world, name):
    before = AuditEntry.objects.count()

    answer = call_tool(name, **CALLS[name](world), dry_run=True)

    assert answer.data["dry_run"] is True
    assert answer.data["changes"]
    assert AuditEntry.objects.count() == before


def id_places(arguments, path=()):
    """Where in the arguments an id of the account stands, nested ones too."""
    if isinstance(arguments, dict):
        for key, value in arguments.items():
            if key.endswith("_id") and isinstance(value, int):
                yield (*path, key)
            else:
                yield from id_places(value, (*path, key))
    elif isinstance(arguments, list):
        for index, value in enumerate(arguments):
            yield from id_places(value, (*path, index))


def with_id(arguments, place, number):
    changed = copy.deepcopy(arguments)
    part = changed
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = number
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_ids_of_another_account_are_answered_exactly_as_unknown_ones(
    call_tool, make_world, account, other_account, name
):
    own, foreign = make_world(account), make_world(other_account)
    mine, theirs = CALLS[name](own), CALLS[name](foreign)

    for place in id_places(mine):
        number = theirs
        for step in place:
            number = number[step]
        answers = []
        for candidate in (number, UNKNOWN_ID):
            answer = call_tool(name, **with_id(mine, place, candidate))
            answers.append(json.dumps(answer.data).replace(str(candidate), "ID"))
            if name not in ("list_packages", "list_runs", "list_schedules"):
                assert answer.is_error, (place, answer.data)
        assert answers[0] == answers[1], place


def wrong_values(schema):
    """Values that the schema does not allow, with a word that the refusal must hold."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    samples = {
        "integer": 1.5,
        "number": "x",
        "string": 5,
        "boolean": "yes",
        "array": {},
        "object": [],
    }
    if "anyOf" not in schema and kinds:
        yield samples[kinds[0]], "must be"
    if "null" not in kinds and "anyOf" not in schema:
        yield None, "must be"
    if "enum" in schema:
        yield "no such choice", str(schema["enum"][0])
    for keyword, over in (("maximum", 1), ("exclusiveMinimum", 0), ("minimum", -1)):
        if keyword in schema:
            yield schema[keyword] + over, str(schema[keyword])
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1), str(schema["maxLength"])
    if "maxItems" in schema:
        yield ["x"] * (schema["maxItems"] + 1), str(schema["maxItems"])


@pytest.mark.parametrize("name", NAMES)
def test_each_parameter_that_is_wrong_is_refused_by_name_and_limit(call_tool, world, name):
    good = CALLS[name](world)
    schema = TOOLS[name].published["inputSchema"]

    for field in schema.get("required", []):
        without = {key: value for key, value in good.items() if key != field}
        assert call_tool(name, **without).data["error"].startswith(f"{field}: is required")
    for field, described in schema["properties"].items():
        for value, word in wrong_values(described):
            answer = call_tool(name, **{**good, field: value})
            assert answer.is_error, (field, value)
            line = answer.data["error"]
            assert line.startswith(field), (field, value, line)
            assert word in line, (field, value, line)
    unknown = call_tool(name, **good, no_such_argument=1)
    assert unknown.data["error"].startswith("no_such_argument: is not an argument of this tool")


LISTS = {
    "list_workspaces": "workspaces",
    "list_packages": "packages",
    "list_connections": "connections",
    "list_clusters": "clusters",
    "list_runs": "runs",
    "list_schedules": "schedules",
    "search_all": "results",
}


@pytest.fixture
def fill(account, user, actor, make_connection, make_package, make_run):
    """Add as many objects of every kind to the account."""

    def add(count: int, start: int) -> None:
        for number in range(start, start + count):
            workspace = create_workspace(account=account, name=f"late {number}", actor=actor)
            make_connection(f"late {number}")
            Cluster.objects.create(account=account, name=f"late {number}", status="available")
            package = make_package(
                f"late {number}", workspace=workspace, flow={"components": [], "edges": []}
            )
            make_run(package)
            create_schedule(
                account=account,
                package_id=package.pk,
                name=f"late {number}",
                cron="0 8 * * *",
                actor=actor,
            )

    return add


def test_lists_ask_as_few_questions_of_300_rows_as_of_3(
    call_tool, fill, django_assert_max_num_queries
):
    calls = {name: {"query": "late"} if name == "search_all" else {} for name in LISTS}

    def counts() -> dict[str, int]:
        call_tool("list_runs")  # the first call of a token in a minute also notes its use
        found = {}
        for name, arguments in calls.items():
            with django_assert_max_num_queries(10) as captured:
                answer = call_tool(name, **arguments)
            assert answer.data[LISTS[name]]
            found[name] = len(captured)
        return found

    fill(3, 0)
    few = counts()
    fill(297, 3)

    assert counts() == few
    assert max(few.values()) <= 5


def test_a_walk_by_cursor_sees_each_row_once_while_others_come_and_go(call_tool, make_package):
    kept = [make_package(name=f"kept {number}").pk for number in range(30)]
    doomed = make_package(name="doomed")

    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = call_tool("list_packages", limit=7, **cursor).data
        seen += [row["id"] for row in page["packages"]]
        make_package(name="a late comer")
        Package.objects.filter(pk=doomed.pk)._raw_delete("default")
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert [pk for pk in seen if pk in kept] == sorted(kept, reverse=True)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("name", sorted(set(LISTS) - {"search_all"}))
def test_lists_come_newest_first_and_end_with_an_explicit_cursor(call_tool, fill, name):
    fill(5, 0)

    first = call_tool(name, limit=3).data
    second = call_tool(name, limit=3, cursor=first["next_cursor"]).data

    ids = [row["id"] for row in first[LISTS[name]] + second[LISTS[name]]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 5
    assert second["next_cursor"] is None
