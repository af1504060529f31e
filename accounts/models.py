"""Users, accounts, memberships and workspaces."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower

from accounts.limits import WorkspaceLimit
from accounts.subdomains import SUBDOMAIN_PATTERN


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, *, email: str, password: str | None, name: str = "") -> "User":
        user = self.model(email=email.strip().lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person; signs in with the e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_ignoring_case")
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        return self.name or self.email


class Account(models.Model):
    """The tenant. Its subdomain stands in every address and is never renamed.

    `limit` is set on the instance that a narrowed connection works with, and never stored.
    `global_variables` maps a name to an expression text, for all packages of the account.
    """

    limit: WorkspaceLimit | None = None

    subdomain = models.CharField(
        max_length=63,
        unique=True,
        validators=[RegexValidator(SUBDOMAIN_PATTERN)],
    )
    name = models.CharField(max_length=255)
    mcp_enabled = models.BooleanField(default=False)
    password_grant_enabled = models.BooleanField(default=False)
    token_lifetime_cap_days = models.PositiveIntegerField(null=True, blank=True)
    global_variables = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.subdomain


class Membership(models.Model):
    """A user's place in an account."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"
        VIEWER = "viewer"
        AUDITOR = "auditor"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "user"], name="one_membership_per_user")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.account_id}: {self.role}"


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def for_account(self, account: Account) -> "WorkspaceQuerySet":
        rows = self.filter(account=account)
        return rows if account.limit is None else rows.filter(pk__in=account.limit.workspace_ids)


class Workspace(models.Model):
    """A named group of packages. Deleting it unassigns its packages."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="workspaces")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    color = models.CharField(max_length=16, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("account", Lower("name"), name="one_workspace_name_per_account")
        ]

    def __str__(self) -> str:
        return self.name
