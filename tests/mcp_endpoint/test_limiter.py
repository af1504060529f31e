"""How many calls one token may make."""

import json

from connected_apps.services import create_token

PING = json.dumps({"jsonrpc": "2.0", "id": 7, "method": "ping"})


def test_calls_over_the_burst_are_429_with_the_seconds_to_wait(
    client, account, user, actor, token, settings
):
    settings.MCP_RATE_LIMIT, settings.MCP_RATE_BURST = 60, 2
    other = create_token(account=account, user=user, name="Other", actor=actor)[1]

    def status(bearer):
        return client.post(
            "/acme/api/mcp",
            data=PING,
            content_type="application/json",
            headers={"Authorization": f"Bearer {bearer}"},
        )

    answers = [status(token) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"error": "Too Many Requests"}
    assert answers[2].headers["Retry-After"] == "1"
    assert status(other).status_code == 200
