import pytest


@pytest.mark.promise("get_package.graph_summary")
def test_the_graph_is_summed_up_in_counts(call_tool, make_package):
    package = make_package(variables={"min_delay": "60", "carrier": "'AA'"})

    data = call_tool("get_package", package_id=package.pk).data

    assert data["id"] == package.pk
    assert (data["component_count"], data["edge_count"], data["variables_count"]) == (5, 4, 2)
    assert data["component_types"] == {
        "cloud_storage_source_component": 2,
        "filter_component": 1,
        "join_component": 1,
        "cloud_storage_destination_component": 1,
    }
