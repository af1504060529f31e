from datetime import UTC, datetime

import pytest

from common.errors import InvalidInput
from schedules.cron import next_run_at


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        ("0 2 * * *", "UTC", "2026-11-19T01:59", "2026-11-19T02:00"),
        ("0 2 * * *", "UTC", "2026-11-19T02:00", "2026-11-20T02:00"),
        ("30 6 * * MON", "UTC", "2026-11-19T00:00", "2026-11-23T06:30"),
        ("@daily", "UTC", "2026-11-19T00:00", "2026-11-20T00:00"),
        ("0 8 1 * *", "Europe/Berlin", "2026-11-19T00:00", "2026-12-01T07:00"),
        ("0 0 29 2 *", "UTC", "2026-11-19T00:00", "2028-02-29T00:00"),
        ("30 2 * * *", "Europe/Berlin", "2027-03-28T00:00", "2027-03-28T01:00"),
    ],
)
def test_the_next_due_time(expression, zone, after, due):
    assert next_run_at(expression, zone, at(after)) == at(due)


def test_a_local_time_that_occurs_twice_fires_once():
    first = next_run_at("30 2 * * *", "Europe/Berlin", at("2026-10-24T12:00"))
    second = next_run_at("30 2 * * *", "Europe/Berlin", first)

    assert first.date().isoformat() == "2026-10-25"
    assert second == at("2026-10-26T01:30")


@pytest.mark.parametrize(
    ("expression", "zone", "word"),
    [
        ("", "UTC", "five fields"),
        ("* * * *", "UTC", "five fields"),
        ("* * * * * *", "UTC", "five fields"),
        ("61 * * * *", "UTC", "cron"),
        ("0 0 31 2 *", "UTC", "cron"),
        ("@yearly", "UTC", "five fields"),
        ("0 2 * * *", "Mars/Base", "timezone"),
        ("0 2 * * *", "../../etc/passwd", "timezone"),
    ],
)
def test_what_never_comes_due_is_refused_with_the_field(expression, zone, word):
    with pytest.raises(InvalidInput, match=word):
        next_run_at(expression, zone, at("2026-11-19T00:00"))
