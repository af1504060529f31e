import pytest
from django.db import transaction

from accounts.services import create_workspace
from audit import services as audit
from audit.actor import Actor, Door
from audit.history import UnattributedChange
from audit.models import AuditEntry
from packages_app.editing import save_version

CLAUDE = Actor(
    door=Door.MCP,
    account_id=1,
    user_id=7,
    user_label="maya@acme.example",
    application_id=3,
    application_label="Claude Code",
    tool="rename_package",
    request_id="r1",
    address="127.0.0.1",
    reason="tidy up",
)


def test_each_save_makes_one_version_that_names_person_client_and_tool(make_package):
    package = make_package()
    package.name = "Renamed"

    save_version(package, CLAUDE)

    newest, first = package.history.all()
    assert (first.version, newest.version, newest.name) == (1, 2, "Renamed")
    assert (newest.history_user_id, newest.actor_label) == (7, "maya@acme.example")
    assert (newest.door, newest.application_label) == ("mcp", "Claude Code")
    assert (newest.tool, newest.request_id) == ("rename_package", "r1")
    assert newest.history_change_reason == "tidy up"


def test_version_numbers_have_no_gaps(make_package):
    package = make_package()
    for _ in range(5):
        save_version(package, CLAUDE)

    versions = sorted(package.history.values_list("version", flat=True))

    assert versions == [1, 2, 3, 4, 5, 6]
    assert package.version_label == "1.5"


def test_a_recorded_row_cannot_be_saved_without_an_actor(make_package):
    package = make_package()

    with pytest.raises(UnattributedChange), transaction.atomic():
        package.save()

    assert package.history.count() == 1


def test_secret_variables_never_enter_the_history(make_package):
    package = make_package()

    assert not hasattr(package.history.first(), "secret_variables")


def test_an_entry_outside_a_transaction_is_refused(transactional_db):
    with pytest.raises(RuntimeError):
        audit.record(CLAUDE, "run_package")

    assert not AuditEntry.objects.exists()


def test_entries_are_neither_changed_nor_deleted(db):
    entry = audit.record(CLAUDE, "run_package")

    for change in (entry.save, entry.delete):
        with pytest.raises(TypeError):
            change()


def test_a_change_and_its_entry_stand_or_fall_together(transactional_db, account, actor):
    before = AuditEntry.objects.count()

    with pytest.raises(ZeroDivisionError):
        _create_workspace_and_fail(account, actor)

    assert AuditEntry.objects.count() == before
    assert not account.workspaces.exists()


@transaction.atomic
def _create_workspace_and_fail(account, actor):
    create_workspace(account=account, name="Nightly", actor=actor)
    raise ZeroDivisionError
