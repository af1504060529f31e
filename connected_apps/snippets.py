"""Ready-to-paste configuration of clients, as data.

Forms: "Step 2: Configure your MCP client" in the product documentation; clients that it does not
spell out by their own documentation.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where clients connect, under which name, and with which token."""

    url: str
    token: str
    server_name: str
    product: str

    @property
    def header(self) -> str:
        return f"Authorization: Bearer {self.token}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def variable(self) -> str:
        """The shell variable for clients that read the token from the environment."""
        words = "".join(letter if letter.isalnum() else "_" for letter in self.server_name)
        return f"{words.upper()}_TOKEN"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece to copy; `title` says where it goes, `hint` what to do, with code in backticks."""

    hint: str
    title: str
    text: str
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """One tab of the reveal."""

    key: str
    client: str
    blocks: tuple[Block, ...]


def snippets_for(endpoint: Endpoint) -> list[Snippet]:
    """One for each client, in the order of the tabs."""
    return [Snippet(key, client, write(endpoint)) for key, client, write in _CLIENTS]


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def bridge_config(endpoint: Endpoint) -> str:
    """For clients that speak stdio only: mcp-remote in between."""
    args = ["-y", "mcp-remote", endpoint.url, "--header", endpoint.header]
    return _json({"mcpServers": {endpoint.server_name: {"command": "npx", "args": args}}})


def _claude_desktop(endpoint: Endpoint) -> tuple[Block, ...]:
    hint = "Add to `claude_desktop_config.json`, then quit and reopen Claude Desktop."
    return (Block(hint, "claude_desktop_config.json", bridge_config(endpoint), is_json=True),)


def _claude_code(endpoint: Endpoint) -> tuple[Block, ...]:
    add = f"claude mcp add --transport http {endpoint.server_name} \\\n  {endpoint.url}"
    return (
        Block("With this token:", "Terminal", f'{add} \\\n  --header "{endpoint.header}"'),
        Block(
            "Without a token: then run `/mcp`, choose Authenticate, and sign in through the "
            "browser.",
            "Terminal, browser sign-in",
            add,
        ),
    )


def _cursor(endpoint: Endpoint) -> tuple[Block, ...]:
    hint = "Add to `~/.cursor/mcp.json`, or to `.cursor/mcp.json` in one project."
    return (Block(hint, "mcp.json", bridge_config(endpoint), is_json=True),)


def _vs_code(endpoint: Endpoint) -> tuple[Block, ...]:
    server = {"type": "http", "url": endpoint.url, "headers": endpoint.headers}
    return (
        Block(
            "Add to your user's `mcp.json` (command “MCP: Open User Configuration”). "
            "`.vscode/mcp.json` of a project is often shared: keep the token out of it.",
            "mcp.json",
            _json({"servers": {endpoint.server_name: server}}),
            is_json=True,
        ),
    )


def _windsurf_cline_continue(endpoint: Endpoint) -> tuple[Block, ...]:
    name = endpoint.server_name
    windsurf = {"serverUrl": endpoint.url, "headers": endpoint.headers}
    cline = {"type": "streamableHttp", "url": endpoint.url, "headers": endpoint.headers}
    yaml = (
        f"name: {json.dumps(endpoint.product)}\n"
        "version: 1.0.0\n"
        "schema: v1\n"
        "mcpServers:\n"
        f"  - name: {json.dumps(name)}\n"
        "    type: streamable-http\n"
        f"    url: {json.dumps(endpoint.url)}\n"
        "    requestOptions:\n"
        "      headers:\n"
        f'        Authorization: "Bearer {endpoint.token}"'
    )
    return (
        Block(
            "Windsurf: add to `~/.codeium/windsurf/mcp_config.json`.",
            "mcp_config.json",
            _json({"mcpServers": {name: windsurf}}),
            is_json=True,
        ),
        Block(
            "Cline: MCP Servers → Configure opens this file.",
            "cline_mcp_settings.json",
            _json({"mcpServers": {name: cline}}),
            is_json=True,
        ),
        Block(
            f"Continue: save as `~/.continue/mcpServers/{name}.yaml`.",
            f"{name}.yaml",
            yaml,
        ),
    )


def _inspector(endpoint: Endpoint) -> tuple[Block, ...]:
    fields = f"Transport: Streamable HTTP\nURL: {endpoint.url}\nHeaders: {endpoint.header}"
    return (
        Block("Start the Inspector:", "Terminal", "npx @modelcontextprotocol/inspector"),
        Block("Then enter in its page:", "Fields", fields),
    )


def _chatgpt(endpoint: Endpoint) -> tuple[Block, ...]:
    return (
        Block(
            "ChatGPT sends no header of its own, so a token is of no use there. Settings → "
            "Connectors → Create, enter this address and choose OAuth; then sign in here and press "
            "Authorize.",
            "Connector address",
            endpoint.url,
        ),
    )


def _gemini_cli(endpoint: Endpoint) -> tuple[Block, ...]:
    text = (
        f"gemini mcp add --transport http {endpoint.server_name} \\\n"
        f'  {endpoint.url} \\\n  --header "{endpoint.header}"'
    )
    return (Block("Run in a terminal.", "Terminal", text),)


def _codex(endpoint: Endpoint) -> tuple[Block, ...]:
    config = (
        f"[mcp_servers.{endpoint.server_name}]\n"
        f"url = {json.dumps(endpoint.url)}\n"
        f"bearer_token_env_var = {json.dumps(endpoint.variable)}"
    )
    return (
        Block("Add to `~/.codex/config.toml`:", "config.toml", config),
        Block(
            "And set the variable in your shell:",
            "Terminal",
            f'export {endpoint.variable}="{endpoint.token}"',
        ),
    )


def _curl(endpoint: Endpoint) -> tuple[Block, ...]:
    call = {"name": "list_packages", "arguments": {"status": "active", "limit": 10}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    body = _json(message).replace("\n", "\n  ")
    text = (
        f"curl -X POST '{endpoint.url}' \\\n"
        f"  -H '{endpoint.header}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )
    return (Block("Lists the active packages.", "Terminal", text),)


_CLIENTS: tuple[tuple[str, str, Callable[[Endpoint], tuple[Block, ...]]], ...] = (
    ("claude-desktop", "Claude Desktop", _claude_desktop),
    ("claude-code", "Claude Code", _claude_code),
    ("cursor", "Cursor", _cursor),
    ("vs-code", "VS Code", _vs_code),
    ("other-editors", "Windsurf, Cline, Continue", _windsurf_cline_continue),
    ("inspector", "MCP Inspector", _inspector),
    ("chatgpt", "ChatGPT", _chatgpt),
    ("gemini-cli", "Gemini CLI", _gemini_cli),
    ("codex", "Codex", _codex),
    ("curl", "curl", _curl),
)
