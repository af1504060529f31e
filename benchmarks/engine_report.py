"""From the engine's measurements to a table, and to whether the promises hold."""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LABELS = {
    "join-plain": "plain DuckDB SQL",
    "join-package": "package",
    "csv-plain": "plain DuckDB SQL",
    "csv-package": "package",
    "copy-psql": "psql COPY | psql COPY, binary",
    "copy-package": "package, exact numerics",
    "copy-dlt-csv": "dlt, pyarrow and CSV",
    "copy-dlt-parquet": "dlt, pyarrow and Parquet by ADBC",
}
TITLES = {
    "join": "join, aggregate and window of Parquet",
    "csv": "CSV to Parquet",
    "copy": "PostgreSQL to PostgreSQL",
}


class Measurement(NamedTuple):
    seconds: float
    peak_mib: float


@dataclass
class Results:
    """Measurements of every way, one for each round, in the order of the rounds."""

    rows: dict[str, int]
    taken: dict[tuple[str, str], list[Measurement]] = field(default_factory=dict)

    def add(self, case: str, way: str, told: Mapping[str, float]) -> None:
        self.taken.setdefault((case, way), []).append(
            Measurement(told["seconds"], told["peak_mib"])
        )

    def ways(self, case: str) -> list[str]:
        return [way for way in LABELS if (case, way) in self.taken]

    def rate(self, case: str, way: str) -> float:
        """Rows a second, by the median of the rounds."""
        seconds = statistics.median(one.seconds for one in self.taken[case, way])
        return self.rows[case] / seconds

    def peak(self, case: str, way: str) -> float:
        return max(one.peak_mib for one in self.taken[case, way])

    def ratio(self, case: str, way: str, other: str) -> float:
        """How many times as long `way` took as `other`: the median of the rounds."""
        pairs = zip(self.taken[case, way], self.taken[case, other], strict=False)
        return statistics.median(one.seconds / two.seconds for one, two in pairs)

    def seconds(self) -> float:
        return sum(one.seconds for each in self.taken.values() for one in each)


def table(results: Results) -> Iterator[str]:
    for case, rows in results.rows.items():
        yield ""
        yield f"{TITLES[case]}, {rows:,} rows"
        yield f"  {'':34}{'rows/s':>12}{'time':>8}{'peak MiB':>10}"
        first = results.ways(case)[0]
        for way in results.ways(case):
            yield (
                f"  {LABELS[way]:34}{results.rate(case, way):12,.0f}"
                f"{results.ratio(case, way, first):8.2f}{results.peak(case, way):10.0f}"
            )


def verdicts(results: Results) -> list[tuple[bool, str]]:
    """Whether each promise that was measured holds, with the words for it."""
    told = []
    for case, most in (("join", 1.25), ("csv", 1.3)):
        if results.ways(case):
            ratio = results.ratio(case, f"{case}-package", f"{case}-plain")
            told.append(
                _verdict(ratio <= most, f"{case}: {ratio:.2f} times plain SQL, at most {most:g}")
            )
    if results.ways("copy"):
        share = 1 / results.ratio("copy", "copy-package", "copy-psql")
        told.append(_verdict(share >= 0.5, f"copy: {share:.2f} of the psql pair, at least 0.5"))
    others = [way for way in results.ways("copy") if "dlt" in way]
    if others:
        fastest = min(results.ratio("copy", way, "copy-package") for way in others)
        words = f"copy: {fastest:.1f} times as fast as dlt, at least 5"
        told.append(_verdict(fastest >= 5, words))
    return told


def _verdict(holds: bool, words: str) -> tuple[bool, str]:
    return holds, f"{'kept' if holds else 'SHORT':6}{words}"
