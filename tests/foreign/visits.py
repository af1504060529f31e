"""Foreign clients on a visit: each connects with a good, a wrong and no token, and calls tools.

The scripts in clients/ and node/ drive libraries; a program with a command line is called here.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.launch.layout import ROOT
from tests.foreign.programs import node_command, package_file, python_command

HERE = ROOT / "tests" / "foreign"
VISIT_SECONDS = 120
INSPECTOR = ("@modelcontextprotocol/inspector", "clients/launcher/build/index.js")

WRONG_TOKEN = "iop_" + "0" * 49

Call = tuple[str, dict[str, Any]]

LISTING: Call = ("list_workspaces", {})
PACKAGES: Call = ("list_packages", {"limit": 2})
UNKNOWN: Call = ("no_such_tool", {})
BAD_ARGUMENTS: Call = ("get_package", {"package_id": "seven"})
CALLS = [LISTING, PACKAGES, UNKNOWN, BAD_ARGUMENTS]

Report = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """`mode` is the era that it is told to speak; `auto` finds the newest that both know.

    `visit` gets the mode, the endpoint, the tokens and an empty home folder.
    """

    name: str
    mode: str
    visit: Callable[["Client", str, list[str], Path], list[Report]]

    @property
    def label(self) -> str:
        return f"{self.name}-{self.mode}"


def python_script(script: str, environment: str | None = None) -> Any:
    """A script for one of the foreign environments, or for that of the tests."""

    def visit(client: Client, url: str, tokens: list[str], home: Path) -> list[Report]:
        python = python_command(environment) if environment else [sys.executable]
        return _converse([*python, str(HERE / "clients" / script)], client, url, tokens, home)

    return visit


def node_script(script: str) -> Any:
    def visit(client: Client, url: str, tokens: list[str], home: Path) -> list[Report]:
        package_file("@modelcontextprotocol/sdk", "package.json")
        command = [*node_command(), str(HERE / "node" / script)]
        return _converse(command, client, url, tokens, home)

    return visit


def inspector(client: Client, url: str, tokens: list[str], home: Path) -> list[Report]:
    """Its command line connects anew for every request."""
    command = [*node_command(), str(package_file(*INSPECTOR)), "--cli", "--format", "json"]
    command += ["--server-url", url, "--transport", "http", "--stored-auth-only"]
    command += ["--protocol-era", client.mode]

    def ask(token: str, *options: str) -> Any:
        header = ["--header", f"Authorization: Bearer {token}"] if token else []
        return run_alone([*command, *header, *options], home, given="")

    def report(token: str) -> Report:
        listed = ask(token, "--method", "tools/list", "--strict")
        if listed.returncode:
            return {"refused": listed.stderr}
        tools = [tool["name"] for tool in json.loads(listed.stdout)["result"]["tools"]]
        return {"version": None, "tools": tools, "answers": [answer(token, *c) for c in CALLS]}

    def answer(token: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        named = ["--tool-name", tool, "--tool-args-json", json.dumps(arguments)]
        done = ask(token, "--method", "tools/call", *named)
        if not done.stdout:
            return dict(json.loads(done.stderr)["error"])
        result = json.loads(done.stdout)["result"]
        return {
            "is_error": result.get("isError", False),
            "text": "".join(block["text"] for block in result["content"]),
            "data": result.get("structuredContent"),
        }

    return [report(token) for token in tokens]


def _converse(
    command: list[str], client: Client, url: str, tokens: list[str], home: Path
) -> list[Report]:
    request = {"url": url, "mode": client.mode, "tokens": tokens, "calls": CALLS}
    done = run_alone(command, home, given=json.dumps(request))
    assert done.returncode == 0, done.stderr
    reports: list[Report] = json.loads(done.stdout)
    return reports


def run_alone(command: list[str], home: Path, *, given: str) -> "subprocess.CompletedProcess[str]":
    """With an empty home, for programs that keep tokens there, and no browser within reach."""
    return subprocess.run(
        command,
        input=given,
        env={"PATH": str(Path(command[0]).parent), "HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=VISIT_SECONDS,
        check=False,
    )


CLIENTS = [
    Client("Python SDK 1", "legacy", python_script("python_sdk_1.py", "mcp-1")),
    Client("Python SDK 2", "legacy", python_script("python_sdk_2.py")),
    Client("Python SDK 2", "auto", python_script("python_sdk_2.py")),
    Client("FastMCP 4", "legacy", python_script("fastmcp_4.py", "fastmcp-4")),
    Client("FastMCP 4", "auto", python_script("fastmcp_4.py", "fastmcp-4")),
    Client("TypeScript SDK 1", "legacy", node_script("sdk_1.mjs")),
    Client("TypeScript SDK 2", "legacy", node_script("client_2.mjs")),
    Client("TypeScript SDK 2", "auto", node_script("client_2.mjs")),
    Client("Inspector", "legacy", inspector),
    Client("Inspector", "auto", inspector),
    Client("mcp-remote", "legacy", node_script("mcp_remote.mjs")),
    Client("mcp-remote", "auto", node_script("mcp_remote.mjs")),
]
