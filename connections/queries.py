"""Reads of connections."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import Account
from accounts.owned import get_owned
from connections import vault
from connections.drivers.base import ConnectionSpec, Reach
from connections.models import Connection, ConnectionQuerySet

_PORTS = {"postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}


def get_connection(*, account: Account, connection_id: int) -> Connection:
    """The account's connection. Raises NotFound, foreign ids included."""
    return get_owned(Connection.objects.for_account(account), connection_id, "connection")


def list_connections(*, account: Account, kind: str | None = None) -> ConnectionQuerySet:
    """The account's connections of every category, newest first."""
    connections = Connection.objects.for_account(account).order_by("-pk")
    return connections if kind is None else connections.filter(kind=kind)


def open_specs(account: Account, ids: Iterable[int]) -> dict[int, ConnectionSpec]:
    """What a driver needs, secrets decrypted, for those of the ids that the account owns."""
    rows = Connection.objects.for_account(account).filter(pk__in=list(ids))
    return {
        row.pk: ConnectionSpec(
            id=row.pk,
            name=row.name,
            kind=row.kind,
            settings={**row.settings, **vault.decrypt(row.secrets)},
        )
        for row in rows
    }


def secret_texts(account: Account, ids: Iterable[int]) -> frozenset[str]:
    """The secret values of these connections, for masking them in logs."""
    rows = Connection.objects.for_account(account).filter(pk__in=list(ids)).only("secrets")
    return frozenset(
        str(value) for row in rows for value in vault.decrypt(row.secrets).values() if value
    )


def secret_names(connection: Connection) -> list[str]:
    """Which secrets the connection has, by name."""
    return sorted(name for name, value in vault.decrypt(connection.secrets).items() if value)


def installation_reach() -> Reach:
    """How far this installation lets connections go, by the operator's settings."""
    return Reach(
        local_root=settings.LOCAL_DATA_ROOT,
        allowed_hosts=tuple(settings.CONNECTION_ALLOW_HOSTS),
        own_services=tuple(_own_services()),
    )


def _own_services() -> Iterator[tuple[str, int]]:
    for address in (settings.DATABASE_URL, settings.REDIS_URL):
        parts = urlsplit(address)
        if parts.hostname is not None:
            yield parts.hostname, parts.port or _PORTS[parts.scheme]
