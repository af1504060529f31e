"""The child process of one run: no Django, no database of ours, nothing in its environment.

It is forked from a server that has the engine imported. Everything it needs comes with the order;
everything it learns goes back over the pipe. When the pipe breaks its supervisor is gone, and it
ends at once, so that no unsupervised work is ever committed.
"""

import ctypes
import json
import os
import queue
import resource
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from common.errors import ProductError
from engine.problems import FlowInvalid
from engine.reporting import ComponentProgress, RunStopped, StageFailed, WriteState
from engine.worker import RunOrder, run_order
from engine.workflow.execute import run_workflow
from engine.workflow.work import Mail, TaskEnd
from runs import channel

KEPT_ENVIRONMENT = frozenset({"PATH", "LANG", "LC_ALL", "TZ"})
SUPERVISOR_GONE = 70
PR_SET_NO_NEW_PRIVS = 38
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier attempts of the run stored, by component id."""

    writes: dict[str, WriteState] = field(default_factory=dict)
    task_ends: dict[str, TaskEnd] = field(default_factory=dict)


class Reporter:
    """The engine's events, its write ledger and the desk of workflows, spoken over the pipe."""

    def __init__(self, pipe: "Connection[Any, Any]", memory: Memory) -> None:
        self._pipe = pipe
        self._states = memory.writes
        self._task_ends = memory.task_ends
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._acks: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._answers: dict[str, queue.SimpleQueue[TaskEnd]] = {}
        self.stop_asked = threading.Event()

    def say(self, what: str, **fields: object) -> None:
        with self._lock:
            channel.send(self._pipe, what, **fields)

    def listen(self) -> None:
        """Serve the supervisor's words until it is gone."""
        while True:
            try:
                word = self._pipe.recv_bytes()
            except (EOFError, OSError):
                os._exit(SUPERVISOR_GONE)
            if word == channel.STOP:
                self.stop_asked.set()
            elif word == channel.ACK:
                self._acks.put(None)
            else:
                answer = json.loads(word)
                self._answers[answer.pop("component_id")].put(TaskEnd(**answer))

    def log(self, level: str, component_name: str | None, message: str) -> None:
        self.say(channel.LOG, level=level, component=component_name or "", message=message)

    def component(self, progress: ComponentProgress) -> None:
        self.say(
            channel.COMPONENT,
            component_id=progress.component_id,
            state=progress.state,
            rows_in=progress.rows_in,
            rows_out=progress.rows_out,
            size_bytes=progress.bytes,
            started_at=progress.started_at,
            finished_at=progress.finished_at,
        )

    def fail(self, component_name: str, message: str, *, retryable: bool = False) -> None:
        self.say(channel.FAILED, component=component_name, message=message, retryable=retryable)

    def first_batch(self) -> None:
        self.say(channel.FIRST_BATCH)

    def state(self, component_id: str) -> WriteState | None:
        return self._states.get(component_id)

    def prepared(self, component_id: str) -> None:
        self._states[component_id] = WriteState("prepared")
        self._tell(channel.PREPARED, component_id=component_id)

    def committing(self, component_id: str, rows: int) -> None:
        self._states[component_id] = WriteState("committing", rows)
        self._tell(channel.COMMITTING, component_id=component_id, rows=rows)

    def committed(self, component_id: str, rows: int) -> None:
        self._states[component_id] = WriteState("committed", rows)
        self._tell(channel.COMMITTED, component_id=component_id, rows=rows)

    def _tell(self, what: str, **fields: object) -> None:
        """Returns once the supervisor has stored it; only then may the work go on."""
        with self._telling:
            self.say(what, **fields)
            self._acks.get()

    def task_end(self, component_id: str) -> TaskEnd | None:
        return self._task_ends.get(component_id)

    def task_begins(self, component_id: str) -> None:
        self.say(channel.TASK_BEGINS, component_id=component_id)

    def task_ends(self, component_id: str, end: TaskEnd) -> None:
        self._tell(channel.TASK_ENDS, component_id=component_id, end=asdict(end))

    def run_package(
        self, component_id: str, package_id: int, variables: Mapping[str, str]
    ) -> TaskEnd:
        return self._ask(
            channel.RUN_PACKAGE, component_id, package_id=package_id, variables=dict(variables)
        )

    def send_mail(self, component_id: str, mail: Mail) -> TaskEnd:
        return self._ask(channel.SEND_MAIL, component_id, mail=asdict(mail))

    def _ask(self, what: str, component_id: str, **fields: object) -> TaskEnd:
        answers = self._answers[component_id] = queue.SimpleQueue()
        self.say(what, component_id=component_id, **fields)
        while True:
            with suppress(queue.Empty):
                return answers.get(timeout=LOOK_SECONDS)
            if self.stop_asked.is_set():
                raise RunStopped


def main(pipe: "Connection[Any, Any]", order: RunOrder, memory: Memory) -> None:
    """Carry out one order and report its end; the process's exit code says nothing more."""
    _lock_down(order)
    reporter = Reporter(pipe, memory)
    threading.Thread(target=reporter.listen, daemon=True).start()
    _report_the_end(reporter, lambda: _carry_out(order, reporter))


def _carry_out(order: RunOrder, reporter: Reporter) -> None:
    if order.flow_type == "workflow":
        run_workflow(order, reporter, reporter, reporter.stop_asked.is_set)
    else:
        run_order(order, reporter, reporter, reporter.stop_asked.is_set)


def _report_the_end(reporter: Reporter, work: Callable[[], None]) -> None:
    try:
        work()
        reporter.say(channel.COMPLETED)
    except RunStopped:
        reporter.say(channel.STOPPED)
    except StageFailed as failure:
        reporter.fail(failure.component_name, failure.message, retryable=failure.retryable)
    except FlowInvalid as invalid:
        for problem in invalid.problems:
            level = "ERROR" if problem.severity == "error" else "WARN"
            reporter.log(level, problem.component_name, f"{problem.message} {problem.hint}".strip())
        first = next(problem for problem in invalid.problems if problem.severity == "error")
        reporter.fail(first.component_name, invalid.message)
    except ProductError as error:
        reporter.log("ERROR", None, error.message)
        reporter.fail("", error.message)
    except Exception as defect:  # noqa: BLE001  the last line of defence of this process
        reporter.log("DEBUG", None, traceback.format_exc())
        message = f"internal error in the engine ({type(defect).__name__})"
        reporter.log("FATAL", None, message)
        reporter.fail("", message)


def _lock_down(order: RunOrder) -> None:
    os.umask(0o077)
    os.chdir(order.run_dir)
    for name in set(os.environ) - KEPT_ENVIRONMENT:
        del os.environ[name]
    os.environ["TMPDIR"] = str(order.run_dir)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
