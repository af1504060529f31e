"""Building flows, running them, and remembering what the engine reported."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connections.drivers import ConnectionSpec, Reach
from engine.execute import ComponentProgress, Totals, WriteState
from engine.worker import RunOrder, run_order
from tests.rest.server import Service

FILES, DUCKDB, SQLITE, POSTGRES, LAKE, WEB = 1, 2, 3, 4, 5, 6


def never() -> bool:
    return False


@dataclass
class Recorder:
    """Events that remember everything."""

    lines: list[tuple[str, str | None, str]] = field(default_factory=list)
    progress: dict[str, ComponentProgress] = field(default_factory=dict)
    first_batches: int = 0

    def log(self, level, component_name, message):
        self.lines.append((level, component_name, message))

    def component(self, progress):
        self.progress[progress.component_id] = progress

    def first_batch(self):
        self.first_batches += 1

    def rows(self) -> dict[str, tuple[int | None, int]]:
        return {key: (item.rows_in, item.rows_out) for key, item in self.progress.items()}


@dataclass
class MemoryLedger:
    """A ledger that outlives attempts; `before` may raise to simulate death at a call."""

    states: dict[str, WriteState] = field(default_factory=dict)
    before: Callable[[str], None] = lambda step: None
    after: Callable[[str], None] = lambda step: None

    def state(self, component_id):
        return self.states.get(component_id)

    def _store(self, component_id, state, rows=None):
        self.before(state)
        self.states[component_id] = WriteState(state, rows)
        self.after(state)

    def prepared(self, component_id):
        self._store(component_id, "prepared")

    def committing(self, component_id, rows):
        self._store(component_id, "committing", rows)

    def committed(self, component_id, rows):
        self._store(component_id, "committed", rows)


@dataclass
class Bench:
    """A folder with three connections: `files`, `warehouse` (DuckDB) and `books` (SQLite).

    `server` is a fourth one, to PostgreSQL, `lake` a fifth, to S3, and `service` makes a sixth, to
    HTTP, for the tests that ask for them. What `ends` holds is closed after the test.
    """

    root: Path
    runs: int = 0
    server: ConnectionSpec | None = None
    lake: ConnectionSpec | None = None
    service: Service | None = None
    ends: ExitStack = field(default_factory=ExitStack)

    @property
    def connections(self) -> dict[int, ConnectionSpec]:
        others = {spec.id: spec for spec in (self.server, self.lake) if spec is not None}
        if self.service is not None:
            base = {"base_url": f"{self.service.url}/api"}
            others[WEB] = ConnectionSpec(WEB, "crm", "rest", base)
        return others | {
            FILES: ConnectionSpec(FILES, "files", "local_folder", {"path": "files"}),
            DUCKDB: ConnectionSpec(DUCKDB, "warehouse", "duckdb", {"database": "w.duckdb"}),
            SQLITE: ConnectionSpec(SQLITE, "books", "sqlite", {"database": "b.sqlite"}),
        }

    @property
    def reach(self) -> Reach:
        return Reach(self.root, allowed_hosts=("127.0.0.1",))

    def write(self, name: str, content: str) -> Path:
        path = self.root / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
        return path

    def order(
        self,
        flow: dict[str, Any],
        variables: dict[str, str] | None = None,
        run_id: int | None = None,
        predefined: dict[str, str] | None = None,
    ) -> RunOrder:
        self.runs += 1
        number = run_id or self.runs
        run_dir = self.root / f"run-{number}"
        run_dir.mkdir(exist_ok=True)
        return RunOrder(
            number,
            flow,
            variables or {},
            predefined or {},
            self.connections,
            self.reach,
            run_dir,
            512,
            2,
        )

    def run(
        self,
        flow: dict[str, Any],
        variables: dict[str, str] | None = None,
        *,
        run_id: int | None = None,
        ledger: MemoryLedger | None = None,
        recorder: Recorder | None = None,
        stopped: Callable[[], bool] = never,
        predefined: dict[str, str] | None = None,
    ) -> Totals:
        return run_order(
            self.order(flow, variables, run_id, predefined),
            recorder or Recorder(),
            ledger or MemoryLedger(),
            stopped,
        )


def component(kind: str, name: str, **properties: Any) -> dict[str, Any]:
    return {f"{kind}_component": {"id": name, "name": name, **properties}}


def chain(*components: dict[str, Any], extra: list[tuple[str, str]] | None = None) -> dict:
    """A flow of components one after the other, with extra edges besides."""
    ids = [next(iter(entry.values()))["id"] for entry in components]
    pairs = [*zip(ids, ids[1:], strict=False), *(extra or [])]
    return graph(components, pairs)


def graph(components, pairs: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Components and edges (source, target) or (source, target, port of the source)."""
    edges = [
        {"id": f"e{index}", "source": source, "target": target}
        | ({"source_port": port[0]} if port else {})
        for index, (source, target, *port) in enumerate(pairs)
    ]
    return {"components": list(components), "edges": edges}


def csv_source(name: str, path: str, fields: dict[str, str], **properties: Any) -> dict[str, Any]:
    return component(
        "cloud_storage_source",
        name,
        **{
            "connection_id": FILES,
            "path": path,
            "delimiter": ",",
            "quote": '"',
            "header_row": True,
            "schema": {"fields": [{"name": key, "type": word} for key, word in fields.items()]},
            **properties,
        },
    )


def table_destination(name: str, table: str, **properties: Any) -> dict[str, Any]:
    keys = properties.pop("keys", {})
    schema = {"fields": [{"name": key, "key": is_key} for key, is_key in keys.items()]}
    return component(
        "database_destination",
        name,
        **{"connection_id": DUCKDB, "target_table": table, "schema": schema, **properties},
    )


class StopAfter:
    """A stop that comes once something has happened."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __call__(self) -> bool:
        return self.event.is_set()
