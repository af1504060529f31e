import pytest

from packages_app.models import Package


def test_components_go_with_their_edges(call_tool, package):
    answer = call_tool(
        "remove_package_components", package_id=package.pk, component_names=["late", "airlines"]
    )

    flow = Package.objects.get(pk=package.pk).data_flow_json
    assert [next(iter(w.values()))["id"] for w in flow["components"]] == ["c1", "c4", "c5"]
    assert [edge["id"] for edge in flow["edges"]] == ["e4"]
    assert [change["path"] for change in answer.data["changes"]] == [
        "components.late",
        "components.airlines",
        "edges.flights -> late",
        "edges.late -> with_airline",
        "edges.airlines -> with_airline",
    ]
    assert all(change["after"] is None for change in answer.data["changes"])
    assert answer.data["version_number"] == 2


def test_one_unknown_name_and_nothing_is_written(call_tool, footprint, package):
    before = footprint()

    answer = call_tool(
        "remove_package_components", package_id=package.pk, component_names=["late", "Late", "c1"]
    )

    assert answer.data["error"].split("\n") == [
        "component_names[1]: there is no component 'Late'. Did you mean late?",
        "component_names[2]: there is no component 'c1'",
    ]
    assert footprint() == before


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ([], "component_names: must not be empty"),
        (["late"] * 201, "component_names: must have at most 200 entries"),
        ("late", "component_names: must be an array"),
        ([1], "component_names.0: must be a string"),
    ],
)
def test_names_of_another_shape_are_refused(call_tool, footprint, package, names, line):
    before = footprint()

    answer = call_tool("remove_package_components", package_id=package.pk, component_names=names)

    assert answer.data == {"error": line}
    assert footprint() == before
