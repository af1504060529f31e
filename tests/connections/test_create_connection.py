import pytest

from audit.models import AuditEntry
from common.errors import Conflict, InvalidInput
from connections import vault
from connections.models import Connection
from connections.services import create_connection

SECRETS = {"password": "canary"}
POSTGRES = {"host": "db.example", "port": "5433", "database": "d", "username": "u"}


def test_settings_are_kept_in_their_types_and_secrets_encrypted(account, actor):
    connection = create_connection(
        account=account,
        name="warehouse",
        kind="postgres",
        settings=POSTGRES,
        secrets=SECRETS,
        actor=actor,
    )

    assert connection.settings["port"] == 5433
    assert "password" not in connection.settings
    assert b"canary" not in bytes(connection.secrets)
    assert vault.decrypt(connection.secrets) == SECRETS
    assert connection.category == "database"
    entry = AuditEntry.objects.get(action="create_connection")
    assert "canary" not in str(entry.details)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"kind": "carrier_pigeon"}, "kind"),
        ({"settings": {**POSTGRES, "password": "x"}}, "password: is a secret"),
        ({"secrets": {"host": "x"}}, "host: is not a secret"),
        ({"settings": {**POSTGRES, "port": "many"}}, "port"),
        ({"settings": {**POSTGRES, "colour": "red"}}, "colour"),
        ({"settings": {"port": 5432}}, "host"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(account, actor, fields, word):
    given = {"kind": "postgres", "settings": POSTGRES, "secrets": SECRETS, **fields}

    with pytest.raises(InvalidInput, match=word):
        create_connection(account=account, name="x", actor=actor, **given)

    assert not Connection.objects.exists()


def test_a_name_is_taken_ignoring_case(account, actor):
    given = {"account": account, "kind": "local_folder", "settings": {"path": "x"}, "actor": actor}
    create_connection(name="Lake", **given)

    with pytest.raises(Conflict):
        create_connection(name="LAKE", **given)
