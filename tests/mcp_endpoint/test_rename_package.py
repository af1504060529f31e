import pytest

from packages_app.models import Package


def test_the_name_changes_and_the_rest_stays(call_tool, package):
    Package.objects.filter(pk=package.pk).update(description="Joins flights.")

    answer = call_tool("rename_package", package_id=package.pk, name=" Early flights ")

    renamed = Package.objects.get(pk=package.pk)
    assert (renamed.name, renamed.description) == ("Early flights", "Joins flights.")
    assert renamed.data_flow_json == package.data_flow_json
    assert answer.data == {
        "dry_run": False,
        "changes_left_out": 0,
        "changes": [{"path": "name", "before": "Late flights", "after": "Early flights"}],
        "name": "Early flights",
        "version": "1.1",
        "version_number": 2,
        "package_id": package.pk,
    }


def test_the_description_may_be_changed_or_emptied(call_tool, package):
    for description in ("Joins flights.", ""):
        call_tool(
            "rename_package", package_id=package.pk, name=package.name, description=description
        )
        assert Package.objects.get(pk=package.pk).description == description
    assert package.history.count() == 3


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"name": ""}, "name: must not be empty"),
        ({"name": " \n"}, "name: must not be empty"),
        ({"name": "x" * 256}, "name: must have at most 255 characters"),
        ({"name": 5}, "name: must be a string"),
        ({"description": "x" * 4_097}, "description: must have at most 4096 characters"),
    ],
)
def test_a_name_that_cannot_be_is_refused(call_tool, footprint, package, changed, line):
    before = footprint()

    answer = call_tool("rename_package", **{"package_id": package.pk, "name": "x", **changed})

    assert answer.data == {"error": line}
    assert footprint() == before
