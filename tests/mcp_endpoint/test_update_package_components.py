import pytest

from audit.models import AuditEntry
from packages_app.models import Package


def body_of(package, name):
    flow = Package.objects.get(pk=package.pk).data_flow_json
    bodies = [body for wrapper in flow["components"] for body in wrapper.values()]
    return next(body for body in bodies if body["name"] == name)


@pytest.fixture
def update(call_tool, package):
    def send(**updates):
        entries = [{"component_name": name, "updates": values} for name, values in updates.items()]
        return call_tool("update_package_components", package_id=package.pk, components=entries)

    return send


def test_updates_are_merged_deep_and_shown_by_component_and_property(update, package):
    before = body_of(package, "flights")

    answer = update(
        flights={"path": "2014.csv", "position": {"x": 8}}, late={"logical_operator": "any"}
    )

    assert body_of(package, "flights") == {**before, "path": "2014.csv", "position": {"x": 8}}
    assert answer.data["changes"] == [
        {"path": "components.flights.path", "before": "flights.csv", "after": "2014.csv"},
        {"path": "components.flights.position", "before": None, "after": {"x": 8}},
        {"path": "components.late.logical_operator", "before": None, "after": "any"},
    ]
    assert (answer.data["version"], answer.data["version_number"]) == ("1.1", 2)
    entry = AuditEntry.objects.get(action="update_package_components")
    assert entry.details == {
        "version": 2,
        "former_version": 1,
        "changed": [change["path"] for change in answer.data["changes"]],
        "changed_count": 3,
    }


def test_the_former_version_stays_in_the_history(update, package):
    before = package.data_flow_json

    update(flights={"path": "2014.csv"})

    versions = {row.version: row.data_flow_json for row in package.history.all()}
    assert versions[1] == before
    assert versions[2] == Package.objects.get(pk=package.pk).data_flow_json != before


def test_one_unknown_name_and_nothing_is_written(update, footprint):
    before = footprint()

    answer = update(flights={"path": "2014.csv"}, lte={"note": "x"})

    assert answer.data == {
        "error": "components[1].component_name: there is no component 'lte'. Did you mean late?"
    }
    assert footprint() == before


@pytest.mark.parametrize(
    ("updates", "line"),
    [
        ({"id": "other"}, "components[0].updates.id: never changes"),
        ({"specific_component_type": "database_source_component"}, "the type never changes"),
        ({"path": None}, "components[0].updates.path: is required and cannot be removed"),
        ({"name": "LATE"}, "components[0].updates.name: 'LATE' is the name of another"),
        ({"schema": []}, "components[0].updates.schema: must be an object, not a list"),
        ({"schema": {"fields": {}}}, "updates.schema.fields: must be a list, not an object"),
        ({"connection_id": 10**9}, "flights: connection 1000000000 not found"),
        ({"connection_id": "1"}, "flights: connection_id must be a whole number"),
        ({"connection_id": None}, "updates.connection_id: is required and cannot be removed"),
        ({"note": "\x00"}, "components must not hold NUL"),
        ({"schema": {"fields": [{"name": "x"}] * 2_001}}, "flights: schema.fields has 2,001"),
    ],
)
def test_an_update_that_does_not_fit_is_refused_and_nothing_is_written(
    update, footprint, updates, line
):
    before = footprint()

    answer = update(flights=updates, late={"note": "x"})

    assert answer.is_error
    assert line in answer.data["error"]
    assert footprint() == before


def test_connections_of_others_are_not_found_like_absent_ones(
    update, footprint, make_connection, other_account
):
    theirs = make_connection("theirs", account=other_account).pk
    before = footprint()

    answers = [
        update(flights={"connection_id": number}).data["error"].replace(str(number), "N")
        for number in (theirs, theirs + 1)
    ]

    assert answers == ["flights: connection N not found"] * 2
    assert footprint() == before


def test_a_component_may_move_to_another_connection_of_the_account(
    update, package, make_connection
):
    other = make_connection("other").pk

    update(flights={"connection_id": other})

    assert body_of(package, "flights")["connection_id"] == other


def test_keys_that_mean_something_elsewhere_are_plain_data(update, package):
    update(late={"__proto__": {"a": 1}, "constructor": {"b": None}})

    body = body_of(package, "late")
    assert (body["__proto__"], body["constructor"]) == ({"a": 1}, {})


@pytest.mark.parametrize(
    ("components", "line"),
    [
        ([], "components: must not be empty"),
        ([{"component_name": "late", "updates": {}}] * 201, "components: must have at most 200"),
        ([{"component_name": "late"}], "components[0]: must be {component_name: text, updates"),
        ([{"component_name": 1, "updates": {}}], "components[0]: must be {component_name: text"),
        ([{"component_name": "late", "updates": None}], "components[0].updates: must be an object"),
        (["late"], "components.0: must be an object"),
        ({"late": {}}, "components: must be an array"),
    ],
)
def test_entries_of_another_shape_are_refused_by_their_place(
    call_tool, footprint, package, components, line
):
    before = footprint()

    answer = call_tool("update_package_components", package_id=package.pk, components=components)

    assert line in answer.data["error"]
    assert footprint() == before
