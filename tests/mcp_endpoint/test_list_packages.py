import pytest

from accounts.services import create_workspace
from packages_app.models import Package
from runs.models import Run


@pytest.mark.promise("list_packages.lists_packages", "list_packages.last_run_status")
def test_a_package_is_listed_with_its_kind_place_version_and_newest_run(
    call_tool, account, actor, make_package, make_run
):
    space = create_workspace(account=account, name="Nightly", actor=actor)
    package = make_package(workspace=space)
    make_run(package, status=Run.Status.FAILED)
    newest = make_run(package, status=Run.Status.COMPLETED)

    (row,) = call_tool("list_packages").data["packages"]

    assert row.pop("updated_at").endswith("Z")
    assert row == {
        "id": package.pk,
        "name": "Late flights",
        "flow_type": "dataflow",
        "status": "active",
        "workspace_id": space.pk,
        "workspace_name": "Nightly",
        "version": "1.0",
        "last_run_id": newest.pk,
        "last_run_status": "completed",
    }


@pytest.mark.promise("list_packages.filters")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"flow", "work", "old"}),
        ({"flow_type": "dataflow"}, {"flow", "old"}),
        ({"flow_type": "workflow"}, {"work"}),
        ({"status": "active"}, {"flow", "work"}),
        ({"status": "archived"}, {"old"}),
        ({"status": "active", "flow_type": "workflow"}, {"work"}),
    ],
)
def test_packages_are_filtered_by_flow_type_and_status(call_tool, make_package, filters, expected):
    for name in ("flow", "work", "old"):
        make_package(name=name)
    Package.objects.filter(name="work").update(flow_type=Package.FlowType.WORKFLOW)
    Package.objects.filter(name="old").update(status=Package.Status.ARCHIVED)

    packages = call_tool("list_packages", **filters).data["packages"]

    assert {package["name"] for package in packages} == expected
