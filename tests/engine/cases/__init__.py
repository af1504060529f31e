"""Every component of the catalogue, run over nasty values, against independent expectations.

One file per component family holds a list CASES. `ALL_CASES` runs in test_cases.py, and
test_every_option.py checks that each documented option occurs in at least one of them.
"""

from tests.engine.cases import (
    aggregates,
    checks,
    joins,
    nested,
    picks,
    samples,
    selects,
    unions,
    wide,
    windows,
)

ALL_CASES = [
    *samples.CASES,
    *selects.CASES,
    *checks.CASES,
    *picks.CASES,
    *unions.CASES,
    *joins.CASES,
    *aggregates.CASES,
    *windows.CASES,
    *nested.CASES,
    *wide.CASES,
]
