"""What is left of components when an attempt ends while they are at work."""

import pytest
from django.utils import timezone

from runs.models import RunComponent
from runs.record import RunRecord


@pytest.fixture
def record(make_package, make_run) -> RunRecord:
    record = RunRecord(make_run(make_package()), secrets=())
    record.begin_attempt()
    return record


def note(record: RunRecord, component: RunComponent, state: str) -> None:
    record.apply(
        {"what": "component", "component_id": component.component_id, "state": state, "rows_in": 5,
         "rows_out": 3, "size_bytes": 9, "started_at": timezone.now().isoformat(),
         "finished_at": None}
    )  # fmt: skip


def settled(record: RunRecord) -> list[tuple[str, int | None]]:
    record.settle_components()
    record.flush()
    return list(record.run.components.values_list("state", "rows_out"))


def test_those_computed_together_with_a_failed_one_go_back_to_waiting(record):
    first, second, *others = record.run.components.all()
    note(record, first, "running")
    note(record, second, "failed")

    assert settled(record) == [("waiting", None), ("failed", 3), *[("waiting", None)] * len(others)]


def test_without_a_known_failure_whatever_was_at_work_has_failed(record):
    first, *others = record.run.components.all()
    note(record, first, "running")

    assert settled(record) == [("failed", 3), *[("waiting", None)] * len(others)]
