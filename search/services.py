"""Free-text search over what an account has."""

import re
from collections.abc import Sequence
from typing import Final

from accounts.models import Account
from common.errors import InvalidInput
from search.backends.base import SEARCH_TYPES, SearchBackend, SearchType, TypeHits
from search.backends.database import DatabaseBackend

MAX_WORDS = 20
DEFAULT_HITS = 10
MAX_HITS = 50

BACKEND: Final[SearchBackend] = DatabaseBackend()

_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')


def search_all(
    *,
    account: Account,
    text: str,
    types: Sequence[SearchType] | None = None,
    per_type_limit: int = DEFAULT_HITS,
) -> list[TypeHits]:
    """What the account has that holds every word of the text, one entry for each type.

    Types come in their fixed order, all of them when None. Raises InvalidInput for a text without
    a word and for one of more than 20.
    Source: search_all in the product documentation, "Account inventory".
    """
    words = words_of(text)
    if not words:
        raise InvalidInput("query: must hold at least one word")
    if len(words) > MAX_WORDS:
        raise InvalidInput(f"query: must hold at most {MAX_WORDS} words")
    asked = SEARCH_TYPES if types is None else [kind for kind in SEARCH_TYPES if kind in types]
    return BACKEND.search(
        account=account, words=words, types=asked, per_type_limit=min(per_type_limit, MAX_HITS)
    )


def words_of(text: str) -> list[str]:
    """The words, each once; what stands in double quotes is one of them. A lone quote is passed
    over."""
    found = [(phrase or word).strip() for phrase, word in _WORD.findall(text)]
    return list(dict.fromkeys(word for word in found if word))
