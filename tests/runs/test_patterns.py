"""The table of failure texts: complete, and each text claimed by its own row."""

from typing import get_args

import pytest

from runs.patterns import PATTERNS, find_pattern
from runs.patterns.base import Family
from tests.runs import engine_texts, vendor_texts

ALL_NUMBERS = set(range(1, 82))
CONTRACT_TOOLS = {
    "get_package",
    "get_connection",
    "list_connections",
    "get_schedule",
    "test_connection",
    "discover_schema",
    "discover_file_schema",
    "preview_data",
    "validate_package",
    "retry_job",
}
TOOL_BY_NUMBER = {
    1: "test_connection",
    73: "test_connection",
    74: "test_connection",
    5: "discover_schema",
    71: "discover_file_schema",
    9: "preview_data",
    7: "preview_data",
    63: "validate_package",
    79: "validate_package",
    14: "get_schedule",
    15: "retry_job",
}


def test_the_table_holds_every_row_of_the_failure_list():
    assert {pattern.number for pattern in PATTERNS} - {None} == ALL_NUMBERS


def test_every_row_has_a_text_that_is_tested():
    assert set(vendor_texts.TEXTS) == ALL_NUMBERS
    own = {pattern.id for pattern in PATTERNS if pattern.number is None}
    assert own == set(engine_texts.TEXTS)


def test_an_id_names_one_pattern():
    ids = [pattern.id for pattern in PATTERNS]

    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize(
    ("number", "text"),
    [(number, text) for number, texts in vendor_texts.TEXTS.items() for text in texts],
)
def test_a_vendors_text_is_claimed_by_its_row(number, text):
    found = find_pattern(f"warehouse: {text}" if number not in {81} else text)

    assert found is not None
    assert (found.number, found.category) == (number, category_of(number))


@pytest.mark.parametrize(
    ("pattern_id", "text"),
    [(name, text) for name, texts in engine_texts.TEXTS.items() for text in texts],
)
def test_a_text_of_ours_is_claimed_by_its_row(pattern_id, text):
    found = find_pattern(text)

    assert found is not None
    assert found.id == pattern_id


def test_case_does_not_matter():
    assert find_pattern("fatal: PASSWORD AUTHENTICATION FAILED FOR USER").number == 1


@pytest.mark.parametrize(
    "text",
    [
        "Read 403 rows.",
        "Delivered 429 rows to table orders.",
        "401 of 500 rows are late",
        "Reading flights.csv (1 file, 502 bytes).",
        "The sky is blue",
    ],
)
def test_a_number_alone_is_no_status_and_a_plain_line_no_failure(text):
    assert find_pattern(text) is None


def test_families_and_tools_are_words_of_the_product_document():
    for pattern in PATTERNS:
        assert pattern.families
        assert set(pattern.families) <= set(get_args(Family))
        assert pattern.tool is None or pattern.tool in CONTRACT_TOOLS


@pytest.mark.parametrize(("number", "tool"), TOOL_BY_NUMBER.items())
def test_a_kind_of_failure_offers_the_tool_that_helps(number, tool):
    assert {pattern.tool for pattern in PATTERNS if pattern.number == number} == {tool}


@pytest.mark.parametrize(
    ("number", "families"),
    [
        (1, {"FATAL", "auth"}),
        (6, {"ERROR", "schema"}),
        (15, {"FATAL", "connection"}),
        (60, {"exception"}),
        (74, {"ERROR", "connection"}),
    ],
)
def test_families_say_how_loud_and_of_what_kind(number, families):
    (pattern,) = [pattern for pattern in PATTERNS if pattern.number == number]

    assert set(pattern.families) == families


def category_of(number: int) -> str:
    (category,) = [name for name, rows in vendor_texts.CATEGORIES.items() if number in rows]
    return category
