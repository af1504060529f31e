import pytest

from common.errors import InvalidInput
from search.services import search_all, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("late flights", ["late", "flights"]),
        ("  late \t\n late ", ["late"]),
        ('by "two words" end', ["by", "two words", "end"]),
        ('a"b c"d', ["a", "b c", "d"]),
        ('5" pipe', ["5", "pipe"]),
        ('"open phrase', ["open", "phrase"]),
        ("name:late -x >2", ["name:late", "-x", ">2"]),
        ('""', []),
        (' " " ', []),
        ("\u3000\u00a0", []),
    ],
)
def test_a_text_is_taken_apart_into_words_and_phrases(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize("text", ["", "   ", '""', "\u3000"])
def test_a_text_without_words_is_refused(account, text):
    with pytest.raises(InvalidInput, match="query: must hold at least one word"):
        search_all(account=account, text=text)


def test_too_many_words_are_refused(account):
    search_all(account=account, text=" ".join(map(str, range(20))))
    with pytest.raises(InvalidInput, match="query: must hold at most 20 words"):
        search_all(account=account, text=" ".join(map(str, range(21))))


def test_types_come_in_their_fixed_order_and_once(account):
    found = search_all(account=account, text="x", types=["workspaces", "packages", "workspaces"])

    assert [group.type for group in found] == ["packages", "workspaces"]
