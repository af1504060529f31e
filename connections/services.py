"""Connections: the verbs."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import Account
from audit import services as audit
from audit.actor import Actor
from common.errors import Conflict, InvalidInput
from connections import vault
from connections.drivers import DRIVERS, DriverKind
from connections.models import Connection


@transaction.atomic
def create_connection(
    *,
    account: Account,
    name: str,
    kind: str,
    settings: Mapping[str, object],
    secrets: Mapping[str, object] | None = None,
    actor: Actor,
) -> Connection:
    """A new, untested connection.

    Raises InvalidInput for an unknown kind, a setting that does not fit, or a secret that was given
    as a setting; Conflict for a taken name.
    """
    if kind not in DRIVERS:
        raise InvalidInput(f"kind: '{kind}' is not one of {', '.join(sorted(DRIVERS))}")
    shown, hidden = _checked(DRIVERS[kind], settings, secrets or {})
    if account.connections.filter(name__iexact=name).exists():
        raise Conflict(f"name: the account has a connection '{name}' already")
    connection = Connection.objects.create(
        account=account,
        name=name,
        kind=kind,
        category=DRIVERS[kind].category,
        settings=shown,
        secrets=vault.encrypt(hidden),
    )
    audit.record(
        actor,
        "create_connection",
        object_type="connection",
        object_id=connection.pk,
        object_label=name,
        details={"kind": kind},
    )
    return connection


def _checked(
    kind: DriverKind, settings: Mapping[str, object], secrets: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Settings and secrets in their proper types, each where it belongs."""
    secret_names = {field.name for field in kind.fields() if field.is_secret}
    if misplaced := sorted(secret_names & settings.keys()):
        raise InvalidInput(f"{misplaced[0]}: is a secret and must be given as one")
    if misplaced := sorted(secrets.keys() - secret_names):
        raise InvalidInput(f"{misplaced[0]}: is not a secret of the kind {kind.kind}")
    values = kind.checked({**settings, **secrets}).model_dump(mode="json")
    return (
        {name: value for name, value in values.items() if name not in secret_names},
        {name: value for name, value in values.items() if name in secret_names},
    )
