import json

import pytest

from runs.models import Run


@pytest.mark.promise("endpoint.one_message_per_request", "endpoint.no_batches")
def test_a_body_is_one_message_and_neither_two_nor_a_list(
    client, account, token, make_package, make_run
):
    def post(body):
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/acme/api/mcp", body, content_type="application/json", headers=headers)

    params = {"name": "run_package", "arguments": {"package_id": make_package().pk}}
    call = json.dumps({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": params})

    refused = [
        post(body) for body in (call * 2, f"{call}\n{call}", f"[{call}]", f"[{call},{call}]")
    ]

    assert [response.status_code for response in refused] == [400] * 4
    codes = [response.json()["error"]["code"] for response in refused]
    assert codes == [-32700, -32700, -32600, -32600]
    assert not Run.objects.exists()
    assert post(call).json()["id"] == 5
    assert Run.objects.count() == 1
