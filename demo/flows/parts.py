"""Small words for writing a data_flow_json by hand: components in their wrappers, and edges.

A component's id is `c_` and its name, so that edges can be written with names.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from demo.tables import FLIGHTS

Wrapped = dict[str, Any]
"""A component in its wrapper: one key, the type; one value, the body."""

Place = tuple[int, int]
"""Column and row on the canvas, both from 0."""

_COLUMN_PIXELS, _ROW_PIXELS = 210, 80
_LEFT_PIXELS, _TOP_PIXELS = 20, 28


def component(kind: str, name: str, place: Place, **properties: Any) -> Wrapped:
    """A component of type `kind` (without the word component) at its place."""
    key = f"{kind}_component"
    column, row = place
    position = {
        "x": _LEFT_PIXELS + column * _COLUMN_PIXELS,
        "y": _TOP_PIXELS + row * _ROW_PIXELS,
    }
    identity = {"id": f"c_{name}", "name": name, "specific_component_type": key}
    return {key: {**identity, "position": position, **properties}}


def csv_source(
    name: str, place: Place, *, connection_id: int, path: str, fields: list[dict[str, str]]
) -> Wrapped:
    """A source that reads comma-separated files with a header line."""
    return component(
        "cloud_storage_source",
        name,
        place,
        connection_id=connection_id,
        path=path,
        record_type="delimited",
        delimiter=",",
        quote='"',
        header_row=True,
        schema={"fields": fields},
    )


def source_fields(table: Mapping[str, str], *columns: str, **renamed: str) -> list[dict[str, str]]:
    """Columns of a table as source fields; `renamed` maps a column to the field it becomes."""
    kept = [{"name": column, "alias": column, "type": table[column]} for column in columns]
    others = [
        {"name": column, "alias": alias, "type": table[column]} for column, alias in renamed.items()
    ]
    return kept + others


def table_destination(
    name: str,
    place: Place,
    *,
    connection_id: int,
    operation_type: str,
    columns: Mapping[str, str],
    keys: tuple[str, ...] = (),
) -> Wrapped:
    """A destination that writes the table called like itself, made when it is absent."""
    fields: list[dict[str, Any]] = [
        {"input": column, "name": column, "type": kind, **({"key": True} if column in keys else {})}
        for column, kind in columns.items()
    ]
    return component(
        "database_destination",
        name,
        place,
        connection_id=connection_id,
        target_table=name,
        operation_type=operation_type,
        create_table=True,
        add_columns=False,
        schema={"fields": fields},
    )


def edges(*chains: tuple[str, ...]) -> list[dict[str, str]]:
    """An edge between each two neighbours of every chain of names.

    A join takes its left side from the chain that comes first, its right side from the next.
    """
    pairs = [pair for chain in chains for pair in pairwise(chain)]
    incoming = Counter(target for _, target in pairs)
    seen: set[str] = set()
    drawn = []
    for source, target in pairs:
        edge = {"id": f"e_{source}_{target}", "source": f"c_{source}", "target": f"c_{target}"}
        if incoming[target] > 1:
            edge["target_port"] = "right" if target in seen else "left"
        seen.add(target)
        drawn.append(edge)
    return drawn


def flow(components: list[Wrapped], edge_list: list[dict[str, str]]) -> dict[str, Any]:
    """The whole document."""
    return {"flow_version": "2.0.0", "components": components, "edges": edge_list, "notes": []}


def all_flights(connection_id: int) -> Wrapped:
    """The flights of the month with every column."""
    return csv_source(
        "flights",
        (0, 0),
        connection_id=connection_id,
        path="flights/2013-01.csv.gz",
        fields=source_fields(FLIGHTS, *FLIGHTS),
    )
