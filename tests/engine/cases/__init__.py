"""Every component of the catalogue, run over nasty values, against independent expectations.

One file per component family holds a list CASES. `ALL_CASES` runs in test_cases.py, and
the tasks of workflows in test_task_cases.py; test_every_option.py checks that each documented
option occurs in at least one of them.
"""

from tests.engine.cases import (
    aggregates,
    bad_rows,
    checks,
    files,
    joins,
    nested,
    packed_files,
    picks,
    rest_destinations,
    rest_sources,
    samples,
    selects,
    tables,
    unions,
    wide,
    windows,
)

ALL_CASES = [
    *files.CASES,
    *tables.CASES,
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
    *packed_files.CASES,
    *bad_rows.CASES,
    *rest_sources.CASES,
    *rest_destinations.CASES,
]
