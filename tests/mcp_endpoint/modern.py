"""Requests of the stateless era: they describe themselves in headers and body alike."""

import json
from typing import Any

VERSION = "2026-07-28"
META_VERSION = "io.modelcontextprotocol/protocolVersion"
META_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
META_CLIENT = "io.modelcontextprotocol/clientInfo"
TASKS: dict[str, Any] = {"extensions": {"io.modelcontextprotocol/tasks": {}}}


def envelope(version: str = VERSION, capabilities: Any = None, **more: Any) -> dict[str, Any]:
    return {
        META_VERSION: version,
        META_CAPABILITIES: capabilities or {},
        META_CLIENT: {"name": "tests", "version": "1"},
        **more,
    }


class ModernClient:
    """Sends one request; `headers` set to None are left out."""

    def __init__(self, client: Any, token: str) -> None:
        self._client = client
        self._token = token

    def send(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        capabilities: Any = None,
        headers: dict[str, str | None] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Any:
        described = envelope(capabilities=capabilities, **(meta or {}))
        params = {"_meta": described, **(params or {})}
        named = params.get("name") or params.get("uri") or params.get("taskId")
        sent: dict[str, str | None] = {
            "Authorization": f"Bearer {self._token}",
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": method,
            "Mcp-Name": named if isinstance(named, str) else None,
            **(headers or {}),
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self._client.post(
            "/acme/api/mcp",
            data=json.dumps(body),
            content_type="application/json",
            headers={name: text for name, text in sent.items() if text is not None},
        )

    def result(self, method: str, params: dict[str, Any] | None = None, **options: Any) -> Any:
        response = self.send(method, params, **options)
        assert response.status_code == 200, response.content
        return response.json()["result"]
