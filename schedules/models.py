"""Schedules and the record of their firings."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Account
from audit.history import Attributed, attributed_history
from packages_app.models import Package
from runs.models import Run


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def for_account(self, account: Account) -> "ScheduleQuerySet":
        rows = self.filter(account=account)
        if account.limit is None:
            return rows
        return rows.filter(package__workspace_id__in=account.limit.workspace_ids)


class Schedule(Attributed):
    """When to run a package. `next_run_at` is null while the schedule is off.

    `package_version` locks the schedule to one version; null follows the newest.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="schedules")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="schedules")
    package_version = models.PositiveIntegerField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    cron = models.CharField(max_length=255)
    timezone = models.CharField(max_length=64, default="UTC")
    variables = models.JSONField(default=dict)
    enabled = models.BooleanField(default=False)
    overlap = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScheduleQuerySet.as_manager()
    history = attributed_history(excluded_fields=["next_run_at"])

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"]),
            models.Index(
                fields=["next_run_at"],
                name="schedules_due",
                condition=models.Q(enabled=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScheduleFiring(models.Model):
    """One due time of one schedule; its unique key makes it fire once, however many look."""

    class Outcome(models.TextChoices):
        STARTED = "started"
        SKIPPED_OVERLAP = "skipped_overlap"
        FAILED_TO_START = "failed_to_start"

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="firings")
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="firings")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="one_firing_per_due_time")
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at:%Y-%m-%d %H:%M}"
