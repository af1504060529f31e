"""The product document and the tests hold each other, in both directions."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from tests.promises import DOCUMENT, ENTRIES, PROMISES
from tests.promises.kinds import Departs, NotOurs, promises_of
from tests.promises.marks import marks_below
from tests.promises.reasons import ARCHIVING, ELASTICSEARCH, RESTORING, STORES
from tests.promises.splitting import Section, plain, split_document

CONTRACT = Path(settings.BASE_DIR).parent / "shared" / "product" / "mcp-server.txt"
NOT_SO_FAR = {RESTORING: 2, ARCHIVING: 1, ELASTICSEARCH: 1, STORES: 1}
"""What the product lacks without a decision, and how many pieces say so."""


@pytest.fixture(scope="module")
def document() -> list[Section]:
    if not CONTRACT.exists():
        pytest.skip(f"the product document is not there: {CONTRACT}")
    return split_document(CONTRACT.read_text())


def test_every_piece_of_the_document_is_listed_in_its_place_and_nothing_else(document):
    there = [(section.heading, piece) for section in document for piece in section.pieces]
    listed = [(s.heading, plain(entry.words)) for s in DOCUMENT for entry in s.entries]

    assert list((Counter(there) - Counter(listed)).elements()) == [], "of the document, unlisted"
    assert list((Counter(listed) - Counter(there)).elements()) == [], "listed, not in the document"
    assert listed == there
    assert [section.heading for section in DOCUMENT] == [section.heading for section in document]


def test_every_promise_has_a_test_and_every_mark_names_a_promise():
    proved = {mark.promise for mark in marks_below(Path(__file__).parent)}

    assert sorted(PROMISES - proved) == [], "promised, and no test proves it"
    assert sorted(proved - PROMISES) == [], "proved, and nowhere promised"


def test_what_is_not_simply_kept_has_a_reason():
    for entry in ENTRIES:
        if isinstance(entry, NotOurs | Departs):
            assert entry.reason.strip(), entry.words
        elif not promises_of(entry):
            pytest.fail(f"promises nothing: {entry.words}")
        if isinstance(entry, Departs) and entry.decision is not None:
            assert re.fullmatch(r"[1-7](\.\d{1,2})?", entry.decision), entry.words


def test_ids_of_promises_say_what_they_are_about_and_what():
    assert [name for name in PROMISES if not re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", name)] == []


def test_what_departs_without_a_decision_is_known_and_told_in_part_by_a_test():
    undecided = [entry for entry in ENTRIES if isinstance(entry, Departs) and not entry.decision]

    assert Counter(entry.reason for entry in undecided) == NOT_SO_FAR
    assert all(entry.promises for entry in undecided)
