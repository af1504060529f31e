"""Packages: the verbs."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Account, User, Workspace
from audit import services as audit
from audit.actor import Actor
from engine.flow import complete_document
from packages_app.models import FrozenFlow, Package


@transaction.atomic
def create_package(
    *,
    account: Account,
    name: str,
    actor: Actor,
    flow: Mapping[str, Any],
    owner: User | None = None,
    workspace: Workspace | None = None,
    description: str = "",
    variables: Mapping[str, str] | None = None,
) -> Package:
    """A new package with its first version; missing ids and names in the flow are generated.

    Raises InvalidInput for a flow over the limits or of the wrong shape.
    """
    package = Package(
        account=account,
        workspace=workspace,
        owner=owner,
        name=name,
        description=description,
        data_flow_json=complete_document(flow),
        variables=dict(variables or {}),
    )
    save_version(package, actor)
    audit.record(
        actor,
        "create_package",
        object_type="package",
        object_id=package.pk,
        object_label=name,
        details={"version": package.version},
    )
    return package


def save_version(package: Package, actor: Actor) -> None:
    """Save the package as its next version, attributed to the actor."""
    package.version += 1
    if package.version > 1:
        package.version_minor += 1
    package.record(actor)
    package.save()


def freeze_flow(package: Package) -> FrozenFlow:
    """The package's flow as it is now, stored once for each content."""
    text = json.dumps(package.data_flow_json, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    frozen, _ = FrozenFlow.objects.get_or_create(
        account_id=package.account_id, digest=digest, defaults={"flow": package.data_flow_json}
    )
    return frozen
