"""What a run leaves in the database while it works: log lines, component rows, write states."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.redact import redact
from engine.reporting import WriteState
from engine.workflow.work import TaskEnd
from packages_app.models import Package
from runs import channel
from runs.models import Run, RunComponent, RunLog

MAX_ERROR_LENGTH = 500
MAX_LINE_LENGTH = 4000


class RunRecord:
    """The supervisor's notebook of one attempt. Log lines are redacted before they are kept.

    Lines and component rows are buffered until `flush`, and write states are stored at once.
    """

    def __init__(self, run: Run, secrets: Iterable[str]) -> None:
        self.run = run
        self._secrets = frozenset(secrets)
        newest = run.log_lines.order_by("-number").values_list("number", flat=True).first()
        self._next_number = (newest or 0) + 1
        self._lines: list[RunLog] = []
        self._components = {row.component_id: row for row in run.components.all()}
        self._changed: set[str] = set()

    @transaction.atomic
    def begin_attempt(self) -> None:
        """Make the component rows at the first attempt; set them back at a later one.

        Write states and ends of tasks stay: they tell the engine what need not be done again.
        """
        for position, (component_id, name, kind) in enumerate(_bodies(self.run.flow.flow)):
            row = self._components.get(component_id)
            row = row or RunComponent(run=self.run, component_id=component_id)
            row.name, row.type, row.position = name, kind, position
            self._components[component_id] = row
            if row.task_end is not None:
                continue
            row.state = RunComponent.State.WAITING
            row.rows_in = row.rows_out = row.size_bytes = None
            row.started_at = row.finished_at = None
            row.save()

    def write_states(self) -> dict[str, WriteState]:
        """By component id, how far an earlier attempt came with each destination."""
        return {
            row.component_id: WriteState(row.write_state, row.write_rows)  # type: ignore[arg-type]
            for row in self._components.values()
            if row.write_state
        }

    def task_ends(self) -> dict[str, TaskEnd]:
        """By component id, how the tasks ended that an earlier attempt of a workflow finished."""
        return {
            row.component_id: TaskEnd(**row.task_end)
            for row in self._components.values()
            if row.task_end is not None
        }

    def component_name(self, component_id: str) -> str:
        row = self._components.get(component_id)
        return row.name if row else ""

    def log(self, level: str, component: str, message: str, at: str | None = None) -> None:
        self._lines.append(
            RunLog(
                run=self.run,
                number=self._next_number,
                at=channel.parse_time(at) or timezone.now(),
                level=level,
                component=component[:128],
                message=self.clean(message)[:MAX_LINE_LENGTH],
            )
        )
        self._next_number += 1

    def clean(self, text: str) -> str:
        """Masked, and without what a database cannot hold: NUL and half characters."""
        sound = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        return redact(sound, self._secrets)

    def apply(self, message: channel.Message) -> None:
        """Take in one message of the runner, other than its last."""
        what = message["what"]
        if what == channel.LOG:
            self.log(message["level"], message["component"], message["message"], message["at"])
        elif what == channel.COMPONENT:
            self._note_component(message)
        elif what == channel.FIRST_BATCH:
            at = channel.parse_time(message["at"]) or timezone.now()
            waited_ms = (at - self.run.created_at).total_seconds() * 1000
            self.log("DEBUG", "", f"First batch {waited_ms:.0f} ms after submission", message["at"])
        elif what in (channel.TASK_BEGINS, channel.TASK_ENDS):
            self._note_task(message)
        else:
            self._note_write(message)

    def progress(self) -> float:
        ended = (RunComponent.State.COMPLETED, RunComponent.State.SKIPPED)
        done = sum(row.state in ended for row in self._components.values())
        return round(done / len(self._components), 3) if self._components else 0.0

    @transaction.atomic
    def flush(self) -> None:
        RunLog.objects.bulk_create(self._lines)
        self._lines = []
        if not self._changed:
            return
        for component_id in self._changed:
            self._components[component_id].save()
        self._changed = set()
        Run.objects.filter(pk=self.run.pk).update(progress=self.progress())

    def settle_components(self) -> None:
        """No component is at work after the end of an attempt. Where rows are moved and one is
        known to have failed, those computed together with it are as if they had never begun."""
        has_failed = any(r.state == RunComponent.State.FAILED for r in self._components.values())
        moves_rows = self.run.package.flow_type == Package.FlowType.DATAFLOW
        for row in self._components.values():
            if row.state != RunComponent.State.RUNNING:
                continue
            if has_failed and moves_rows:
                row.state = RunComponent.State.WAITING
                row.rows_in = row.rows_out = row.size_bytes = row.started_at = None
            else:
                row.state = RunComponent.State.FAILED
                row.finished_at = timezone.now()
            self._changed.add(row.component_id)

    def _note_component(self, message: channel.Message) -> None:
        row = self._components.get(message["component_id"])
        if row is None:
            return
        row.state = message["state"]
        row.rows_in, row.rows_out = message["rows_in"], message["rows_out"]
        row.size_bytes = message["size_bytes"]
        row.started_at = channel.parse_time(message["started_at"])
        row.finished_at = channel.parse_time(message["finished_at"])
        self._changed.add(row.component_id)

    def _note_task(self, message: channel.Message) -> None:
        row = self._components[message["component_id"]]
        at = channel.parse_time(message["at"])
        if message["what"] == channel.TASK_BEGINS:
            row.state, row.started_at = RunComponent.State.RUNNING, at
        else:
            row.state, row.finished_at = message["end"]["state"], at
            row.task_end = {**message["end"], "message": self.clean(message["end"]["message"])}
        self._changed.add(row.component_id)
        if message["what"] == channel.TASK_ENDS:
            self.flush()

    def _note_write(self, message: channel.Message) -> None:
        row = self._components[message["component_id"]]
        row.write_state = message["what"]
        row.write_rows = message.get("rows")
        self._changed.add(row.component_id)
        self.flush()


def _bodies(flow: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    for entry in flow.get("components", ()):
        for kind, body in entry.items():
            yield str(body["id"])[:64], str(body.get("name", ""))[:128], kind[:64]
