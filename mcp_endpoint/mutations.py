"""How tools that change something are called: whole or not at all, once, or only to look."""

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, ClassVar, TypeVar

from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel, Field

from accounts.models import Account
from common.changes import Change
from common.errors import Conflict
from mcp_endpoint.models import IdempotentCall
from mcp_endpoint.outside import Outside
from mcp_endpoint.registry import Caller, Tool, ToolArgs
from mcp_endpoint.sizes import Shortenable, Shortens

KEY_LIFETIME = timedelta(hours=24)
PURGED_AT_ONCE = 100

T = TypeVar("T")

_NEW = object()
New = Annotated[T | None, _NEW]
"""What only the real call gives out; null in the answer to a dry run."""

NewId = New[int]
"""The id of a row that the call makes."""


class MutationArgs(ToolArgs):
    """Arguments of every tool that changes something."""

    dry_run: bool = Field(False, description="Check everything and show the change; write nothing.")


class RepeatableArgs(MutationArgs):
    """Arguments of tools that make something new at each call."""

    idempotency_key: str | None = Field(
        None,
        min_length=1,
        max_length=128,
        description="Repeat a call with the same key within 24 hours: the first answer, not a "
        "second effect.",
    )


class ChangeItem(BaseModel):
    path: str
    before: Any
    after: Any


def change_items(changes: Iterable[Change]) -> list[ChangeItem]:
    return [ChangeItem.model_validate(change, from_attributes=True) for change in changes]


class Mutated(Shortenable):
    """What every tool that changes something answers. `changes` is the exact difference."""

    shortens: ClassVar[Shortens] = (("changes", "changes_left_out", "first"),)

    dry_run: bool = False
    changes_left_out: int = 0
    changes: Outside[list[ChangeItem]]


def perform(tool: Tool, caller: Caller, arguments: MutationArgs) -> BaseModel:
    """Call the handler in one transaction, which a dry run rolls back.

    A call under a key that was used before is answered as it was then. Raises Conflict when the
    key belongs to a call with other arguments.
    """
    key = getattr(arguments, "idempotency_key", None)
    user_id = caller.actor.user_id
    with transaction.atomic():
        if arguments.dry_run:
            result = tool.handler(caller, arguments)
            transaction.set_rollback(True)
            return result.model_copy(update={**_withheld(tool.result), "dry_run": True})
        if key is None or user_id is None:
            return tool.handler(caller, arguments)
        call, is_new = _claim(tool, caller.account, user_id, key, _digest(arguments))
        if not is_new:
            return tool.result.model_validate(call.answer)
        result = tool.handler(caller, arguments)
        call.answer = result.model_dump(mode="json")
        call.save(update_fields=["answer"])
        return result


def _claim(
    tool: Tool, account: Account, user_id: int, key: str, digest: str
) -> tuple[IdempotentCall, bool]:
    """The call under this key. A second caller waits here until the first is committed."""
    _purge()
    call, is_new = IdempotentCall.objects.get_or_create(
        account=account,
        user_id=user_id,
        tool=tool.name,
        key=key,
        defaults={"digest": digest},
    )
    if call.digest != digest:
        raise Conflict(
            f"idempotency_key: '{key}' was used for a {tool.name} call with other arguments; "
            "choose a new key"
        )
    return call, is_new


def _purge() -> None:
    outdated = IdempotentCall.objects.filter(created_at__lt=timezone.now() - KEY_LIFETIME)
    numbers = list(outdated.order_by("created_at").values_list("pk", flat=True)[:PURGED_AT_ONCE])
    if numbers:
        IdempotentCall.objects.filter(pk__in=numbers).delete()


def _digest(arguments: ToolArgs) -> str:
    given = arguments.model_dump(mode="json", exclude={"idempotency_key", "dry_run"})
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def _withheld(result: type[BaseModel]) -> dict[str, None]:
    fields = result.model_fields.items()
    return {name: None for name, info in fields if _NEW in info.metadata}
