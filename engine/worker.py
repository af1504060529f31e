"""One run in a child process: an order in, rows moved, totals out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from common.errors import NotFound
from common.redact import forms_of
from connections.drivers import DRIVERS, AnyDriver, ConnectionSpec, Reach, open_driver
from connections.drivers.rest import without_connection
from engine.backends.embedded import EmbeddedBackend
from engine.backends.session import SessionLimits
from engine.drift import follow_drift
from engine.execute import Events, Ledger, Totals, run_plan
from engine.flow import parse_flow
from engine.plan import compile_flow
from engine.variables import Variables


@dataclass(frozen=True, slots=True)
class RunOrder:
    """Everything a run needs; picklable. Its text form hides secrets.

    `variables` are expressions by name with precedence already applied, `predefined` are plain
    values, `secrets` the secret variables. `run_dir` exists, is private to the run, and takes what
    the engine spills.
    """

    run_id: int
    flow: Mapping[str, Any] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    predefined: Mapping[str, str] = field(repr=False)
    connections: Mapping[int, ConnectionSpec]
    reach: Reach
    run_dir: Path
    memory_limit_mb: int
    threads: int
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    flow_type: str = "dataflow"

    def open_driver(self, connection_id: int | None) -> AnyDriver:
        """The driver of one of the order's connections; of None, HTTP without credentials.

        Raises NotFound for a connection that is gone.
        """
        if connection_id is None:
            return without_connection(self.reach)
        spec = self.connections.get(connection_id)
        if spec is None:
            raise NotFound(
                f"The connection {connection_id} does not exist any more. Choose another one in"
                " the component."
            )
        return open_driver(spec, self.reach)

    def secret_texts(self) -> frozenset[str]:
        """Every secret that the run knows, in the forms that it may take."""
        texts = {
            str(spec.settings[part.name])
            for spec in self.connections.values()
            for part in DRIVERS[spec.kind].fields()
            if part.is_secret and spec.settings.get(part.name)
        }
        texts.update(self.secrets.values())
        return frozenset(form for text in texts for form in forms_of(text))


def run_order(
    order: RunOrder, events: Events, ledger: Ledger, stopped: Callable[[], bool]
) -> Totals:
    """Compile and run an order.

    Raises FlowInvalid before anything is touched, then what `run_plan` raises. Arrow takes its
    memory from the system from now on, because its own pool gives nothing back.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    flow = parse_flow(order.flow)
    variables = Variables(order.variables, order.predefined, order.secrets)
    plan = compile_flow(flow, variables)
    for warning in plan.warnings:
        events.log("WARN", warning.component_name or None, warning.message)
    spill = order.run_dir / "spill"
    spill.mkdir(mode=0o700, exist_ok=True)
    limits = SessionLimits(memory_mb=order.memory_limit_mb, threads=order.threads, spill_dir=spill)

    followed = follow_drift(flow, plan, order.open_driver, events)
    return run_plan(
        plan if followed is flow else compile_flow(followed, variables),
        run_id=order.run_id,
        backend=EmbeddedBackend(limits),
        open_driver=order.open_driver,
        events=events,
        ledger=ledger,
        stopped=stopped,
        work_dir=order.run_dir / "files",
        secrets=order.secret_texts(),
    )
