import pytest

from common.errors import InvalidInput
from common.paging import decode_cursor, encode_cursor, take_page


def test_a_page_knows_whether_more_follows():
    full = take_page([9, 8, 7], limit=2, key=lambda row: row)
    last = take_page([7], limit=2, key=lambda row: row)

    assert (list(full.items), decode_cursor(full.next_cursor)) == ([9, 8], 8)
    assert (list(last.items), last.next_cursor) == ([7], None)


@pytest.mark.parametrize("key", [1, 27, 2**63 - 1])
def test_a_cursor_comes_back_as_its_key(key):
    assert decode_cursor(encode_cursor(key)) == key


@pytest.mark.parametrize("text", ["", "??", "abc", "a2V5", "é", encode_cursor(5)[:-1]])
def test_other_text_is_no_cursor(text):
    with pytest.raises(InvalidInput, match="cursor"):
        decode_cursor(text)
