"""Makes the demo account: real files, real packages, and a token to start with."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from accounts.models import Account, Membership, User
from accounts.services import create_account, create_user, create_workspace
from audit.actor import Actor
from connected_apps.services import create_token
from connections.services import create_connection
from demo.account import (
    CLUSTER,
    CONNECTIONS,
    DATA_DIRECTORY,
    DATA_FILES,
    FLIGHT_FILES,
    SCHEDULES,
    WORKSPACES,
)
from demo.packages import packages
from packages_app.models import Package
from packages_app.services import create_package
from runs.services import create_cluster
from schedules.services import create_schedule

SUBDOMAIN = "acme"
EMAIL = "demo@example.com"
TOKEN_NAME = "First start"  # noqa: S105  the name of a token


@dataclass(frozen=True, slots=True)
class Demo:
    """What the first start tells its operator, once."""

    account: Account
    email: str
    password: str
    token: str


@transaction.atomic
def make_demo(*, local_root: Path, password: str | None, actor: Actor) -> Demo:
    """The whole demo, or nothing. Without `password` one is made."""
    password = password or secrets.token_urlsafe(12)
    copy_files(local_root)
    account = create_account(subdomain=SUBDOMAIN, name="Acme Air", actor=actor, mcp_enabled=True)
    owner = create_user(
        email=EMAIL,
        password=password,
        account=account,
        role=Membership.Role.OWNER,
        name="Demo Owner",
        actor=actor,
    )
    create_cluster(account=account, name=CLUSTER.name, nodes=CLUSTER.nodes, actor=actor)
    made = _make_packages(account, owner, actor)
    for schedule in SCHEDULES:
        create_schedule(
            account=account,
            package_id=made[schedule.package].pk,
            name=schedule.name,
            cron=schedule.cron,
            owner=owner,
            enabled=schedule.enabled,
            actor=actor,
        )
    _, token = create_token(account=account, user=owner, name=TOKEN_NAME, actor=actor)
    return Demo(account=account, email=EMAIL, password=password, token=token)


def copy_files(local_root: Path) -> None:
    """Put the data files where the connection `flight-files` looks for them."""
    target = local_root / str(FLIGHT_FILES.settings["path"])
    for name in DATA_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DATA_DIRECTORY / name, target / name)


def _make_packages(account: Account, owner: User, actor: Actor) -> dict[str, Package]:
    workspaces = {
        definition.key: create_workspace(
            account=account,
            name=definition.name,
            description=definition.description,
            position=position,
            actor=actor,
        )
        for position, definition in enumerate(WORKSPACES)
    }
    ids = {
        definition.key: create_connection(
            account=account,
            name=definition.name,
            kind=definition.kind,
            settings=definition.settings,
            actor=actor,
        ).pk
        for definition in CONNECTIONS
    }
    return {
        definition.key: create_package(
            account=account,
            name=definition.name,
            description=definition.description,
            workspace=workspaces[definition.workspace],
            owner=owner,
            flow=definition.flow,
            variables=definition.variables,
            actor=actor,
        )
        for definition in packages(**ids)
    }
