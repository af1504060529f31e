"""The one writer of the audit log."""

from collections.abc import Mapping

from django.db import transaction

from audit.actor import Actor
from audit.models import AuditEntry


def record(
    actor: Actor,
    action: str,
    *,
    object_type: str = "",
    object_id: int | None = None,
    object_label: str = "",
    outcome: AuditEntry.Outcome = AuditEntry.Outcome.ALLOWED,
    details: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Add one entry inside the caller's transaction, so that the act and its record stand together.

    Raises RuntimeError outside a transaction: an act could then be kept while its record is lost.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"audit entry {action!r} written outside a transaction")
    return AuditEntry.objects.create(
        account_id=actor.account_id,
        user_id=actor.user_id,
        user_label=actor.user_label,
        door=actor.door.value,
        application_id=actor.application_id,
        application_label=actor.application_label,
        tool=actor.tool,
        request_id=actor.request_id,
        address=actor.address,
        reason=actor.reason,
        action=action,
        object_type=object_type,
        object_id=object_id,
        object_label=object_label[:255],
        outcome=outcome,
        details=dict(details or {}),
    )
