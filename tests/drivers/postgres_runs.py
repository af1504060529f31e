"""Runs of the real engine from PostgreSQL into PostgreSQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from connections.drivers import ConnectionSpec, Reach
from engine.execute import Totals
from engine.worker import RunOrder, run_order
from tests.drivers.postgres_place import ANY_LOOPBACK, PostgresPlace
from tests.engine.flows import MemoryLedger, Recorder, chain, component, never

SOURCE, TARGET = 1, 2


def source(table: str, fields: dict[str, str | None], **properties: Any) -> dict[str, Any]:
    listed = [{"name": name, **({"type": word} if word else {})} for name, word in fields.items()]
    given = {"connection_id": SOURCE, "source_table": table, "schema": {"fields": listed}}
    return component("database_source", "in", **{**given, **properties})


def select(*names: str) -> dict[str, Any]:
    fields = [{"expression": f'"{name}"', "alias": name} for name in names]
    return component("select", "pick", fields=fields)


def destination(table: str, **properties: Any) -> dict[str, Any]:
    given = {"connection_id": TARGET, "target_table": table, "operation_type": "append"}
    keys = properties.pop("keys", {})
    schema = {"fields": [{"name": key, "key": is_key} for key, is_key in keys.items()]}
    return component("database_destination", "out", **{**given, "schema": schema, **properties})


def copy_flow(fields: dict[str, str | None], **target: Any) -> dict[str, Any]:
    """From table `a` through one select into table `b`."""
    return chain(source("a", fields), select(*fields), destination("b", **target))


def run(
    place: PostgresPlace,
    folder: Path,
    flow: dict[str, Any],
    *,
    connections: dict[int, ConnectionSpec] | None = None,
    run_id: int = 7,
    ledger: MemoryLedger | None = None,
    recorder: Recorder | None = None,
    stopped: Callable[[], bool] = never,
    reach: Reach = ANY_LOOPBACK,
) -> Totals:
    (folder / "run").mkdir(exist_ok=True)
    given = {SOURCE: place.spec(SOURCE, "shop"), TARGET: place.spec(TARGET, "warehouse")}
    order = RunOrder(
        run_id, flow, {}, {}, {**given, **(connections or {})}, reach, folder / "run", 256, 2
    )
    return run_order(order, recorder or Recorder(), ledger or MemoryLedger(), stopped)
