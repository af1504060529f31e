"""The plain-SQL list of packages tells the same as the one through the ORM."""

import pytest

from accounts.services import create_workspace
from packages_app.models import Package
from packages_app.queries import list_packages
from runs.models import Run
from runs.package_rows import package_rows
from runs.queries import with_last_run_status


@pytest.fixture
def packages(account, other_account, actor, make_package, make_run):
    workspace = create_workspace(account=account, name="Nightly", actor=actor)
    made = [make_package(name=f"p{n}", workspace=workspace if n % 2 else None) for n in range(6)]
    make_package(name="foreign", account=other_account)
    for package in made[:3]:
        make_run(package, status=Run.Status.COMPLETED)
    make_run(made[1], status=Run.Status.FAILED)
    make_run(made[2], child_kind=Run.ChildKind.RETRY)
    Package.objects.filter(pk=made[5].pk).update(status="archived", flow_type="workflow")
    return made


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"status": "active"},
        {"status": "archived"},
        {"flow_type": "workflow"},
        {"workspace_id": "WORKSPACE"},
        {"workspace_id": "WORKSPACE", "status": "active", "flow_type": "dataflow"},
    ],
)
def test_both_ways_find_the_same_packages(account, packages, filters):
    if "workspace_id" in filters:
        filters = {**filters, "workspace_id": packages[1].workspace_id}

    rows = package_rows(account=account, limit=4, **filters)

    expected = with_last_run_status(list_packages(account=account, **filters))[:4]
    assert [
        (
            row.id,
            row.name,
            row.flow_type,
            row.status,
            row.workspace_id,
            row.workspace_name,
            row.version,
            row.last_run_id,
            row.last_run_status,
            row.updated_at,
        )
        for row in rows
    ] == [
        (
            package.pk,
            package.name,
            package.flow_type,
            package.status,
            package.workspace_id,
            package.workspace.name if package.workspace else None,
            package.version_label,
            package.last_run_id,
            package.last_run_status,
            package.updated_at,
        )
        for package in expected
    ]


def test_a_page_begins_below_an_id(account, packages):
    rows = package_rows(account=account, limit=2, before_id=packages[3].pk)

    assert [row.id for row in rows] == [packages[2].pk, packages[1].pk]
