import pytest

from audit.models import AuditEntry
from common.changes import Change
from common.errors import Conflict, InvalidInput, NotFound
from connections import vault
from packages_app import authoring, services
from packages_app.models import Package
from schedules.services import create_schedule
from tests.conftest import sample_flow


@pytest.fixture
def flow(make_connection):
    return sample_flow(make_connection().pk)


@pytest.fixture
def package(make_package, flow):
    return make_package(flow=flow)


def newest(package):
    package.refresh_from_db()
    return package.history.first()


def test_create_package_makes_one_attributed_version_and_one_entry(account, user_actor, flow):
    package = services.create_package(
        account=account, name="  Late flights ", flow=flow, actor=user_actor
    )

    assert (package.name, package.version, package.version_label) == ("Late flights", 1, "1.0")
    assert (package.owner_id, newest(package).actor_label) == (
        user_actor.user_id,
        "maya@acme.example",
    )
    entry = AuditEntry.objects.get(action="create_package")
    assert (entry.object_id, entry.object_label) == (package.pk, "Late flights")
    assert entry.details == {"version": 1}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "  "}, "name: must not be empty"),
        ({"name": "x" * 256}, "name: must have at most 255 characters"),
        ({"description": "x" * 4_097}, "description: must have at most 4096 characters"),
        ({"flow": {"flow_version": "two"}}, "flow_version: must be a version"),
        ({"flow": {"flow_version": 2}}, "flow_version: must be a version"),
        ({"flow": {"components": None}}, "components must be a list of objects"),
        ({"flow": {"components": [{"gone_component": {}}]}}, "there is no component type"),
        ({"flow_type": "workflow"}, "is no task of a workflow"),
        ({"variables": {"1x": "1"}}, "set.1x: cannot name a variable"),
    ],
)
def test_a_package_that_cannot_be_is_refused_and_nothing_is_written(
    account, actor, flow, fields, words
):
    with pytest.raises(InvalidInput, match=words):
        services.create_package(
            **{"account": account, "name": "x", "flow": flow, "actor": actor, **fields}
        )

    assert not Package.objects.exists()
    assert not AuditEntry.objects.filter(action="create_package").exists()


def test_connections_of_others_and_absent_ones_are_refused_in_the_same_words(
    account, actor, flow, make_connection, other_account
):
    foreign = make_connection("theirs", account=other_account)
    texts = []
    for number in (foreign.pk, foreign.pk + 1, 2**63, 0, -1):
        flow["components"][0]["cloud_storage_source_component"]["connection_id"] = number
        flow["components"][4]["cloud_storage_destination_component"]["odd"] = [
            {"connection_id": number}
        ]
        with pytest.raises(InvalidInput) as refused:
            services.create_package(account=account, name="x", flow=flow, actor=actor)
        texts.append(refused.value.message.replace(str(number), "N"))

    assert set(texts) == {
        "flights: connection N not found\nlate_flights: connection N not found",
    }


def test_every_property_that_names_a_connection_is_judged(
    account, actor, flow, make_connection, other_account
):
    foreign = make_connection("theirs", account=other_account)
    flow["components"][4]["cloud_storage_destination_component"]["responses_connection_id"] = (
        foreign.pk
    )

    with pytest.raises(InvalidInput, match=f"late_flights: connection {foreign.pk} not found"):
        services.create_package(account=account, name="x", flow=flow, actor=actor)


@pytest.mark.parametrize("value", [True, "1", 1.0, [1], {"id": 1}])
def test_a_connection_is_named_by_a_whole_number(account, actor, flow, value):
    flow["components"][0]["cloud_storage_source_component"]["connection_id"] = value

    with pytest.raises(InvalidInput, match="flights: connection_id must be a whole number"):
        services.create_package(account=account, name="x", flow=flow, actor=actor)


def test_a_component_whose_connection_was_lost_can_still_be_edited(
    account, actor, package, make_connection
):
    lost = make_connection("lost").pk
    flow = package.data_flow_json
    flow["components"][0]["cloud_storage_source_component"]["connection_id"] = lost
    package.record(actor)
    package.save()
    type(make_connection("x")).objects.filter(pk=lost).delete()

    def change(updates):
        return authoring.update_package_components(
            account=account,
            package_id=package.pk,
            components=[{"component_name": "flights", "updates": updates}],
            actor=actor,
        )

    assert change({"path": "other.csv"}).changes
    with pytest.raises(InvalidInput, match="connection_id must be a whole number"):
        change({"connection_id": True})
    with pytest.raises(InvalidInput, match=f"flights: connection {lost + 5} not found"):
        change({"connection_id": lost + 5})


def test_a_clone_has_everything_but_the_history_and_the_schedules(
    account, user_actor, package, actor
):
    package.secret_variables = vault.encrypt({"token": "s3cret"})
    package.description = "Joins flights."
    package.record(actor)
    package.save()
    create_schedule(
        account=account, package_id=package.pk, name="Nightly", cron="@daily", actor=actor
    )

    clone = services.clone_package(account=account, package_id=package.pk, actor=user_actor)

    clone.refresh_from_db()
    assert clone.name == "Late flights (copy)"
    assert clone.data_flow_json == package.data_flow_json
    assert (clone.variables, clone.description) == ({"min_delay": "60"}, "Joins flights.")
    assert vault.decrypt(clone.secret_variables) == {"token": "s3cret"}
    assert (clone.version, clone.history.count(), clone.schedules.count()) == (1, 1, 0)
    assert clone.owner_id == user_actor.user_id
    assert AuditEntry.objects.get(action="clone_package").details == {
        "version": 1,
        "source_package_id": package.pk,
        "source_version": 1,
    }


def test_a_clone_stays_in_the_workspace_unless_told_otherwise(account, actor, make_package):
    first, second = (account.workspaces.create(name=name) for name in ("first", "second"))
    package = make_package(workspace=first)

    places = [
        services.clone_package(
            account=account, package_id=package.pk, actor=actor, **where
        ).workspace
        for where in ({}, {"workspace": second}, {"workspace": None})
    ]

    assert places == [first, second, None]


def test_the_name_of_a_copy_fits(account, actor, make_package):
    package = make_package("x" * 255)

    clone = services.clone_package(account=account, package_id=package.pk, actor=actor)

    assert clone.name == "x" * 248 + " (copy)"


def test_an_archived_package_is_not_edited_but_may_be_cloned(account, actor, package):
    services.archive_package(account=account, package_id=package.pk, actor=actor)
    where = {"account": account, "package_id": package.pk, "actor": actor}
    edits = [
        lambda: services.rename_package(name="x", **where),
        lambda: services.manage_package_variables(values={"a": "1"}, remove=[], **where),
        lambda: authoring.add_package_components(components=[], edges=[], **where),
        lambda: authoring.update_package_components(components=[], **where),
        lambda: authoring.update_package_edges(edges=[], **where),
        lambda: authoring.remove_package_components(component_names=["late"], **where),
    ]

    for edit in edits:
        with pytest.raises(Conflict, match="package is archived; restore it before editing it"):
            edit()
    assert newest(package).version == 2
    assert services.clone_package(**where).status == "active"


def test_a_rename_leaves_the_flow_and_is_one_version(account, user_actor, package):
    edited = services.rename_package(
        account=account, package_id=package.pk, name="Early", description="d", actor=user_actor
    )

    assert edited.changes == [
        Change("name", "Late flights", "Early"),
        Change("description", "", "d"),
    ]
    row = newest(package)
    assert (package.version, package.version_label, row.version) == (2, "1.1", 2)
    assert (row.name, row.actor_label, row.data_flow_json) == (
        "Early",
        "maya@acme.example",
        package.data_flow_json,
    )
    assert AuditEntry.objects.get(action="rename_package").details == {
        "version": 2,
        "former_version": 1,
        "changed": ["name", "description"],
        "changed_count": 2,
    }


def test_what_changes_nothing_writes_nothing(account, actor, package):
    where = {"account": account, "package_id": package.pk, "actor": actor}
    entries = AuditEntry.objects.count()

    edits = [
        services.rename_package(name="Late flights", **where),
        services.manage_package_variables(values={"min_delay": "60"}, remove=[], **where),
        authoring.add_package_components(components=[], edges=[], **where),
        authoring.update_package_components(
            components=[{"component_name": "late", "updates": {"name": "late"}}], **where
        ),
        authoring.update_package_edges(edges=package.data_flow_json["edges"], **where),
    ]

    assert [edit.changes for edit in edits] == [[]] * 5
    package.refresh_from_db()
    assert (package.version, package.history.count()) == (1, 1)
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("values", "remove", "line"),
    [
        ({"1a": "1"}, [], "set.1a: cannot name a variable: letters, digits"),
        ({"a b": "1"}, [], "set.a b: cannot name a variable"),
        ({"": "1"}, [], "set.: cannot name a variable"),
        ({"a" * 129: "1"}, [], "cannot name a variable"),
        ({"_JOB_ID": "1"}, [], "set._JOB_ID: begins with '_', which is kept for the platform"),
        ({"token": "1"}, [], "set.token: is a secret variable; those are changed in the dashboard"),
        ({"a": "x" * 10_001}, [], "set.a: has 10,001 characters; the limit is 10,000"),
        ({}, ["token"], "remove[0]: 'token' is a secret variable"),
        ({}, ["min_dely"], "remove[0]: there is no variable 'min_dely'. Did you mean min_delay?"),
        ({"min_delay": "1"}, ["min_delay"], "set.min_delay: is to be removed in the same call"),
        (
            {f"v{number}": "1" for number in range(200)},
            [],
            "set: the package would have 201 variables; the limit is 200",
        ),
    ],
)
def test_a_variable_that_cannot_be_changed_refuses_the_whole_call(
    account, actor, make_package, values, remove, line
):
    package = make_package(secret_variables=vault.encrypt({"token": "s3cret"}))

    with pytest.raises(InvalidInput) as refused:
        services.manage_package_variables(
            account=account,
            package_id=package.pk,
            values={"fine": "1", **values} if "would have" not in line else values,
            remove=remove,
            actor=actor,
        )

    assert line in refused.value.message
    assert (newest(package).version, package.variables) == (1, {"min_delay": "60"})


def test_setting_and_removing_variables_leaves_the_others(account, actor, make_package):
    package = make_package(variables={"a": "1", "b": "2", "c": "3"})

    edited = services.manage_package_variables(
        account=account,
        package_id=package.pk,
        values={"a": "9", "d": "4"},
        remove=["b"],
        actor=actor,
    )

    assert edited.package.variables == {"a": "9", "c": "3", "d": "4"}
    assert sorted(edited.changes, key=lambda change: change.path) == [
        Change("variables.a", "1", "9"),
        Change("variables.b", "2", None),
        Change("variables.d", None, "4"),
    ]


def test_archiving_is_one_version_and_twice_is_harmless(account, actor, package):
    first, second = (
        services.archive_package(account=account, package_id=package.pk, actor=actor)
        for _ in range(2)
    )

    assert first.changes == [Change("status", "active", "archived")]
    assert second.changes == []
    assert (newest(package).status, package.version) == ("archived", 2)
    assert AuditEntry.objects.filter(action="archive_package").count() == 1


def test_archiving_is_refused_while_enabled_schedules_name_the_package(account, actor, package):
    for number in range(7):
        create_schedule(
            account=account,
            package_id=package.pk,
            name=f"s{number}",
            cron="@daily",
            enabled=number != 0,
            actor=actor,
        )

    with pytest.raises(Conflict) as refused:
        services.archive_package(account=account, package_id=package.pk, actor=actor)

    assert refused.value.message == (
        "package is used by active schedules: s1, s2, s3, s4, s5 and 1 more"
    )
    assert newest(package).version == 1


def test_packages_of_others_are_not_found(other_account, actor, package):
    where = {"account": other_account, "package_id": package.pk, "actor": actor}

    for act in (
        lambda: services.clone_package(**where),
        lambda: services.archive_package(**where),
        lambda: services.rename_package(name="x", **where),
        lambda: authoring.remove_package_components(component_names=["late"], **where),
    ):
        with pytest.raises(NotFound, match="package not found"):
            act()


def test_two_edits_at_once_are_two_versions_and_both_stay(race, account, actor, make_package):
    package = make_package()

    def add(name):
        return lambda: authoring.add_package_components(
            account=account,
            package_id=package.pk,
            components=[{"limit_component": {"name": name, "limit": 1}}],
            edges=[],
            actor=actor,
        )

    race(add("first"), add("second"))

    package.refresh_from_db()
    wrappers = package.data_flow_json["components"][5:]
    assert [wrapper["limit_component"]["name"] for wrapper in wrappers] == ["first", "second"]
    versions = package.history.order_by("version").values_list("version", flat=True)
    assert (package.version, list(versions)) == (3, [1, 2, 3])


def test_a_rename_at_the_same_time_does_not_undo_an_edit(race, account, actor, make_package):
    package = make_package()
    where = {"account": account, "package_id": package.pk, "actor": actor}

    race(
        lambda: authoring.remove_package_components(component_names=["late"], **where),
        lambda: services.rename_package(name="Other", **where),
    )

    package.refresh_from_db()
    assert (package.name, len(package.data_flow_json["components"])) == ("Other", 4)
