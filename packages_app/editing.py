"""How every change of a package is made: its row locked, one version, one audit entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.models import Account
from audit import services as audit
from audit.actor import Actor
from common.changes import Change
from common.errors import Conflict
from packages_app.models import Package
from packages_app.queries import get_package
from packages_app.snapshot import Snapshot, changes_between, snapshot

MOST_PATHS = 100


@dataclass(frozen=True, slots=True)
class Edited:
    """A package after a change. Without `changes` nothing differed, and nothing was written.

    `component_ids` (by name) and `edge_ids` are those that the change made.
    """

    package: Package
    changes: list[Change]
    component_ids: Mapping[str, str] = field(default_factory=dict)
    edge_ids: list[str] = field(default_factory=list)


def open_package(*, account: Account, package_id: int) -> Package:
    """The package, its row locked until the transaction ends. Raises Conflict for an archived one.

    Must be called in a transaction.
    """
    package = get_package(account=account, package_id=package_id, lock=True)
    if package.status != Package.Status.ACTIVE:
        raise Conflict("package is archived; restore it before editing it, or clone it")
    return package


def save_edit(package: Package, before: Snapshot, actor: Actor, action: str) -> list[Change]:
    """Save what differs from `before` as the next version; without a difference do nothing."""
    changes = changes_between(before, snapshot(package))
    if not changes:
        return []
    former = package.version
    save_version(package, actor)
    paths = [change.path for change in changes]
    record(
        package,
        actor,
        action,
        former_version=former,
        changed=paths[:MOST_PATHS],
        changed_count=len(paths),
    )
    return changes


def save_version(package: Package, actor: Actor) -> None:
    """Save the package as its next version, attributed to the actor."""
    package.version += 1
    if package.version > 1:
        package.version_minor += 1
    package.record(actor)
    package.save()


def record(package: Package, actor: Actor, action: str, **details: object) -> None:
    """Add the audit entry of an act on the package as it is saved now."""
    audit.record(
        actor,
        action,
        object_type="package",
        object_id=package.pk,
        object_label=package.name,
        details={"version": package.version, **details},
    )
