"""Reads of packages."""

from accounts.models import Account
from accounts.owned import get_owned
from engine.flow import names_connection
from packages_app.models import Package, PackageQuerySet


def get_package(*, account: Account, package_id: int, lock: bool = False) -> Package:
    """The account's package. With lock=True its row stays locked until the transaction ends.

    Raises NotFound alike for an absent id and for one that belongs to another account.
    """
    packages = Package.objects.for_account(account).select_related("workspace", "owner")
    if lock:
        packages = packages.select_for_update(of=("self",))
    return get_owned(packages, package_id, "package")


def list_packages(
    *,
    account: Account,
    status: str | None = None,
    flow_type: str | None = None,
    workspace_id: int | None = None,
) -> PackageQuerySet:
    """The account's packages, newest first. A filter left at None does not filter."""
    packages = Package.objects.for_account(account).select_related("workspace").order_by("-pk")
    if status is not None:
        packages = packages.filter(status=status)
    if flow_type is not None:
        packages = packages.filter(flow_type=flow_type)
    if workspace_id is not None:
        packages = packages.filter(workspace_id=workspace_id)
    return packages


def used_connections(account: Account) -> frozenset[int]:
    """Ids of the connections that the account's packages name."""
    flows = Package.objects.for_account(account).values_list("data_flow_json", flat=True)
    bodies = (
        body
        for flow in flows
        for entry in flow.get("components", [])
        for body in entry.values()
        if isinstance(body, dict)
    )
    named = (value for body in bodies for key, value in body.items() if names_connection(key))
    return frozenset(number for number in named if isinstance(number, int))
