"""Which rows of a plan are stored on the way; all others only flow.

The rows of a component that several others read are kept: computed and stored once. Everything
between kept components and destinations is a region, which is computed as one streaming query
into its sink: a kept component or a destination.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.plan import Plan
from engine.stages import Destination, ReadRest, ReadTable, Stage, Transform


@dataclass(frozen=True, slots=True)
class Region:
    """The stages that are computed together, in order; the sink is the last of them."""

    stages: tuple[Stage, ...]

    @property
    def sink(self) -> Stage:
        """Where the rows go: a destination, or a component whose rows are kept."""
        return self.stages[-1]

    @property
    def members(self) -> tuple[Stage, ...]:
        """All that bring forth rows: every stage but a destination."""
        return tuple(s for s in self.stages if not isinstance(s.work, Destination))

    def equal_to_sink(self) -> set[str]:
        """Components that give exactly as many rows as reach the sink."""
        by_id = {stage.component_id: stage for stage in self.members}
        equal = {self.sink.component_id} & set(by_id)
        current: Stage | None = self.sink
        while current is not None and passes_all(current):
            current = by_id.get(current.inputs[0])
            if current is not None:
                equal.add(current.component_id)
        return equal


def passes_all(stage: Stage) -> bool:
    """Whether a stage gives on every row that it gets, and no others."""
    if isinstance(stage.work, Transform):
        return stage.work.keeps_count
    return isinstance(stage.work, Destination)


def _is_copied(stage: Stage) -> bool:
    """A service is read to its end first: its pages may come slowly."""
    return isinstance(stage.work, ReadRest) or (
        isinstance(stage.work, ReadTable) and stage.work.keeps
    )


class Regions:
    """The regions of a plan; they change while it runs when `keep` stores a stage after all."""

    def __init__(self, plan: Plan) -> None:
        self._stages = plan.stages
        self._by_id = {stage.component_id: stage for stage in plan.stages}
        self._kept = {id_ for id_ in self._by_id if plan.consumers(id_) > 1}
        self._kept |= {s.component_id for s in plan.stages if self._may_be_cut_short(s)}
        self._kept |= {s.component_id for s in plan.stages if _is_copied(s)}

    def keep(self, stage: Stage) -> Region:
        """Store the rows of a stage; answers the region that ends there now."""
        self._kept.add(stage.component_id)
        return self.ending_at(stage)

    def sinks(self) -> Iterator[Stage]:
        """Every sink, each after all that its region reads."""
        return (stage for stage in self._stages if self._is_sink(stage))

    def ending_at(self, sink: Stage) -> Region:
        """The region of a sink."""
        found = {sink.component_id}
        waiting = list(sink.inputs)
        while waiting:
            current = waiting.pop()
            if current not in self._kept:
                found.add(current)
                waiting.extend(self._by_id[current].inputs)
        return Region(tuple(stage for stage in self._stages if stage.component_id in found))

    @property
    def keeps_order(self) -> bool:
        """Whether stored rows must keep an order: they were sorted before they are stored."""
        ordered: set[str] = set()
        for stage in self._stages:
            is_sort = isinstance(stage.work, Transform) and stage.work.orders
            if is_sort or ordered & set(stage.inputs):
                ordered.add(stage.component_id)
        return bool(ordered & self._kept)

    def _may_be_cut_short(self, stage: Stage) -> bool:
        """Whether all rows must be computed though a reader may want only some of them."""
        if not (isinstance(stage.work, Transform) and stage.work.once):
            return False
        current = stage
        while current.component_id not in self._kept:
            readers = [s for s in self._stages if current.component_id in s.inputs]
            if not readers:
                return False
            if not passes_all(readers[0]):
                return True
            current = readers[0]
        return False

    def _is_sink(self, stage: Stage) -> bool:
        is_kept = stage.component_id in self._kept
        return is_kept or isinstance(stage.work, Destination)
