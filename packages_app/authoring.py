"""Edits of a package's data flow: all or nothing, one version each.

Each raises NotFound for a foreign or absent package, Conflict for an archived one, and InvalidInput
with a line for each problem. Source: "Pipeline mutations" in the product documentation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.models import Account
from audit.actor import Actor
from engine.catalog import component_types
from packages_app import graph
from packages_app.editing import Edited, open_package, save_edit
from packages_app.models import Package
from packages_app.references import check_connections
from packages_app.snapshot import snapshot
from packages_app.workflow_references import check_packages

Entries = Sequence[Mapping[str, Any]]


@transaction.atomic
def add_package_components(
    *, account: Account, package_id: int, components: Entries, edges: Entries, actor: Actor
) -> Edited:
    """Put new components into the flow, and edges whose ends are ids or names, old or new."""
    package = open_package(account=account, package_id=package_id)
    added = graph.add(
        package.data_flow_json,
        components=components,
        edges=edges,
        types=component_types(package.flow_type),
    )
    changes = _save(account, package, added.document, actor, "add_package_components").changes
    return Edited(package, changes, added.component_ids, added.edge_ids)


@transaction.atomic
def update_package_components(
    *, account: Account, package_id: int, components: Entries, actor: Actor
) -> Edited:
    """Merge entries `{component_name, updates}` deep into the components of those names."""
    package = open_package(account=account, package_id=package_id)
    document = graph.merge(package.data_flow_json, components)
    return _save(account, package, document, actor, "update_package_components")


@transaction.atomic
def update_package_edges(
    *, account: Account, package_id: int, edges: Entries, actor: Actor
) -> Edited:
    """Put these edges in the place of all that were there."""
    package = open_package(account=account, package_id=package_id)
    document = graph.replace_edges(package.data_flow_json, edges)
    return _save(account, package, document, actor, "update_package_edges")


@transaction.atomic
def remove_package_components(
    *, account: Account, package_id: int, component_names: Sequence[str], actor: Actor
) -> Edited:
    """Take components out, and with them the edges that begin or end there."""
    package = open_package(account=account, package_id=package_id)
    document = graph.remove(package.data_flow_json, component_names)
    return _save(account, package, document, actor, "remove_package_components")


def _save(
    account: Account, package: Package, document: graph.Document, actor: Actor, action: str
) -> Edited:
    before = snapshot(package)
    check_connections(account, before.flow, document)
    check_packages(account, before.flow, document)
    package.data_flow_json = document
    return Edited(package, save_edit(package, before, actor, action))
