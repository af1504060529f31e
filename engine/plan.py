"""A flow compiled into frozen stages that a backend can run."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.compiling import compile_components
from engine.flow import Flow
from engine.problems import FlowInvalid, Problem, has_errors
from engine.stages import Destination, Source, Stage
from engine.structure import check_structure
from engine.variables import Variables


@dataclass(frozen=True, slots=True)
class Plan:
    """Stages in an order that can be run; `warnings` are what the check noted besides."""

    stages: tuple[Stage, ...]
    warnings: tuple[Problem, ...]

    @property
    def sources(self) -> tuple[Stage, ...]:
        """Stages where rows come in."""
        return tuple(s for s in self.stages if isinstance(s.work, Source))

    @property
    def destinations(self) -> tuple[Stage, ...]:
        """Stages where rows go out."""
        return tuple(s for s in self.stages if isinstance(s.work, Destination))

    def without(self, done: Collection[str]) -> "Plan":
        """The part of it that leads to destinations which are not among `done`."""
        by_id = {stage.component_id: stage for stage in self.stages}
        waiting = [s.component_id for s in self.destinations if s.component_id not in done]
        needed: set[str] = set()
        while waiting:
            current = waiting.pop()
            if current not in needed:
                needed.add(current)
                waiting.extend(by_id[current].inputs)
        return Plan(tuple(s for s in self.stages if s.component_id in needed), self.warnings)

    def consumers(self, component_id: str) -> int:
        """How many stages read the rows of one."""
        return sum(stage.inputs.count(component_id) for stage in self.stages)


def compile_flow(flow: Flow, variables: Variables) -> Plan:
    """The plan of a valid flow. Raises FlowInvalid with every finding otherwise."""
    stages, findings = compile_components(flow, variables)
    problems = [*check_structure(flow), *findings]
    if has_errors(problems):
        raise FlowInvalid(problems)
    return Plan(tuple(stages), tuple(problems))
