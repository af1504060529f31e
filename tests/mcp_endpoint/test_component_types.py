"""list_component_types and describe_component_type."""

import pytest

from engine.catalog import COMPONENTS

LISTED = {"name", "category", "class_name", "header", "wrapper_key", "specific_component_type"}


def validated(call_tool, make_package, wrapper_key, body):
    """What validate_package says of a package whose one component is this."""
    package = make_package(
        flow={"components": [{wrapper_key: body}], "edges": []},
        flow_type=COMPONENTS[wrapper_key].flow_types[0],
    )
    data = call_tool("validate_package", package_id=package.pk).data
    return {(found["code"], found["property"]) for found in data["errors"] + data["warnings"]}


@pytest.mark.promise("list_component_types.fields", "describe_component_type.takes_listed_names")
@pytest.mark.parametrize("wrapper_key", list(COMPONENTS))
def test_a_listed_type_has_all_that_a_flow_needs_to_name_it(call_tool, make_package, wrapper_key):
    listed = call_tool("list_component_types").data["component_types"]
    (entry,) = [entry for entry in listed if entry["wrapper_key"] == wrapper_key]
    described = call_tool("describe_component_type", name=entry["name"]).data
    body = {
        **described["example"],
        "specific_component_type": entry["specific_component_type"],
    }

    codes = {code for code, _ in validated(call_tool, make_package, wrapper_key, body)}

    assert set(entry) == LISTED
    assert all(entry.values())
    assert {name: described[name] for name in LISTED} == entry
    assert not codes & {"unknown_component_type", "invalid_property_value", "unknown_property"}


@pytest.mark.promise("describe_component_type.properties")
@pytest.mark.parametrize("wrapper_key", list(COMPONENTS))
def test_what_is_called_required_is_missed_and_what_is_called_writable_is_taken(
    call_tool, make_package, wrapper_key
):
    described = call_tool("describe_component_type", name=wrapper_key).data
    writable = {entry["name"] for entry in described["properties"]}
    example = described["example"]

    def found(body):
        return validated(call_tool, make_package, wrapper_key, body)

    for name in set(described["required"]) - {"name"}:
        without = {key: value for key, value in example.items() if key != name}
        assert ("missing_required_property", name) in found(without)
    for name in writable:
        unusable = found({**example, name: {"of": "no kind"}})
        assert ("unknown_property", name) not in unusable
    assert ("unknown_property", "no_such") in found({**example, "no_such": 1})
    assert set(described["required"]) <= writable
    assert described["header"]
    assert all(entry["type"] and "default" in entry for entry in described["properties"])
