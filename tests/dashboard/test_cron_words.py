"""Cron expressions in words."""

import pytest

from dashboard.cron_words import cron_words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 2 * * *", "Every day at 02:00"),
        ("5 * * * *", "5 minutes past every hour"),
        ("0 * * * *", "Every hour"),
        ("* * * * *", "Every minute"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("30 */4 * * *", "Every 4 hours, 30 minutes past"),
        ("30 6 * * MON", "Mondays at 06:30"),
        ("30 6 * * 7", "Sundays at 06:30"),
        ("0 9 * * 1-5", "Weekdays at 09:00"),
        ("0 9 * * mon,thu", "Mondays and Thursdays at 09:00"),
        ("15 4 1 * *", "Day 1 of every month at 04:15"),
        ("0 2 1 1 *", None),
        ("0 2,14 * * *", None),
        ("0 2 1 * MON", None),
        ("0 9 * * 1#2", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_everyday_forms_have_words_and_others_have_none(expression, words):
    assert cron_words(expression) == words
