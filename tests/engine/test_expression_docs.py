from engine.expressions import FUNCTIONS, describe_functions
from engine.expressions.documentation import PAGE, with_function_list
from engine.expressions.rows import GROUPS
from engine.system_variables import PREDEFINED


def test_the_page_lists_the_functions_as_they_are():
    """Made anew by `python -m engine.expressions.documentation`."""
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_function_list(page)
    assert all(f"`{name}`" in page for name in PREDEFINED)


def test_there_are_about_150_functions_or_more_in_known_groups():
    assert len(FUNCTIONS) >= 150
    assert {function.group for function in FUNCTIONS} == set(GROUPS)
    assert len({function.name for function in FUNCTIONS}) == len(FUNCTIONS)


def test_the_catalogue_is_plain_data():
    described = {entry["name"]: entry for entry in describe_functions()}

    assert described["substring"] == {
        "name": "substring",
        "group": "string",
        "signature": "substring(text, start [, count])",
        "arguments": {"min": 2, "max": 3},
        "result": "string",
        "nulls": "NULL when an argument is NULL",
        "note": "start counts from 1; negative counts from the end; 0 is refused or read as 1",
        "example": {"expression": "substring('delay', 2, 3)", "value": "ela"},
    }
    assert described["concat"]["arguments"] == {"min": 1, "max": None}
    assert described["pi"]["signature"] == "pi()"
