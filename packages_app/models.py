"""Packages: the definitions of pipelines."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Account, Workspace
from audit.history import Attributed, attributed_history


class PackageQuerySet(models.QuerySet["Package"]):
    def for_account(self, account: Account) -> "PackageQuerySet":
        rows = self.filter(account=account)
        if account.limit is None:
            return rows
        return rows.filter(workspace_id__in=account.limit.workspace_ids)

    def active(self) -> "PackageQuerySet":
        return self.filter(status=Package.Status.ACTIVE)


class Package(Attributed):
    """One pipeline. Every save makes one history row, which is its version.

    `version` counts saves without gaps; `version_major`.`version_minor` is the label people see.
    `variables` maps a name to an expression text; `secret_variables` is encrypted JSON.
    """

    class FlowType(models.TextChoices):
        DATAFLOW = "dataflow"
        WORKFLOW = "workflow"

    class Status(models.TextChoices):
        ACTIVE = "active"
        ARCHIVED = "archived"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="packages")
    workspace = models.ForeignKey(
        Workspace, null=True, blank=True, on_delete=models.SET_NULL, related_name="packages"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    flow_type = models.CharField(max_length=16, choices=FlowType.choices, default=FlowType.DATAFLOW)
    flow_version = models.CharField(max_length=16, default="2.0.0")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    data_flow_json = models.JSONField(default=dict)
    variables = models.JSONField(default=dict)
    secret_variables = models.BinaryField(blank=True, default=bytes)
    version = models.PositiveIntegerField(default=0)
    version_major = models.PositiveIntegerField(default=1)
    version_minor = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PackageQuerySet.as_manager()
    history = attributed_history(excluded_fields=["secret_variables"])

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "status", "-id"])]

    def __str__(self) -> str:
        return self.name

    @property
    def version_label(self) -> str:
        return f"{self.version_major}.{self.version_minor}"


class FrozenFlow(models.Model):
    """A flow as a run saw it, stored once for each content."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    flow = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "digest"], name="one_frozen_flow_per_digest")
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class JobValidation(models.Model):
    """One check of one package: what was found, kept so that people can compare."""

    class Status(models.TextChoices):
        COMPLETED = "completed"
        FAILED = "failed"

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="validations")
    package_version = models.PositiveIntegerField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=16, choices=Status.choices)
    status_message = models.CharField(max_length=500)
    problems = models.JSONField(default=list)
    runtime_seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["package", "-id"])]

    def __str__(self) -> str:
        return f"{self.status} {self.package_id}"
