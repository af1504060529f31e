"""Times of the design, section 8, in the zone of the person."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import timezone

from dashboard.moments import clock, exact, log_time, moment, until

NOW = datetime(2026, 11, 19, 8, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def berlin():
    with timezone.override("Europe/Berlin"):
        yield


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 11, 19, 8, 39, 30, tzinfo=UTC), "just now"),
        (datetime(2026, 11, 19, 8, 36, tzinfo=UTC), "4 min ago"),
        (datetime(2026, 11, 19, 1, 14, tzinfo=UTC), "Today, 02:14"),
        (datetime(2026, 11, 18, 17, 2, tzinfo=UTC), "Yesterday, 18:02"),
        (datetime(2026, 11, 17, 1, 2, tzinfo=UTC), "Tue 02:02"),
        (datetime(2026, 11, 9, 12, 0, tzinfo=UTC), "9 Nov"),
        (datetime(2025, 11, 9, 12, 0, tzinfo=UTC), "9 Nov 2025"),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), "Fri 02:00"),
        (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), "Today, 00:30"),
    ],
)
def test_times_tell_as_much_of_the_date_as_needed(at, shown):
    assert moment(at, NOW) == shown


def test_seconds_are_shown_where_they_matter():
    at = datetime(2026, 11, 19, 1, 14, 19, tzinfo=UTC)

    assert clock(at, NOW, seconds=True) == "Today, 02:14:19"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 11, 19, 8, 40, 30, tzinfo=UTC), "now"),
        (datetime(2026, 11, 19, 9, 5, tzinfo=UTC), "in 25 min"),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), "in 16 h"),
        (datetime(2026, 11, 23, 5, 30, tzinfo=UTC), "in 4 days"),
    ],
)
def test_what_is_to_come_says_how_soon(at, shown):
    assert until(at, NOW) == shown


def test_the_exact_time_names_its_zone():
    at = datetime(2026, 11, 19, 1, 14, 19, tzinfo=UTC)

    assert exact(at) == "19 Nov 2026, 02:14:19 CET (Europe/Berlin)"


def test_log_times_have_milliseconds():
    assert log_time(datetime(2026, 11, 19, 1, 14, 19, 102_900, tzinfo=UTC)) == "02:14:19.102"


def test_a_time_element_carries_utc_and_the_exact_local_value():
    at = datetime(2025, 11, 9, 12, 0, tzinfo=UTC)

    html = Template("{% when at %}").render(Context({"at": at}))

    assert html == (
        '<time datetime="2025-11-09T12:00:00Z" title="9 Nov 2025, 13:00:00 CET (Europe/Berlin)">'
        "9 Nov 2025</time>"
    )
