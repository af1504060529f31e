"""Connections: the verbs."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import Account
from audit import services as audit
from audit.actor import Actor
from common.errors import Conflict, InvalidInput
from connections import vault
from connections.drivers import DRIVERS
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
    """A new connection. Raises InvalidInput for an unknown kind, Conflict for a taken name."""
    if kind not in DRIVERS:
        raise InvalidInput(f"kind: '{kind}' is not one of {', '.join(sorted(DRIVERS))}")
    if account.connections.filter(name__iexact=name).exists():
        raise Conflict(f"name: the account has a connection '{name}' already")
    connection = Connection.objects.create(
        account=account,
        name=name,
        kind=kind,
        category=DRIVERS[kind].category,
        settings=dict(settings),
        secrets=vault.encrypt(secrets or {}),
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
