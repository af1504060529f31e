"""Connections: one table for databases, cloud storage and services."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from accounts.models import Account


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def for_account(self, account: Account) -> "ConnectionQuerySet":
        rows = self.filter(account=account)
        return rows if account.limit is None else rows.filter(pk__in=account.limit.connection_ids)


class Connection(models.Model):
    """How to reach one outside system. `settings` may be shown, `secrets` never leaves the server.

    `secrets` holds the encrypted JSON of the kind's secret fields (connections.vault).
    """

    class Category(models.TextChoices):
        DATABASE = "database"
        CLOUD_STORAGE = "cloud_storage"
        SERVICE = "service"

    class Status(models.TextChoices):
        UNTESTED = "untested"
        OK = "ok"
        FAILING = "failing"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="connections")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=64)
    category = models.CharField(max_length=16, choices=Category.choices)
    settings = models.JSONField(default=dict)
    secrets = models.BinaryField(blank=True, default=bytes)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.UNTESTED)
    last_tested_at = models.DateTimeField(null=True, blank=True)
    last_test_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "account", Lower("name"), name="one_connection_name_per_account"
            )
        ]

    def __str__(self) -> str:
        return self.name
