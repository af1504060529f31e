"""The history of a model: one row for each change, with the actor in its own columns."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from audit.actor import Actor


class AttributedHistory(models.Model):
    """Columns that every history row carries beside the copied fields."""

    actor_label = models.CharField(max_length=254, blank=True)
    door = models.CharField(max_length=16, blank=True)
    application_id = models.BigIntegerField(null=True, blank=True)
    application_label = models.CharField(max_length=255, blank=True)
    tool = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        abstract = True


class Attributed(models.Model):
    """A row whose changes are recorded. Services call `record(actor)` once, then save once."""

    class Meta:
        abstract = True

    def record(self, actor: Actor) -> None:
        self._actor = actor
        self._change_reason = actor.reason or None


class UnattributedChange(Exception):
    """A recorded row was saved without `record(actor)`: a defect of the saving service."""


def _actor_of(instance: Any, **_: Any) -> Actor:
    actor = instance.__dict__.pop("_actor", None)
    if actor is None:
        raise UnattributedChange(f"{type(instance).__name__} saved without an actor")
    return actor  # type: ignore[no-any-return]


def _set_actor(row: Any, actor: Actor | None) -> None:
    if actor is None:
        return
    row.history_user_id = actor.user_id
    row.actor_label = actor.user_label
    row.door = actor.door.value
    row.application_id = actor.application_id
    row.application_label = actor.application_label
    row.tool = actor.tool
    row.request_id = actor.request_id
    row.address = actor.address


def _get_actor_label(row: Any) -> str:
    return str(row.actor_label)


def attributed_history(**options: Any) -> HistoricalRecords:
    """The history manager of a model that inherits `Attributed`."""
    return HistoricalRecords(
        bases=[AttributedHistory],
        history_user_id_field=models.BigIntegerField(null=True, blank=True),
        history_user_getter=_get_actor_label,
        history_user_setter=_set_actor,
        get_user=_actor_of,
        history_change_reason_field=models.TextField(null=True, blank=True),
        **options,
    )
