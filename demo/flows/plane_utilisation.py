"""Plane utilisation, archive import: fails on purpose, its archive has been taken away."""

from demo.account import EXPLORATION
from demo.definitions import PackageDefinition
from demo.flows.parts import (
    Place,
    Wrapped,
    all_flights,
    component,
    csv_source,
    edges,
    flow,
    source_fields,
    table_destination,
)
from demo.tables import PLANES


def plane_utilisation(*, files: int, warehouse: int) -> PackageDefinition:
    """Fails on purpose: the archive it reads has been taken away."""
    return PackageDefinition(
        key="plane_utilisation",
        name="Plane utilisation, archive import",
        description="Adds up flights and miles per plane model from the archived plane registry.",
        workspace=EXPLORATION.key,
        flow=flow(
            [
                all_flights(files),
                csv_source(
                    "planes_2012",
                    (0, 1),
                    connection_id=files,
                    path="planes-2012.csv.gz",
                    fields=source_fields(PLANES, "tailnum", "manufacturer", "model"),
                ),
                component(
                    "join",
                    "with_plane",
                    (1, 0),
                    join_type="inner",
                    conditions=[{"left_field": "tailnum", "right_field": "tailnum"}],
                ),
                _per_model((2, 0)),
                _plane_utilisation_table((3, 0), warehouse),
            ],
            edges(
                ("flights", "with_plane", "per_model", "plane_utilisation"),
                ("planes_2012", "with_plane"),
            ),
        ),
        variables={},
    )


def _per_model(place: Place) -> Wrapped:
    return component(
        "aggregate",
        "per_model",
        place,
        group_by=[
            {"field": "manufacturer", "alias": "manufacturer"},
            {"field": "model", "alias": "model"},
        ],
        aggregations=[
            {"function": "count_all", "alias": "flights"},
            {"function": "sum", "field": "distance", "alias": "total_distance"},
        ],
    )


def _plane_utilisation_table(place: Place, warehouse: int) -> Wrapped:
    return table_destination(
        "plane_utilisation",
        place,
        connection_id=warehouse,
        operation_type="overwrite_truncate",
        columns={
            "manufacturer": "string",
            "model": "string",
            "flights": "long",
            "total_distance": "long",
        },
    )
