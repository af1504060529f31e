"""The official conformance suite passes for both requirement sets.

Source: issue "done when" 1; the suite's own requirements of 2025-11-25 and 2026-07-28.
"""

import pytest

from tests.foreign.conformance import (
    EXCLUDED,
    EXCLUDED_CHECKS,
    MODERN,
    PRODUCT,
    SCENARIOS,
    SUITE_SERVER,
    TASKS,
    listed_scenarios,
    run_suite,
    verdict,
)

CASES = [(revision, name) for revision, names in SCENARIOS.items() for name in sorted(names)]


@pytest.fixture(scope="session")
def checks_of(once, request):
    """The checks of one scenario, run for a revision against a server."""

    def checks_of(server, revision, scenario):
        fixture = {PRODUCT: "product", SUITE_SERVER: "suite_server"}[server]
        url = request.getfixturevalue(fixture).url_with_token
        return once(f"suite-{fixture}-{revision}", lambda: run_suite(url, revision))[scenario]

    return checks_of


@pytest.mark.parametrize("revision", SCENARIOS)
def test_every_scenario_of_a_requirement_set_has_its_place(revision):
    known = {*SCENARIOS[revision], *(TASKS if revision == MODERN else ())}

    assert known == listed_scenarios(revision)


@pytest.mark.parametrize(("revision", "scenario"), CASES)
def test_the_official_suite_passes(checks_of, revision, scenario):
    result = verdict(checks_of(SCENARIOS[revision][scenario], revision, scenario))

    if (revision, scenario) in EXCLUDED:
        assert not result.is_pass, "it passes now: take it off the list of exclusions"
        return
    assert result.problems == []
    assert result.is_pass
    excluded = {check for *of, check in EXCLUDED_CHECKS if of == [revision, scenario]}
    assert set(result.skipped) == excluded


def test_every_exclusion_names_a_scenario():
    assert set(EXCLUDED) <= set(CASES)
    assert {(revision, scenario) for revision, scenario, _ in EXCLUDED_CHECKS} <= set(CASES)


def test_the_product_itself_is_stateless(checks_of):
    """All but the checks that call a tool of the suite's own."""
    result = verdict(checks_of(PRODUCT, MODERN, "server-stateless"))

    assert set(result.failed) == {
        "sep-2575-server-rejects-undeclared-capability",
        "sep-2575-missing-capability-http-400",
        "sep-2575-http-server-no-independent-requests-on-stream",
        "sep-2575-server-no-log-without-loglevel",
    }
    assert len(result.problems) == len(result.failed)
    assert len(result.passed) > 15


@pytest.mark.parametrize("scenario", TASKS)
def test_runs_are_tasks_as_the_suite_wants_them(checks_of, scenario):
    result = verdict(checks_of(SUITE_SERVER, MODERN, scenario))

    assert set(result.failed) == set(TASKS[scenario])
    assert len(result.problems) == len(result.failed)
