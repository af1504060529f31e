"""Twenty thousand malformed messages: each is refused in the protocol's words."""

import pytest

from tests.fuzz.siege import besiege, served

SEED = 20260728
COUNT = 20_000
MAX_GROWTH_MB = 50


@pytest.mark.long
@pytest.mark.timeout(600)
def test_malformed_messages_are_refused_without_a_defect_or_a_leak(tmp_path):
    with served(tmp_path) as installation:
        outcome = besiege(installation, seed=SEED, count=COUNT)

    assert outcome.surprises == []
    assert set(outcome.statuses) >= {200, 202, 400, 404, 413, 415}
    assert outcome.grown_mb < MAX_GROWTH_MB
