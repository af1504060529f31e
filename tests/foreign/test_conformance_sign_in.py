"""The official conformance suite's scenarios for an authorization server pass.

Source: the suite's own scenarios; one of them waits for a person in a browser.
"""

import json
from urllib.request import Request, urlopen

import pytest

from tests.dashboard.browsing import CHROMIUM
from tests.foreign.conformance import (
    authorization_command,
    authorization_results,
    listed_authorization_scenarios,
    verdict,
)
from tests.foreign.signing_in import talking
from tests.services.daemons import free_port

SCENARIOS = {"authorization-server-metadata-endpoint", "authorization-code-grant"}


def test_every_scenario_is_known():
    assert listed_authorization_scenarios() == SCENARIOS


@pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")
def test_the_official_suite_passes(product, person, tmp_path):
    port = free_port()
    metadata = {
        "client_name": "Conformance suite",
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
        "token_endpoint_auth_method": "none",
    }
    request = Request(  # noqa: S310
        f"{person.origin}/register",
        json.dumps(metadata).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request) as registered:  # noqa: S310
        client_id = json.load(registered)["client_id"]

    command = authorization_command(person.origin, client_id, product.url, port)
    with talking(command, tmp_path) as suite:
        address = suite.find(r"http://\S+/authorize\?\S+(?=\n)")
        suite.find("Callback server started")
        person.authorize(address)
        assert suite.end() == 0, suite.log

    results = authorization_results(tmp_path)
    assert set(results) == SCENARIOS
    for checks in results.values():
        found = verdict(checks)
        assert found.problems == []
        assert found.skipped == []
        assert found.is_pass
