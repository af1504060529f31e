"""What tools that change a package answer."""

from typing import Annotated, Any

from pydantic import Field

from mcp_endpoint.mutations import Mutated, NewId, change_items
from mcp_endpoint.outside import Outside
from packages_app.editing import Edited
from packages_app.models import Package
from packages_app.snapshot import NOTHING, changes_between, snapshot

PackageId = Annotated[int, Field(gt=0, description="Id of the package, from list_packages.")]


class PackageVersion(Mutated):
    """`version` is the label that people see, `version_number` counts without gaps."""

    name: Outside[str]
    version: str
    version_number: int


class EditedPackage(PackageVersion):
    package_id: int


class CreatedPackage(PackageVersion):
    package_id: NewId


def edited_package(edited: Edited) -> EditedPackage:
    return EditedPackage(
        **_version_of(edited.package),
        package_id=edited.package.pk,
        changes=change_items(edited.changes),
    )


def created_package(package: Package) -> CreatedPackage:
    return CreatedPackage(
        **_version_of(package),
        package_id=package.pk,
        changes=change_items(changes_between(NOTHING, snapshot(package))),
    )


def _version_of(package: Package) -> dict[str, Any]:
    return {
        "name": package.name,
        "version": package.version_label,
        "version_number": package.version,
    }
