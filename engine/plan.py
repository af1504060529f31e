"""A flow compiled into frozen stages that a backend can run."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.compiling import compile_components
from engine.flow import Flow
from engine.problems import FlowInvalid, Problem, has_errors
from engine.rejects import component_of, rejects_of
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
            current = component_of(waiting.pop())
            if current not in needed:
                needed.add(current)
                waiting.extend(by_id[current].inputs)
        return Plan(tuple(s for s in self.stages if s.component_id in needed), self.warnings)

    def in_order(self) -> list[Stage]:
        """The stages as they are run. Where rows may be put aside, all of them are counted before
        anything is delivered, but for what a destination itself puts aside."""
        if not any(stage.rejects for stage in self.stages):
            return list(self.stages)
        late: set[str] = set()
        for stage in self.stages:
            if stage in self.destinations or late & {component_of(name) for name in stage.inputs}:
                late.add(stage.component_id)
        return sorted(self.stages, key=lambda stage: stage.component_id in late)

    def keeps_rejects(self, stage: Stage) -> bool:
        """Whether some stage takes the rows that one puts aside."""
        return self.consumers(rejects_of(stage.component_id)) > 0

    def consumers(self, output: str) -> int:
        """How many stages read the rows of one, or the rows it puts aside."""
        return sum(stage.inputs.count(output) for stage in self.stages)


def compile_flow(flow: Flow, variables: Variables) -> Plan:
    """The plan of a valid flow. Raises FlowInvalid with every finding otherwise."""
    stages, findings = compile_components(flow, variables)
    problems = [*check_structure(flow), *findings]
    if has_errors(problems):
        raise FlowInvalid(problems)
    return Plan(tuple(stages), tuple(problems))
