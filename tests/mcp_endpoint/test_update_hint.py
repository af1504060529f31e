"""The server asks people with an old extension to update it."""

import json

import pytest

from connected_apps.extension import VERSION
from mcp_endpoint.protocol import INSTRUCTIONS
from tests.mcp_endpoint.modern import ModernClient

pytestmark = pytest.mark.django_db

OLD, CURRENT = "integrate-io-mcp/0.1.0", f"integrate-io-mcp/{VERSION}"


@pytest.fixture(params=["legacy", "modern"])
def instructions(request, client, account, token):
    """The instructions that a caller of this User-Agent reads first."""

    def legacy(user_agent):
        response = client.post(
            "/acme/api/mcp",
            data=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "User-Agent": user_agent},
        )
        return response.json()["result"]["instructions"]

    def modern(user_agent):
        sender = ModernClient(client, token)
        headers = {"User-Agent": user_agent}
        return sender.result("server/discover", headers=headers)["instructions"]

    return {"legacy": legacy, "modern": modern}[request.param]


def test_an_old_extension_is_told_to_update(instructions):
    told = instructions(OLD)

    assert told.startswith(INSTRUCTIONS)
    assert "please update the extension" in told


@pytest.mark.parametrize("user_agent", [CURRENT, "claude-code/0.1.0", ""])
def test_nobody_else_is(instructions, user_agent):
    assert instructions(user_agent) == INSTRUCTIONS
