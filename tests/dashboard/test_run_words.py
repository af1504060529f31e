import pytest

from dashboard.run_words import first_sentence


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("The file a-2012.csv.gz is gone. Nothing was written.",)
        + ("The file a-2012.csv.gz is gone.", "Nothing was written."),
        ("no such table: t", "no such table: t", ""),
        ("took 1.4 s. then it broke", "took 1.4 s. then it broke", ""),
        ("", "", ""),
    ],
)
def test_a_cause_is_led_by_its_first_sentence(text, first, rest):
    assert first_sentence(text) == (first, rest)
