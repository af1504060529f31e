"""Connections that a flow names: only those of the account may be brought in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from accounts.models import Account
from accounts.owned import MAX_ID
from connections.models import Connection
from packages_app.complaints import Complaints
from packages_app.graph_components import entries_of

_MEMBER = "connection_id"


def check_connections(
    account: Account, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raises InvalidInput for connections that came in and are not the account's.

    An absent id, one of another account and one that the caller may not reach are told in the same
    words. A component that already named a lost connection may still be edited. None is no
    reference: a flow can be drawn first.
    """
    known = {(component, json.dumps(value)) for component, _, value in _references(before)}
    new = [
        (name, value)
        for component, name, value in _references(after)
        if (component, json.dumps(value)) not in known
    ]
    asked = {value for _, value in new if isinstance(value, int)}
    found = set(
        Connection.objects.for_account(account)
        .filter(pk__in=[number for number in asked if 0 < number <= MAX_ID])
        .values_list("pk", flat=True)
    )
    complaints = Complaints()
    for name, value in new:
        if isinstance(value, bool) or not isinstance(value, int):
            complaints.add(name, f"{_MEMBER} must be a whole number")
        elif value not in found:
            complaints.add(name, f"connection {str(value)[:20]} not found")
    complaints.settle()


def _references(flow: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Id and name of the component, and the value that it, or something in it, names."""
    for entry in entries_of(flow.get("components", [])):
        for value in _values(entry.body):
            yield str(entry.body.get("id")), str(entry.body.get("name")), value


def _values(part: Any) -> Iterator[Any]:
    """Depth is no concern: a document has at most 20 levels."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == _MEMBER and value is not None:
                yield value
            yield from _values(value)
    elif isinstance(part, list):
        for value in part:
            yield from _values(value)
