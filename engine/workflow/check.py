"""What is wrong with the tasks of a workflow, found without running any."""

from engine.catalog.tasks import Task
from engine.compiling import read_component
from engine.flow import Flow, Node
from engine.problems import Problem
from engine.scope import Scope
from engine.variables import Variables
from engine.workflow.work import TaskWork

PLACEHOLDER = "0"
"""What the result of a task is taken for before it has run."""


def check_tasks(flow: Flow, variables: Variables) -> list[Problem]:
    """Findings about every task; a variable counts as defined if a task before it assigns it."""
    problems: list[Problem] = []
    tasks = read_tasks(flow, problems)
    before = ancestors(flow)
    for node in flow.ordered():
        if node.id not in tasks:
            continue
        results = {
            tasks[earlier].assigns(): PLACEHOLDER
            for earlier in before[node.id]
            if earlier in tasks and tasks[earlier].assigns()
        }
        prepare(node, tasks[node.id], variables.with_values(results), problems)
    return problems


def read_tasks(flow: Flow, problems: list[Problem]) -> dict[str, Task]:
    """The tasks whose properties fit, by id; findings about the others."""
    read = {node.id: read_component(node, problems) for node in flow.nodes}
    return {key: component for key, component in read.items() if isinstance(component, Task)}


def prepare(
    node: Node, task: Task, variables: Variables, problems: list[Problem]
) -> TaskWork | None:
    """What the task shall do with these variables; None after an error."""
    return task.prepare(Scope(node.id, node.name, (), variables, problems))


def ancestors(flow: Flow) -> dict[str, list[str]]:
    """By id, all components before one, in an order in which they can run."""
    before: dict[str, set[str]] = {}
    order = [node.id for node in flow.ordered()]
    for component_id in order:
        sources = [edge.source for edge in flow.incoming(component_id) if edge.source in before]
        before[component_id] = {*sources, *(far for near in sources for far in before[near])}
    return {key: [other for other in order if other in found] for key, found in before.items()}
