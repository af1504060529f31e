import pytest

from packages_app.models import Package

LIMIT = {"limit_component": {"limit": 5}}


@pytest.mark.promise("add_package_components.adds")
def test_components_and_edges_are_added_and_their_ids_answered(call_tool, package):
    answer = call_tool(
        "add_package_components",
        package_id=package.pk,
        components=[LIMIT, {"sort_component": {"id": "s1", "name": "by_delay"}}],
        edges=[
            {"source": "late", "target": "by_delay"},
            {"source": "s1", "target": "transformation1"},
        ],
    )

    flow = Package.objects.get(pk=package.pk).data_flow_json
    made = answer.data["components"]
    assert [component["name"] for component in made] == ["transformation1", "by_delay"]
    assert made[1]["id"] == "s1"
    assert flow["components"][:5] == package.data_flow_json["components"]
    assert flow["edges"][:4] == package.data_flow_json["edges"]
    assert [(edge["source"], edge["target"]) for edge in flow["edges"][4:]] == [
        ("c2", "s1"),
        ("s1", made[0]["id"]),
    ]
    assert answer.data["edge_ids"] == [edge["id"] for edge in flow["edges"][4:]]
    assert [change["path"] for change in answer.data["changes"]] == [
        "components.transformation1",
        "components.by_delay",
        "edges.late -> by_delay",
        "edges.by_delay -> transformation1",
    ]


def test_one_bad_entry_and_nothing_is_written(call_tool, footprint, package):
    before = footprint()

    answer = call_tool(
        "add_package_components",
        package_id=package.pk,
        components=[LIMIT, {"limit_component": {"name": "Late", "id": "c1"}}],
        edges=[{"source": "late", "target": "transformation9"}],
    )

    assert answer.data["error"].split("\n") == [
        "components[1].id: 'c1' is used more than once in this package",
        "components[1].name: 'Late' is the name of another component; names are unique ignoring "
        "case",
        "edges[0].target: there is no component 'transformation9'. Did you mean transformation1?",
    ]
    assert footprint() == before


def test_an_edge_may_not_close_a_circle(call_tool, footprint, package):
    before = footprint()

    answer = call_tool(
        "add_package_components",
        package_id=package.pk,
        components=[LIMIT],
        edges=[
            {"source": "with_airline", "target": "transformation1"},
            {"source": "transformation1", "target": "late"},
        ],
    )

    assert answer.data["error"].startswith("edges: the flow would go in a circle: ")
    assert footprint() == before


def test_a_type_that_the_flow_may_not_hold_is_refused(call_tool, footprint, package):
    before = footprint()

    answers = [
        call_tool("add_package_components", package_id=package.pk, components=[component]).data
        for component in (
            {"run_package_task_component": {}},
            {"limit_component": {"specific_component_type": "database_source_component"}},
        )
    ]

    assert answers == [
        {
            "error": "components[0]: 'run_package_task_component' is a task, which only workflows "
            "hold"
        },
        {"error": "components[0].specific_component_type: must be limit_component here"},
    ]
    assert footprint() == before


def test_the_limit_counts_what_is_there_already(call_tool, footprint, package):
    before = footprint()

    answer = call_tool("add_package_components", package_id=package.pk, components=[LIMIT] * 196)

    assert answer.data == {"error": "components has 201 entries; the limit is 200."}
    assert footprint() == before
