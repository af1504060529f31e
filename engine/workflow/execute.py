"""A workflow is run: each task when its edges say so, branches side by side.

How a task ended is stored before anything follows from it, so that a later attempt of the same run
goes on where the former one broke off, and never does a finished task again.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from common.errors import ProductError
from connections.drivers.failures import first_line
from engine.catalog.tasks import Task
from engine.expressions.errors import ExpressionRefused
from engine.flow import Flow, Node, parse_flow
from engine.problems import FlowInvalid, Problem, has_errors
from engine.reporting import Events, RunStopped, StageFailed
from engine.structure import check_structure
from engine.variables import Variables
from engine.watching import Watcher
from engine.worker import RunOrder
from engine.workflow.check import ancestors, prepare, read_tasks
from engine.workflow.conditions import decide, unhandled_failures
from engine.workflow.tasks import call_http, execute_sql
from engine.workflow.work import (
    EndState,
    ExecuteSql,
    HttpCall,
    Mail,
    RunPackage,
    TaskEnd,
    TaskWork,
    Wait,
)

MOST_AT_ONCE = 32
"""Tasks at work at the same time; others wait until one has ended."""

_LOOK_SECONDS = 0.1
_HANDS_ON = (
    "would hand a secret variable to another package, where it could be read. Define it there as a"
    " secret variable."
)


class Desk(Protocol):
    """The platform, as a workflow sees it. Called from several threads."""

    def task_end(self, component_id: str) -> TaskEnd | None:
        """How an earlier attempt of this run ended the task; None when it did not."""

    def task_begins(self, component_id: str) -> None:
        """The task is at work from now on."""

    def task_ends(self, component_id: str, end: TaskEnd) -> None:
        """Returns once this is stored for good."""

    def run_package(
        self, component_id: str, package_id: int, variables: Mapping[str, str]
    ) -> TaskEnd:
        """Run a package to its end, or wait for the run that an earlier attempt began.

        Raises RunStopped when this run is to stop.
        """

    def send_mail(self, component_id: str, mail: Mail) -> TaskEnd:
        """Hand a message to the mail server. Raises RunStopped when this run is to stop."""


def run_workflow(order: RunOrder, events: Events, desk: Desk, stopped: Callable[[], bool]) -> None:
    """Carry out a workflow.

    Raises FlowInvalid before any task is begun, StageFailed for a task whose failure nothing
    follows, and RunStopped after a stop.
    """
    flow = parse_flow(order.flow)
    problems = check_structure(flow, "workflow")
    tasks = read_tasks(flow, problems)
    if has_errors(problems):
        raise FlowInvalid(problems)
    halted = threading.Event()
    with Watcher(lambda: halted.is_set() or stopped()) as watcher:
        _Workflow(order, flow, tasks, events, desk, watcher, halted).run()


class _Workflow:
    def __init__(
        self,
        order: RunOrder,
        flow: Flow,
        tasks: Mapping[str, Task],
        events: Events,
        desk: Desk,
        watcher: Watcher,
        halted: threading.Event,
    ) -> None:
        self._order = order
        self._flow = flow
        self._tasks = tasks
        self._events = events
        self._desk = desk
        self._watcher = watcher
        self._halted = halted
        self._variables = Variables(order.variables, order.predefined, order.secrets)
        self._before = ancestors(flow)
        self._in_order = flow.ordered()
        self._ends: dict[str, TaskEnd] = {}
        self._working: dict[Future[TaskEnd], Node] = {}

    def run(self) -> None:
        self._take_up()
        with ThreadPoolExecutor(MOST_AT_ONCE, "task") as pool:
            try:
                self._work_through(pool)
            except BaseException:
                self._halted.set()
                raise
        self._judge()

    def _take_up(self) -> None:
        for node in self._flow.nodes:
            end = self._desk.task_end(node.id)
            if end is not None:
                self._ends[node.id] = end
                self._log(node, f"{end.state.capitalize()} by an earlier attempt.")

    def _work_through(self, pool: ThreadPoolExecutor) -> None:
        while self._begin_what_is_ready(pool) or self._working:
            if self._watcher.is_stopped():
                raise RunStopped
            done, _ = wait(self._working, _LOOK_SECONDS, FIRST_COMPLETED)
            for future in done:
                node = self._working.pop(future)
                self._ends[node.id] = future.result()

    def _begin_what_is_ready(self, pool: ThreadPoolExecutor) -> bool:
        """Begin or skip every task that is due; whether a skipped one may have made others so."""
        has_skipped = False
        begun = {node.id for node in self._working.values()}
        for node in self._in_order:
            if node.id in self._ends or node.id in begun:
                continue
            decision = decide(
                self._flow.incoming(node.id),
                self._tasks[node.id].execution_condition,
                self._states(),
            )
            if decision == "run":
                self._working[pool.submit(self._carry_out, node)] = node
            elif decision == "skip":
                self._end(node, TaskEnd("skipped"))
                self._ends[node.id] = TaskEnd("skipped")
                has_skipped = True
        return has_skipped

    def _judge(self) -> None:
        failures = unhandled_failures(self._flow, self._states())
        if failures:
            node = self._flow.find(failures[0])
            end = self._ends[failures[0]]
            raise StageFailed(
                failures[0], node.name if node else "", end.message, retryable=end.retryable
            )

    def _states(self) -> dict[str, EndState]:
        return {component_id: end.state for component_id, end in self._ends.items()}

    # One task, in a thread of its own.

    def _carry_out(self, node: Node) -> TaskEnd:
        if self._watcher.is_stopped():
            raise RunStopped
        self._desk.task_begins(node.id)
        try:
            end = self._do(node)
        except RunStopped:
            raise
        except (ProductError, ExpressionRefused, OSError) as error:
            if self._watcher.is_stopped():
                raise RunStopped from None
            message = error.message if isinstance(error, ProductError) else first_line(error)
            retryable = bool(getattr(error, "retryable", False))
            end = TaskEnd("failed", message=message, retryable=retryable)
        self._end(node, end)
        return end

    def _end(self, node: Node, end: TaskEnd) -> None:
        words = "Skipped: the conditions of its edges did not come true."
        if end.state != "skipped":
            words = end.message or f"Task {end.state}."
        self._events.log("ERROR" if end.state == "failed" else "INFO", node.name, words)
        self._desk.task_ends(node.id, end)

    def _do(self, node: Node) -> TaskEnd:
        variables = self._variables.with_values(self._results(node))
        problems: list[Problem] = []
        work = prepare(node, self._tasks[node.id], variables, problems)
        if work is None:
            error = next(problem for problem in problems if problem.severity == "error")
            return TaskEnd("failed", message=f"{error.message} {error.hint}".strip())
        return self._do_work(node, work, variables)

    def _do_work(self, node: Node, work: TaskWork, variables: Variables) -> TaskEnd:
        if isinstance(work, RunPackage):
            if told := [n for n, text in work.variables.items() if variables.hold_secret(text)]:
                return TaskEnd("failed", message=f"The variable {told[0]} {_HANDS_ON}")
            handed = {**variables.texts(), **work.variables}
            return self._desk.run_package(node.id, work.package_id, handed)
        if isinstance(work, ExecuteSql):
            self._log(node, f"Running SQL with the connection {work.connection_id}.")
            return execute_sql(work, self._order.open_driver, self._watcher)
        if isinstance(work, HttpCall):
            return call_http(work, self._order.open_driver, self._order.reach, self._watcher)
        if isinstance(work, Mail):
            return self._desk.send_mail(node.id, work)
        return self._wait(node, work)

    def _wait(self, node: Node, work: Wait) -> TaskEnd:
        self._log(node, f"Waiting {work.seconds:g} s.")
        end = time.monotonic() + work.seconds
        while (left := end - time.monotonic()) > 0:
            if self._watcher.is_stopped():
                raise RunStopped
            time.sleep(min(left, _LOOK_SECONDS))
        return TaskEnd("completed")

    def _results(self, node: Node) -> dict[str, str]:
        """What the tasks before this one left, later ones over earlier ones."""
        results: dict[str, str] = {}
        for component_id in self._before[node.id]:
            if component_id in self._ends:
                results |= self._ends[component_id].variables
        return results

    def _log(self, node: Node, message: str) -> None:
        self._events.log("INFO", node.name, message)
