"""Calls that may be repeated without being done twice."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Account


class IdempotentCall(models.Model):
    """A mutating call that its caller named with a key, and what it was answered.

    `digest` tells a repetition from another call under the same key.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    tool = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "user", "tool", "key"], name="one_call_per_idempotency_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.key}"
