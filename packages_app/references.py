"""Connections that a flow names: only those of the account may be brought in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from accounts.models import Account
from accounts.owned import MAX_ID
from connections.models import Connection
from engine.flow import names_connection
from packages_app.complaints import Complaints
from packages_app.graph_components import entries_of


def check_connections(
    account: Account, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raises InvalidInput for connections that came in and are not the account's.

    An absent id, one of another account and one that the caller may not reach are told in the same
    words. A component that already named a lost connection may still be edited. None is no
    reference: a flow can be drawn first.
    """
    known = {(component, json.dumps(value)) for component, _, _, value in _references(before)}
    new = [
        (name, member, value)
        for component, name, member, value in _references(after)
        if (component, json.dumps(value)) not in known
    ]
    asked = {value for _, _, value in new if isinstance(value, int)}
    found = set(
        Connection.objects.for_account(account)
        .filter(pk__in=[number for number in asked if 0 < number <= MAX_ID])
        .values_list("pk", flat=True)
    )
    complaints = Complaints()
    for name, member, value in new:
        if isinstance(value, bool) or not isinstance(value, int):
            complaints.add(name, f"{member} must be a whole number")
        elif value not in found:
            complaints.add(name, f"connection {str(value)[:20]} not found")
    complaints.settle()


def _references(flow: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Id and name of the component, and the members of it, or of something in it, that name a
    connection, with their values."""
    for entry in entries_of(flow.get("components", [])):
        for member, value in _values(entry.body):
            yield str(entry.body.get("id")), str(entry.body.get("name")), member, value


def _values(part: Any) -> Iterator[tuple[str, Any]]:
    """Depth is no concern: a document has at most 20 levels."""
    if isinstance(part, dict):
        for key, value in part.items():
            if names_connection(key) and value is not None:
                yield key, value
            yield from _values(value)
    elif isinstance(part, list):
        for value in part:
            yield from _values(value)
