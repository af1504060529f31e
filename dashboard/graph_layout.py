"""Places for the nodes and paths for the edges of a data-flow picture, left to right.

Layers are numbered by the longest path from the sources. The flow is cut into chains, the longest
first: it takes lane 0, every other chain keeps one lane over all the layers it crosses, so that a
path along a lane never meets a node. A component in the middle of a chain whose edge skips layers
gets a lane of its own for that edge, called its trunk. Two median sweeps move chains towards what
they are joined to. The same flow always gives the same picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low

SWEEPS = 2

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Route:
    """How one edge runs: along `lane` between its ends, against the current when `backward`."""

    source: int
    target: int
    lane: int
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Layer and lane of each node by its place, and a route for each edge in the given order."""

    layers: tuple[int, ...]
    lanes: tuple[int, ...]
    routes: tuple[Route, ...]

    @property
    def layer_count(self) -> int:
        return max(self.layers, default=-1) + 1

    @property
    def lane_count(self) -> int:
        return max([*self.lanes, *(route.lane for route in self.routes)], default=-1) + 1


@dataclass(slots=True, eq=False)
class _Strip:
    """Something that occupies one lane from layer `first` to layer `last`."""

    nodes: list[int]
    first: int
    last: int
    lane: int = 0
    neighbours: list["_Strip"] = field(default_factory=list)


def lay_out(node_count: int, edges: Sequence[Pair]) -> Layout:
    """Place nodes 0 to node_count - 1, joined by edges (source, target); cycles are allowed."""
    backward = _closing_edges(node_count, edges)
    forward = [edge for edge in dict.fromkeys(edges) if edge not in backward]
    layers = _longest_paths(node_count, forward)
    chains = _cut_into_chains(layers, forward)
    strip_of = {node: chain for chain in chains for node in chain.nodes}
    trunks = _trunks(strip_of, layers, forward)
    _join_neighbours(strip_of, trunks, forward)
    _assign_lanes(chains, list(trunks.values()))
    lanes = tuple(strip_of[node].lane for node in range(node_count))
    lowest = max([strip.lane for strip in [*chains, *trunks.values()]], default=0)
    routes = []
    for source, target in edges:
        if (source, target) in backward:
            routes.append(Route(source, target, lowest + 1, backward=True))
        elif source in trunks and not _follows(strip_of, layers, source, target):
            routes.append(Route(source, target, trunks[source].lane))
        else:
            routes.append(Route(source, target, lanes[source]))
    return Layout(tuple(layers), lanes, tuple(routes))


def _follows(strip_of: dict[int, _Strip], layers: Sequence[int], source: int, target: int) -> bool:
    """Whether the edge needs no trunk: its target is in the next layer or in the same chain."""
    if layers[target] == layers[source] + 1:
        return True
    chain = strip_of[source].nodes
    place = chain.index(source)
    return chain[place + 1 : place + 2] == [target]


def _successors(node_count: int, edges: Iterable[Pair]) -> list[list[int]]:
    following: list[list[int]] = [[] for _ in range(node_count)]
    for source, target in edges:
        following[source].append(target)
    return following


def _closing_edges(node_count: int, edges: Sequence[Pair]) -> set[Pair]:
    """The edges that close a cycle, found by a walk in the order of the nodes."""
    following = _successors(node_count, edges)
    new, open_, done = 0, 1, 2
    state = [new] * node_count
    closing: set[Pair] = set()
    for start in range(node_count):
        if state[start] != new:
            continue
        state[start] = open_
        path = [(start, iter(following[start]))]
        while path:
            node, rest = path[-1]
            target = next(rest, None)
            if target is None:
                state[node] = done
                path.pop()
            elif state[target] == open_:
                closing.add((node, target))
            elif state[target] == new:
                state[target] = open_
                path.append((target, iter(following[target])))
    return closing


def _longest_paths(node_count: int, edges: Sequence[Pair]) -> list[int]:
    """For each node the number of edges on the longest path that leads to it."""
    following = _successors(node_count, edges)
    waiting = [0] * node_count
    for _, target in edges:
        waiting[target] += 1
    ready = [node for node in range(node_count) if waiting[node] == 0]
    layers = [0] * node_count
    for node in ready:
        for target in following[node]:
            layers[target] = max(layers[target], layers[node] + 1)
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    return layers


def _cut_into_chains(layers: Sequence[int], edges: Sequence[Pair]) -> list[_Strip]:
    """All nodes in chains, the longest first; a chain reaches to where its last edges end."""
    following = _successors(len(layers), edges)
    order = sorted(range(len(layers)), key=lambda node: layers[node], reverse=True)
    left = set(order)
    chains = []
    while left:
        nodes = _longest_chain(order, following, left)
        left.difference_update(nodes)
        end = nodes[-1]
        reach = max([layers[end], *(layers[target] - 1 for target in following[end])])
        chains.append(_Strip(nodes, layers[nodes[0]], reach))
    return chains


def _longest_chain(
    order: Sequence[int], following: Sequence[Sequence[int]], left: set[int]
) -> list[int]:
    length: dict[int, int] = {}
    after: dict[int, int] = {}
    for node in order:
        if node not in left:
            continue
        targets = [target for target in following[node] if target in left]
        best = max(targets, key=lambda target: length[target], default=None)
        length[node] = 1 if best is None else length[best] + 1
        if best is not None:
            after[node] = best
    node = min(length, key=lambda node: (-length[node], node))
    chain = [node]
    while node in after:
        node = after[node]
        chain.append(node)
    return chain


def _trunks(
    strip_of: dict[int, _Strip], layers: Sequence[int], edges: Sequence[Pair]
) -> dict[int, _Strip]:
    trunks: dict[int, _Strip] = {}
    for source, target in edges:
        at_end = strip_of[source].nodes[-1] == source
        if at_end or _follows(strip_of, layers, source, target):
            continue
        trunk = trunks.setdefault(source, _Strip([], layers[source] + 1, 0))
        trunk.last = max(trunk.last, layers[target] - 1)
    return trunks


def _join_neighbours(
    strip_of: dict[int, _Strip], trunks: dict[int, _Strip], edges: Sequence[Pair]
) -> None:
    for source, target in edges:
        start, end = strip_of[source], strip_of[target]
        if start is not end:
            start.neighbours.append(end)
            end.neighbours.append(start)
    for source, trunk in trunks.items():
        trunk.neighbours.append(strip_of[source])


def _assign_lanes(chains: list[_Strip], trunks: list[_Strip]) -> None:
    """Lane 0 to the longest chain; the others as near as possible to what they are joined to."""
    strips = chains[1:] + trunks
    place = {strip: number for number, strip in enumerate(strips)}
    strips.sort(key=lambda strip: (strip.last, place[strip]))
    _pack(strips, {})
    for _ in range(SWEEPS):
        wished = {strip: _wish(strip) for strip in strips}
        strips.sort(key=lambda strip: (wished[strip], strip.last, place[strip]))
        _pack(strips, wished)


def _wish(strip: _Strip) -> int:
    return max(1, median_low([other.lane for other in strip.neighbours] or [1]))


def _pack(strips: Sequence[_Strip], wished: Mapping[_Strip, int]) -> None:
    """Give each strip the free lane nearest to its wish, the lower one of two."""
    taken: dict[int, list[_Strip]] = {}
    for strip in strips:
        wish = wished.get(strip, 1)
        candidates = sorted(range(1, len(strips) + 1), key=lambda lane: (abs(lane - wish), lane))
        strip.lane = next(lane for lane in candidates if _fits(strip, taken.get(lane, [])))
        taken.setdefault(strip.lane, []).append(strip)


def _fits(strip: _Strip, others: Sequence[_Strip]) -> bool:
    return all(strip.last < other.first or other.last < strip.first for other in others)
