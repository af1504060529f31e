"""Numbers, durations and sizes of the design, section 8."""

import pytest

from dashboard.figures import duration, file_size, number, plural


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (27004, "27,004"),
        (9_999_999, "9,999,999"),
        (10_000_000, "10 million"),
        (123_456_789, "120 million"),
        (1_234_567_890, "1.2 billion"),
        (45_000_000_000_000, "45 trillion"),
    ],
)
def test_numbers_have_commas_and_words_from_ten_million_on(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"),
        (0.038, "38 ms"),
        (0.2, "0.2 s"),
        (1.44, "1.4 s"),
        (18, "18.0 s"),
        (59.96, "1 min 00 s"),
        (126, "2 min 06 s"),
        (3599.6, "1 h 00 min"),
        (3840, "1 h 04 min"),
        (100_000, "27 h 46 min"),
    ],
)
def test_an_ended_duration_has_one_decimal_below_a_minute(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0 s"), (18.9, "18 s"), (59.99, "59 s"), (126, "2 min 06 s")],
)
def test_a_duration_that_goes_on_counts_whole_seconds(seconds, shown):
    assert duration(seconds, ended=False) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (912, "912 B"),
        (1000, "1.0 kB"),
        (21_400, "21 kB"),
        (999_600, "1.0 MB"),
        (2_100_000, "2.1 MB"),
        (412_000_000, "412 MB"),
    ],
)
def test_sizes_are_decimal(size, shown):
    assert file_size(size) == shown


def test_one_thing_is_singular():
    assert [plural(count, "run") for count in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
