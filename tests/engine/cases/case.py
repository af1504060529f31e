"""What a case is, and how its parts are written."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tests.engine.flows import Bench, chain, component, graph, table_destination
from tests.engine.tables import duckdb_rows


@dataclass(frozen=True)
class Fails:
    """The run fails; words that its message holds, and the component at fault."""

    words: str
    component: str


@dataclass(frozen=True)
class Refused:
    """Validation refuses it under this code, at this property."""

    code: str
    property: str


def nothing(bench: Bench) -> None:
    """No preparation."""


def rows_of_out(bench: Bench) -> list[tuple]:
    return duckdb_rows(bench.root, "SELECT * FROM t ORDER BY rowid")


@dataclass(frozen=True)
class Case:
    """A small flow and what comes out of it.

    `parts` are components; without `pairs`, the edges as `graph` takes them, they form a chain.
    Unless the last one is a destination, its rows go to a table, and `rows` reads them back. Rows
    are compared without regard to their order, unless `in_order`; `types` are the DuckDB types of
    the outgoing fields.
    """

    name: str
    parts: Sequence[dict[str, Any]]
    expected: list[tuple] | Fails | Refused
    pairs: Sequence[tuple[str, ...]] | None = None
    in_order: bool = False
    types: Sequence[str] | None = None
    variables: dict[str, str] | None = None
    prepare: Callable[[Bench], None] = nothing
    rows: Callable[[Bench], list[tuple]] = rows_of_out

    def flow(self) -> dict[str, Any]:
        parts = list(self.parts)
        (key, last), *_ = parts[-1].items()
        pairs = None if self.pairs is None else list(self.pairs)
        if "destination" not in key:
            parts.append(table_destination("out", "t"))
            if pairs is not None:
                pairs.append((last["id"], "out"))
        return chain(*parts) if pairs is None else graph(parts, pairs)


def data(name: str, fields: dict[str, str], rows: Sequence[tuple]) -> dict[str, Any]:
    """A sample data source of typed rows, in the order of the fields."""
    return component(
        "sample_data_source",
        name,
        rows=[
            {key: as_json(value) for key, value in zip(fields, row, strict=True)} for row in rows
        ],
        schema={"fields": [{"name": key, "type": word} for key, word in fields.items()]},
    )


def as_json(value: Any) -> Any:
    """A Python value as a flow writes it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
