"""Says at the end of a test run how the product stands to its document."""

from collections import Counter
from typing import Any

from tests.promises import ENTRIES, PROMISES
from tests.promises.kinds import Departs, Kept, NotOurs

WORDS = {Kept: "kept", NotOurs: "not ours", Departs: "departed from"}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    if any("test_promises.py" in getattr(report, "nodeid", "") for report in reports):
        terminalreporter.write_line(summary())


def summary() -> str:
    counts = Counter(map(type, ENTRIES))
    told = ", ".join(f"{counts[kind]} {words}" for kind, words in WORDS.items())
    undecided = sum(isinstance(entry, Departs) and not entry.decision for entry in ENTRIES)
    return (
        f"product document: {len(ENTRIES)} pieces: {told} ({undecided} of these only so far);"
        f" {len(PROMISES)} promises"
    )
