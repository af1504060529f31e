"""What the package page shows: the flow with what the last run left, and one component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connections.models import Connection
from dashboard.component_facts import Fact, connection_id_of, facts_of
from dashboard.flow_sketch import Sketch, SketchNode, read_flow
from dashboard.graph import LIST_FIRST_NODES, Picture, draw
from dashboard.graph_edges import NodeState
from packages_app.models import Package
from runs.models import Run, RunComponent
from runs.queries import list_runs
from runs.states import runtime_seconds

RECENT_RUNS = 10
LEAST_RUNS_FOR_TYPICAL = 3


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One component in the List view; `row` is what the last run did, if it got that far."""

    node: SketchNode
    inputs: str
    row: RunComponent | None


@dataclass(frozen=True, slots=True)
class Selected:
    """The component whose properties are shown."""

    node: SketchNode
    facts: Sequence[Fact]
    connection: Connection | None
    row: RunComponent | None


@dataclass(frozen=True, slots=True)
class PackagePage:
    package: Package
    change: Any
    runs: Sequence[Run]
    sketch: Sketch
    rows: Mapping[str, RunComponent]
    connections: Mapping[int, Connection]
    shows_list: bool
    selected: Selected | None

    @property
    def last_run(self) -> Run | None:
        return self.runs[0] if self.runs else None

    @property
    def changed_by(self) -> str:
        """Who made the newest version: the owner by name, anybody else by e-mail address."""
        if self.change is None:
            return ""
        owner = self.package.owner
        if owner is not None and owner.pk == self.change.history_user_id:
            return owner.display_name
        return str(self.change.actor_label)

    @property
    def picture(self) -> Picture:
        key = self.selected.node.key if self.selected else None
        return draw(self.sketch, _states(self.rows), key)

    @property
    def flow_rows(self) -> list[FlowRow]:
        names: dict[int, list[str]] = {}
        for edge in self.sketch.edges:
            condition = f" on {edge.condition}" if edge.condition else ""
            name = f"{self.sketch.nodes[edge.source].name}{condition}"
            names.setdefault(edge.target, []).append(name)
        return [
            FlowRow(node, ", ".join(names.get(place, [])), self.rows.get(node.key))
            for place, node in enumerate(self.sketch.nodes)
        ]

    @property
    def reads(self) -> str:
        return self._connections_of("source")

    @property
    def writes(self) -> str:
        return self._connections_of("destination")

    @property
    def typical_seconds(self) -> tuple[float, float] | None:
        """Shortest and longest of the recent completed runs; None for fewer than three."""
        seconds = [
            runtime
            for run in self.runs
            if run.status == Run.Status.COMPLETED and (runtime := runtime_seconds(run)) is not None
        ]
        return (min(seconds), max(seconds)) if len(seconds) >= LEAST_RUNS_FOR_TYPICAL else None

    def _connections_of(self, category: str) -> str:
        nodes = (node for node in self.sketch.nodes if node.category == category)
        found = (self.connections.get(connection_id_of(node) or 0) for node in nodes)
        return ", ".join(dict.fromkeys(connection.name for connection in found if connection))


def read_package_page(package: Package, *, view: str, component: str) -> PackagePage:
    """Four queries. `view` is "picture", "list" or empty; `component` a key, a name or empty."""
    runs = list(
        list_runs(account=package.account, package_id=package.pk, include_children=True)
        .exclude(child_kind=Run.ChildKind.TASK)
        .select_related("owner")[:RECENT_RUNS]
    )
    rows = {row.component_id: row for row in runs[0].components.all()} if runs else {}
    sketch = read_flow(package.data_flow_json)
    connections = _connections(package, sketch)
    many = len(sketch.nodes) > LIST_FIRST_NODES
    return PackagePage(
        package=package,
        change=package.history.first(),
        runs=runs,
        sketch=sketch,
        rows=rows,
        connections=connections,
        shows_list=view == "list" or (many and view != "picture"),
        selected=_select(sketch, component, rows, connections),
    )


def _connections(package: Package, sketch: Sketch) -> dict[int, Connection]:
    wanted = {id_ for node in sketch.nodes if (id_ := connection_id_of(node)) is not None}
    found = Connection.objects.for_account(package.account).defer("secrets")
    return found.in_bulk([id_ for id_ in wanted if 0 < id_ < 2**63])


def _select(
    sketch: Sketch,
    component: str,
    rows: Mapping[str, RunComponent],
    connections: Mapping[int, Connection],
) -> Selected | None:
    """The component asked for, else the one that failed, else the first."""
    failed = (node for node in sketch.nodes if _state_of(rows, node) == RunComponent.State.FAILED)
    node = sketch.find(component) or next(failed, None) or next(iter(sketch.nodes), None)
    if node is None:
        return None
    connection = connections.get(connection_id_of(node) or 0)
    return Selected(node, facts_of(node), connection, rows.get(node.key))


def _state_of(rows: Mapping[str, RunComponent], node: SketchNode) -> str:
    row = rows.get(node.key)
    return row.state if row else ""


def _states(rows: Mapping[str, RunComponent]) -> dict[str, NodeState]:
    return {key: NodeState(row.state, row.rows_out) for key, row in rows.items()}
