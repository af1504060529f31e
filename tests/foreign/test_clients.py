"""Other people's clients connect, list the tools, call them, and get errors that help."""

import json
import re

import pytest

import mcp_endpoint.tools  # noqa: F401  fills the registry
from mcp_endpoint.protocol import LEGACY_VERSIONS, MODERN_VERSIONS
from mcp_endpoint.registry import TOOLS
from tests.foreign.visits import (
    BAD_ARGUMENTS,
    CALLS,
    CLIENTS,
    LISTING,
    PACKAGES,
    UNKNOWN,
    WRONG_TOKEN,
)

INVALID_PARAMS = -32602
SHOWS_NO_VERSION = {"Inspector-legacy", "Inspector-auto", "mcp-remote-legacy"}
# A bridge goes on to sign in; where that cannot be had it says so.
REFUSAL = {"mcp-remote": "RegistrationRejectedError|Please authorize this client by visiting"}


@pytest.fixture(scope="session", params=CLIENTS, ids=lambda client: client.label)
def client(request):
    return request.param


@pytest.fixture(scope="session")
def reports(client, product, once, tmp_path_factory):
    """What the client reports with the right, with a wrong and with no token."""

    def visit():
        tokens = [product.token, WRONG_TOKEN, ""]
        return client.visit(client, product.url, tokens, tmp_path_factory.mktemp("home"))

    return once(f"visit-{client.label}", visit)


@pytest.fixture
def answer(reports):
    def answer(call):
        assert "refused" not in reports[0], reports[0]
        return reports[0]["answers"][CALLS.index(call)]

    return answer


def test_a_client_connects_in_the_newest_revision_that_it_may_speak(client, reports):
    assert "refused" not in reports[0], reports[0]

    versions = {"legacy": LEGACY_VERSIONS, "auto": MODERN_VERSIONS}[client.mode]
    shown = None if client.label in SHOWS_NO_VERSION else versions[0]
    assert reports[0]["version"] == shown


def test_a_client_lists_every_tool_in_the_order_of_the_catalogue(reports):
    assert reports[0]["tools"] == list(TOOLS)


def test_a_client_calls_the_tool_to_start_with(answer):
    result = answer(LISTING)

    assert not result["is_error"]
    assert json.loads(result["text"]) == result["data"]
    assert {each["name"] for each in result["data"]["workspaces"]} == {"Nightly", "Exploration"}


def test_a_client_passes_arguments_and_gets_a_page(answer):
    result = answer(PACKAGES)

    assert not result["is_error"]
    assert json.loads(result["text"]) == result["data"]
    assert len(result["data"]["packages"]) == 2
    assert result["data"]["next_cursor"]


def test_an_unknown_tool_is_named_in_the_error(client, answer):
    error = answer(UNKNOWN)

    assert "no_such_tool" in error["message"]
    # The Inspector looks the name up in the list and never calls.
    assert error["code"] == ("tool_not_found" if client.name == "Inspector" else INVALID_PARAMS)


def test_bad_arguments_are_an_answer_that_says_what_to_mend(answer):
    result = answer(BAD_ARGUMENTS)

    assert result["is_error"]
    assert json.loads(result["text"]) == {"error": "package_id: must be an integer"}


@pytest.mark.parametrize("number", [1, 2], ids=["wrong token", "missing token"])
def test_a_refused_token_ends_the_connection_in_a_sentence(client, reports, number):
    refused = reports[number]["refused"]

    assert re.search(REFUSAL.get(client.name, "Unauthorized|HTTP 401"), refused)
