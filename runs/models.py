"""Runs, their components and logs, and the clusters they run on."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from accounts.models import Account
from packages_app.models import FrozenFlow, Package


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def for_account(self, account: Account) -> "ClusterQuerySet":
        rows = self.filter(account=account)
        if account.limit is None:
            return rows
        return rows.filter(pk__in=Run.objects.for_account(account).values("cluster"))


class Cluster(models.Model):
    """A named pool of worker slots; `nodes` bounds how many runs it takes at once."""

    class Status(models.TextChoices):
        PENDING = "pending"
        CREATING = "creating"
        AVAILABLE = "available"
        IDLE = "idle"
        ERROR = "error"
        PENDING_TERMINATE = "pending_terminate"
        TERMINATING = "terminating"
        TERMINATED = "terminated"

    class Type(models.TextChoices):
        PRODUCTION = "production"
        SANDBOX = "sandbox"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="clusters")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.PENDING)
    type = models.CharField(max_length=16, choices=Type.choices, default=Type.PRODUCTION)
    nodes = models.PositiveIntegerField(default=1)
    region = models.CharField(max_length=64, default="self-hosted")
    terminate_on_idle = models.BooleanField(default=False)
    time_to_idle = models.PositiveIntegerField(default=3600)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    available_since = models.DateTimeField(null=True, blank=True)
    idle_since = models.DateTimeField(null=True, blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True)

    objects = ClusterQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class RunQuerySet(models.QuerySet["Run"]):
    def for_account(self, account: Account) -> "RunQuerySet":
        rows = self.filter(account=account)
        if account.limit is None:
            return rows
        return rows.filter(package__workspace_id__in=account.limit.workspace_ids)


class Run(models.Model):
    """One execution of one package version.

    `status` changes only through runs.states. `worker` and `lease_until` name who works on it;
    `attempt` counts claims. `error` is the redacted primary error. A run that a task of a workflow
    began has the workflow's run as its parent, and names the task's component in `task_id`.
    """

    class Status(models.TextChoices):
        IDLE = "idle"
        PENDING = "pending"
        QUEUED = "queued"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"
        PENDING_STOPPAGE = "pending_stoppage"
        STOPPING = "stopping"
        STOPPED = "stopped"

    class ChildKind(models.TextChoices):
        RETRY = "retry"
        TASK = "task"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="runs")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="runs")
    package_version = models.PositiveIntegerField()
    flow = models.ForeignKey(FrozenFlow, on_delete=models.PROTECT, related_name="runs")
    cluster = models.ForeignKey(Cluster, null=True, on_delete=models.SET_NULL, related_name="runs")
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.QUEUED)
    variables = models.JSONField(default=dict)
    dynamic_variables = models.JSONField(default=dict)
    frozen_variables = models.JSONField(default=dict)
    progress = models.FloatField(default=0.0)
    error = models.CharField(max_length=500, blank=True)
    failed_component = models.CharField(max_length=128, blank=True)
    retryable = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_through = models.CharField(max_length=16, blank=True)
    application_id = models.BigIntegerField(null=True, blank=True)
    application_label = models.CharField(max_length=255, blank=True)
    schedule_label = models.CharField(max_length=255, blank=True)
    retry_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="retries"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    child_kind = models.CharField(max_length=8, choices=ChildKind.choices, blank=True)
    task_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    worker = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "task_id"],
                name="one_run_per_task",
                condition=models.Q(child_kind="task"),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"]),
            models.Index(fields=["account", "status", "-id"]),
            models.Index(fields=["package", "-id"]),
            models.Index(
                fields=["package", "-id"], name="runs_top_level", condition=models.Q(child_kind="")
            ),
            models.Index(
                fields=["status", "id"],
                name="runs_unfinished",
                condition=models.Q(
                    status__in=["queued", "running", "pending_stoppage", "stopping"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class RunComponent(models.Model):
    """What one component of one run did.

    `write_state` is the durable half of the exactly-once protocol of destinations: a later attempt
    hands it back to the engine, which then knows whether the rows were committed. `task_end` is
    the same for a task of a workflow: how it ended and what it left, null until then.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"
        SKIPPED = "skipped"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="components")
    component_id = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    rows_in = models.BigIntegerField(null=True)
    rows_out = models.BigIntegerField(null=True)
    size_bytes = models.BigIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    write_state = models.CharField(max_length=16, blank=True)
    write_rows = models.BigIntegerField(null=True)
    task_end = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "component_id"], name="one_row_per_run_component"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.run_id}"

    @property
    def seconds(self) -> float | None:
        """How long it worked; None until it has ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds(), 3)


class RunLog(models.Model):
    """One line of a run's log, redacted before it was written. `number` grows without gaps."""

    class Level(models.TextChoices):
        DEBUG = "DEBUG"
        INFO = "INFO"
        WARN = "WARN"
        ERROR = "ERROR"
        FATAL = "FATAL"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log_lines")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    level = models.CharField(max_length=8, choices=Level.choices)
    component = models.CharField(max_length=128, blank=True)
    message = models.TextField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="one_line_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.message[:60]}"

    def as_text(self) -> str:
        """`time level component message`, the component "run" for the run as a whole."""
        at = self.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return f"{at}Z {self.level} {self.component or 'run'} {self.message}"
