"""From measurements to a table, and to whether the promises hold."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from benchmarks.mcp_servers.load import Measurement


@dataclass(frozen=True)
class Case:
    """What is asked of every server in one round."""

    call: str
    connections: int


@dataclass
class Results:
    """Measurements of every server and case, one for each round, in the order of the rounds."""

    labels: dict[str, str]
    taken: dict[tuple[str, Case], list[Measurement]] = field(default_factory=dict)

    def add(self, key: str, case: Case, measurement: Measurement) -> None:
        self.taken.setdefault((key, case), []).append(measurement)

    def cases(self) -> list[Case]:
        return list(dict.fromkeys(case for _, case in self.taken))

    def median(self, key: str, case: Case) -> Measurement:
        columns = {
            item.name: statistics.median(getattr(one, item.name) for one in self.taken[key, case])
            for item in fields(Measurement)
        }
        return Measurement(**columns)

    def disturbance(self) -> float:
        """The share of the machine that other processes took while the servers were measured."""
        return statistics.mean(one.disturbance for each in self.taken.values() for one in each)

    def ratios(self, key: str, other: str, case: Case) -> list[float]:
        """How many times as many requests `key` answered as `other`, round by round."""
        pairs = zip(self.taken[key, case], self.taken[other, case], strict=True)
        return [mine.rate / theirs.rate for mine, theirs in pairs]


@dataclass(frozen=True)
class Promise:
    """The product answers at least `factor` times as many requests as `other`."""

    case: Case
    other: str
    factor: float


PROMISES = (
    Promise(Case("tools/call", 1), "bare", 0.6),
    Promise(Case("tools/call", 8), "bare", 0.67),
    Promise(Case("tools/call", 32), "bare", 0.6),
    Promise(Case("tools/call", 8), "fastmcp", 1.0),
    Promise(Case("tools/call", 8), "typescript", 1.0),
    *(Promise(Case("tools/list", connections), "fastmcp", 2.0) for connections in (1, 8, 32)),
)


def table(results: Results) -> Iterable[str]:
    """Medians of the rounds, and how the product compares in the same round."""
    for case in results.cases():
        yield ""
        yield f"{case.call}, {case.connections} connection{'s' * (case.connections > 1)}"
        yield (
            f"  {'':31}{'req/s':>8}{'p50':>8}{'p95':>8}{'p99 ms':>9}"
            f"{'CPU ms':>9}{'db ms':>8}   product is (lowest, highest round)"
        )
        for key, label in results.labels.items():
            one = results.median(key, case)
            yield (
                f"  {label:31}{one.rate:8.0f}{one.p50:8.2f}{one.p95:8.2f}{one.p99:9.2f}"
                f"{one.server_cpu:9.2f}{one.database_cpu:8.2f}   {compared(results, key, case)}"
            )


def compared(results: Results, key: str, case: Case) -> str:
    if key == "product" or "product" not in results.labels:
        return ""
    ratios = results.ratios("product", key, case)
    return f"{statistics.median(ratios):.2f} times it ({min(ratios):.2f}, {max(ratios):.2f})"


def verdicts(results: Results, promises: Sequence[Promise] = PROMISES) -> list[tuple[bool, str]]:
    """Whether each promise that was measured holds, with the words for it."""
    told = []
    for promise in promises:
        keys = (("product", promise.case), (promise.other, promise.case))
        if all(key in results.taken for key in keys):
            ratio = statistics.median(results.ratios("product", promise.other, promise.case))
            holds = ratio >= promise.factor
            told.append(
                (
                    holds,
                    f"{'kept' if holds else 'SHORT':6}{promise.case.call} at "
                    f"{promise.case.connections:2}: {ratio:.2f} times "
                    f"{results.labels[promise.other]}, promised {promise.factor:g}",
                )
            )
    return told
