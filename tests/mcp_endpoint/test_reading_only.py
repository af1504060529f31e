import pytest

from tests.database_rows import all_rows, changes
from tests.every_tool import READING

RECORDS = {"validate_package": "packages_app_jobvalidation"}
"""Each call of validate_package is documented to leave a record."""

OUTCOMES = {"test_connection": ("connections_connection", {"status", "last_tested_at"})}
"""test_connection remembers its outcome at the connection; nothing else may change there."""


@pytest.mark.promise("tools.reading_has_no_side_effects")
@pytest.mark.parametrize("name", READING)
def test_a_tool_that_reads_leaves_every_row_as_it_was(rpc, call_tool, account, make_calls, name):
    arguments = make_calls(account)[name]
    rpc("ping")  # notes the use of the token, once a minute
    before = all_rows()

    answer = call_tool(name, **arguments)

    assert not answer.is_error, answer.data
    expected = {}
    if name in RECORDS:
        expected = {RECORDS[name]: None}
    if name in OUTCOMES:
        expected = dict([OUTCOMES[name]])
    assert changes(before, all_rows()) == expected
