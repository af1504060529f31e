"""Packages as wholes: made, copied, renamed, archived; their variables. Flows: authoring.py."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.db import transaction

from accounts.models import Account, User, Workspace
from audit.actor import Actor
from common.errors import Conflict, InvalidInput
from connections import vault
from engine.catalog import component_types
from packages_app import graph
from packages_app.editing import Edited, open_package, record, save_edit, save_version
from packages_app.models import FrozenFlow, Package
from packages_app.queries import get_package
from packages_app.references import check_connections
from packages_app.snapshot import snapshot
from packages_app.variables import with_changes
from packages_app.workflow_references import check_packages

MAX_NAME_LENGTH = 255
MAX_DESCRIPTION_LENGTH = 4_096
MOST_NAMES = 5

_FLOW_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){0,2}")
_COPY = " (copy)"


@transaction.atomic
def create_package(
    *,
    account: Account,
    name: str,
    actor: Actor,
    flow: Mapping[str, Any],
    flow_type: str = Package.FlowType.DATAFLOW,
    owner: User | None = None,
    workspace: Workspace | None = None,
    description: str = "",
    variables: Mapping[str, str] | None = None,
) -> Package:
    """A new package with its first version; missing ids and names in the flow are generated.

    Edges may name their ends by name. It belongs to the acting user unless an owner is given.
    Raises InvalidInput, with a line for each problem, for a flow that is over a limit, of the wrong
    shape, of unknown types or with connections that the account does not have.
    """
    _check_place(account, workspace)
    flow = {"flow_version": "2.0.0", **flow}
    document = graph.add(
        {**flow, "components": [], "edges": []},
        components=flow.get("components", []),
        edges=flow.get("edges", []),
        types=component_types(flow_type),
    ).document
    check_connections(account, {}, document)
    check_packages(account, {}, document)
    package = Package(
        account=account,
        workspace=workspace,
        owner_id=owner.pk if owner else actor.user_id,
        name=_checked_name(name),
        description=_checked_description(description),
        flow_type=flow_type,
        flow_version=_checked_flow_version(flow["flow_version"]),
        data_flow_json=document,
        variables=with_changes({}, values=variables or {}, remove=()),
    )
    save_version(package, actor)
    record(package, actor, "create_package")
    return package


@transaction.atomic
def clone_package(
    *,
    account: Account,
    package_id: int,
    actor: Actor,
    name: str | None = None,
    workspace: Workspace | Literal["same"] | None = "same",
) -> Package:
    """A copy with a history of its own, secret variables included; it belongs to the acting user.

    An archived package may be copied; the copy is active. Without a name it is called
    "<name> (copy)". Schedules are not copied.
    """
    source = get_package(account=account, package_id=package_id)
    place = source.workspace if workspace == "same" else workspace
    _check_place(account, place)
    if name is None:
        name = source.name[: MAX_NAME_LENGTH - len(_COPY)].rstrip() + _COPY
    package = Package(
        account=account,
        workspace=place,
        owner_id=actor.user_id,
        name=_checked_name(name),
        description=source.description,
        flow_type=source.flow_type,
        flow_version=source.flow_version,
        data_flow_json=source.data_flow_json,
        variables=source.variables,
        secret_variables=source.secret_variables,
    )
    save_version(package, actor)
    record(
        package,
        actor,
        "clone_package",
        source_package_id=source.pk,
        source_version=source.version,
    )
    return package


@transaction.atomic
def rename_package(
    *,
    account: Account,
    package_id: int,
    name: str,
    actor: Actor,
    description: str | None = None,
) -> Edited:
    """Another name and, unless None, another description; the flow stays as it is."""
    package = open_package(account=account, package_id=package_id)
    before = snapshot(package)
    package.name = _checked_name(name)
    if description is not None:
        package.description = _checked_description(description)
    return Edited(package, save_edit(package, before, actor, "rename_package"))


@transaction.atomic
def manage_package_variables(
    *,
    account: Account,
    package_id: int,
    actor: Actor,
    values: Mapping[str, str],
    remove: Sequence[str],
) -> Edited:
    """Set and remove public variables; the others stay. Secret ones are out of reach.

    Raises InvalidInput, with a line for each problem, and then changes none.
    """
    package = open_package(account=account, package_id=package_id)
    before = snapshot(package)
    package.variables = with_changes(
        package.variables,
        values=values,
        remove=remove,
        secret=vault.decrypt(package.secret_variables),
    )
    return Edited(package, save_edit(package, before, actor, "manage_package_variables"))


@transaction.atomic
def archive_package(*, account: Account, package_id: int, actor: Actor) -> Edited:
    """Hide a package from use while keeping its row and history. Archiving twice is harmless.

    Raises Conflict while an enabled schedule still points at the package; enabling one takes the
    same lock. Source: delete_package in the product documentation, "Pipeline mutations".
    """
    package = get_package(account=account, package_id=package_id, lock=True)
    blocking = package.schedules.filter(enabled=True).order_by("name")
    if names := list(blocking.values_list("name", flat=True)):
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        listed = ", ".join(names[:MOST_NAMES])
        raise Conflict(f"package is used by active schedules: {listed}{more}")
    before = snapshot(package)
    package.status = Package.Status.ARCHIVED
    return Edited(package, save_edit(package, before, actor, "archive_package"))


def freeze_flow(package: Package) -> FrozenFlow:
    """The package's flow as it is now, stored once for each content."""
    text = json.dumps(package.data_flow_json, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    frozen, _ = FrozenFlow.objects.get_or_create(
        account_id=package.account_id, digest=digest, defaults={"flow": package.data_flow_json}
    )
    return frozen


def _check_place(account: Account, workspace: Workspace | None) -> None:
    if account.limit and (workspace is None or workspace.pk not in account.limit.workspace_ids):
        raise InvalidInput(
            "workspace_id: this connection is limited to some workspaces; name one of them"
        )


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped:
        raise InvalidInput("name: must not be empty")
    if len(stripped) > MAX_NAME_LENGTH:
        raise InvalidInput(f"name: must have at most {MAX_NAME_LENGTH} characters")
    return stripped


def _checked_description(description: str) -> str:
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise InvalidInput(f"description: must have at most {MAX_DESCRIPTION_LENGTH} characters")
    return description


def _checked_flow_version(version: object) -> str:
    if not isinstance(version, str) or not _FLOW_VERSION.fullmatch(version):
        raise InvalidInput("flow_version: must be a version such as 2.0.0")
    return version
