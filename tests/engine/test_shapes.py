import pytest

from engine.catalog import COMPONENTS
from engine.catalog.shapes import UNKNOWN, property_of, shape_of


@pytest.mark.parametrize(
    ("key", "name", "shape", "required"),
    [
        ("cloud_storage_source_component", "path", "scalar", True),
        ("cloud_storage_source_component", "connection_id", "scalar", True),
        ("cloud_storage_source_component", "schema", "object", True),
        ("cloud_storage_source_component", "position", "object", False),
        ("database_source_component", "where_clause", "scalar", False),
        ("filter_component", "conditions", "list", True),
        ("filter_component", "logical_operator", "scalar", False),
        ("join_component", "join_type", "scalar", False),
    ],
)
def test_a_property_has_the_shape_of_its_type(key, name, shape, required):
    found = property_of(COMPONENTS[key], name)

    assert (found.shape, found.is_required) == (shape, required)


def test_properties_of_a_nested_object_are_known_too():
    nested = property_of(COMPONENTS["cloud_storage_source_component"], "schema").model

    assert property_of(nested, "fields").shape == "list"


def test_every_property_of_the_catalogue_has_a_shape():
    properties = [
        property_of(component, field.alias or name)
        for component in COMPONENTS.values()
        for name, field in component.model_fields.items()
    ]

    assert all(found.shape is not None for found in properties)


def test_what_is_not_in_the_catalogue_may_have_any_shape():
    assert property_of(COMPONENTS["limit_component"], "__proto__") is UNKNOWN
    assert property_of(None, "path") is UNKNOWN


def test_values_have_the_shape_of_their_json():
    shapes = [shape_of(value) for value in ({}, [], "x", 1, True, None)]

    assert shapes == ["object", "list", "scalar", "scalar", "scalar", "scalar"]
