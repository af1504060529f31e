"""Programs that people install, and that sign in by themselves: mcp-remote, Codex, Claude Code.

Each is started without a token in an empty home folder, where it keeps its own.
"""

import json
import os
import pty
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from tests.foreign.programs import native_program, node_command, package_file
from tests.foreign.scripted_model import scripted_model
from tests.foreign.signing_in import ANSWER_SECONDS, Person, Talk

NAME = "integrateio"
LONG_AGO = 1_000_000_000_000


class Refused(Exception):
    """The program may no longer call; the text is what it says."""


class Assistant(Protocol):
    connection: str
    """What the Connected Applications page calls it when it has registered itself."""

    refusal: str
    """What it says when it may no longer call, as a pattern."""

    def sign_in(self, person: Person) -> None: ...

    def tools(self) -> set[str]: ...

    def call(self) -> Any:
        """What list_workspaces answers. Raises Refused."""

    def tokens(self) -> set[str]:
        """The access and the refresh token that it keeps."""

    def expire(self) -> None:
        """Two hours pass on its own clock, where it has one."""

    def close(self) -> None: ...


class McpRemote:
    """A bridge for hosts that speak only stdio; it takes no notice of its own clock."""

    connection = "MCP CLI Proxy"
    refusal = "/authorize"

    def __init__(self, url: str, home: Path) -> None:
        self.home = home
        command = [*node_command(), str(package_file("mcp-remote", "dist/proxy.js")), url]
        command += ["--transport", "http-only"]
        self.talk = Talk(command, home, {"PATH": str(Path(command[0]).parent)})

    def sign_in(self, person: Person) -> None:
        opening = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "tests", "version": "1"},
        }
        self.talk.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": opening})
        person.authorize(self.talk.find(r"http\S+/authorize\?\S+(?=\n)"))
        assert self.talk.read()["id"] == 0
        self.talk.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def tools(self) -> set[str]:
        return {tool["name"] for tool in self._ask("tools/list", {})["tools"]}

    def call(self) -> Any:
        result = self._ask("tools/call", {"name": "list_workspaces", "arguments": {}})
        return result["structuredContent"]

    def tokens(self) -> set[str]:
        [kept] = self.home.glob(".mcp-auth/**/*_tokens.json")
        return _tokens_in(json.loads(kept.read_text()))

    def expire(self) -> None:
        """It learns of it from the server."""

    def close(self) -> None:
        self.talk.stop()

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self.talk.forget()
        self.talk.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        said = self.talk.find(r'"id":1\b|http\S+/authorize\?\S+(?=\n)')
        if said.startswith("http"):
            raise Refused(said)
        return self.talk.read()["result"]


class Codex:
    """Its app server lists and calls tools without a model."""

    connection = "Codex"
    refusal = "^Authentication required$"
    document = "https://chatgpt.com/oauth/codex/client.json"
    active_after_sign_out = 1
    """Its connections then: it forgets its tokens and does not give them back."""

    def __init__(self, url: str, home: Path) -> None:
        self.home, self.environment = home, _with_opener(home)
        self.program = str(native_program("@openai/codex-*/vendor/*/bin/codex"))
        self.kept = home / ".codex" / ".credentials.json"
        self.kept.parent.mkdir()
        (home / ".codex" / "config.toml").write_text(
            f'mcp_oauth_credentials_store = "file"\n[mcp_servers.{NAME}]\nurl = "{url}"\n'
        )
        self.talk: Talk | None = None

    def sign_in(self, person: Person) -> None:
        login = Talk([self.program, "mcp", "login", NAME], self.home, self.environment)
        try:
            person.authorize(_opened(self.home))
            assert login.end() == 0, login.log
        finally:
            login.stop()

    def tools(self) -> set[str]:
        self._start()
        [server] = self._ask("mcpServerStatus/list", {"serverName": NAME})["result"]["data"]
        return {tool["name"] for tool in server["tools"].values()}

    def call(self) -> Any:
        if self.talk is None:
            self._start()
        asked = {"server": NAME, "threadId": self.thread, "tool": "list_workspaces"}
        answer = self._ask("mcpServer/tool/call", {**asked, "arguments": {}})
        if "error" in answer:
            raise Refused(answer["error"]["message"])
        result = answer["result"]
        if result.get("isError"):
            raise Refused(result["content"][0]["text"])
        return result["structuredContent"]

    def tokens(self) -> set[str]:
        [kept] = json.loads(self.kept.read_text()).values()
        return _tokens_in(kept)

    def expire(self) -> None:
        _change(self.kept, expires_at=LONG_AGO)
        self.close()

    def sign_out(self) -> None:
        done = Talk([self.program, "mcp", "logout", NAME], self.home, self.environment)
        assert done.end() == 0, done.log

    def close(self) -> None:
        if self.talk is not None:
            self.talk.stop()
        self.talk = None

    def _start(self) -> None:
        self.talk = Talk([self.program, "app-server"], self.home, self.environment)
        self._ask("initialize", {"clientInfo": {"name": "tests", "version": "1"}})
        self.talk.send({"method": "initialized"})
        self.thread = self._ask("thread/start", {})["result"]["thread"]["id"]

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        """Its answer, between which and the question come notifications."""
        assert self.talk is not None
        self.talk.send({"id": method, "method": method, "params": params})
        while (answer := self.talk.read()).get("id") != method:
            pass
        return answer


class ClaudeCode:
    """It calls tools only for a model: ours, which calls one."""

    connection = f"Claude Code ({NAME})"
    refusal = "^needs-auth$"
    document = "https://claude.ai/oauth/claude-code-client-metadata"
    active_after_sign_out = 0

    def __init__(self, url: str, home: Path) -> None:
        self.home, self.environment = home, _with_opener(home)
        self.program = str(native_program("@anthropic-ai/claude-code-*/claude"))
        self.kept = home / ".claude" / ".credentials.json"
        self.environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1"
        self._run("mcp", "add", "--transport", "http", NAME, url)

    def sign_in(self, person: Person) -> None:
        """It wants a terminal, though only to let the person paste an address."""
        ours, its = pty.openpty()
        login = subprocess.Popen(
            [self.program, "mcp", "login", NAME],
            cwd=self.home,
            env={**self.environment, "TERM": "xterm"},
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        screen: list[bytes] = []
        threading.Thread(target=_drain, args=(ours, screen), daemon=True).start()
        try:
            person.authorize(_opened(self.home))
            assert login.wait(timeout=ANSWER_SECONDS) == 0, screen
        finally:
            login.kill()
            login.wait()

    def tools(self) -> set[str]:
        begun, *_ = self._events()
        prefix = f"mcp__{NAME}__"
        return {tool.removeprefix(prefix) for tool in begun["tools"] if tool.startswith(prefix)}

    def call(self) -> Any:
        begun, *events = self._events()
        [server] = begun["mcp_servers"]
        if server["status"] != "connected":
            raise Refused(server["status"])
        [result] = [
            block
            for event in events
            if event["type"] == "user"
            for block in event["message"]["content"]
            if block["type"] == "tool_result"
        ]
        return json.loads(result["content"])

    def tokens(self) -> set[str]:
        [kept] = json.loads(self.kept.read_text())["mcpOAuth"].values()
        return _tokens_in(kept)

    def expire(self) -> None:
        _change(self.kept, "mcpOAuth", expiresAt=LONG_AGO)

    def sign_out(self) -> None:
        self._run("mcp", "logout", NAME)

    def close(self) -> None:
        """It does not stay."""

    def _events(self) -> list[Any]:
        """What it tells of a conversation in which the model calls list_workspaces."""
        tool = f"mcp__{NAME}__list_workspaces"
        with scripted_model(tool) as address:
            model = {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": "none"}
            options = ["--output-format", "stream-json", "--verbose", "--tools", ""]
            said = self._run("-p", "Go", *options, "--allowedTools", tool, **model)
        events = [json.loads(line) for line in said.splitlines()]
        return [event for event in events if event.get("subtype") in (None, "init")]

    def _run(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.home,
            env={**self.environment, "ENABLE_TOOL_SEARCH": "false", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _with_opener(home: Path) -> dict[str, str]:
    """An environment in which what opens a browser writes the address to a file instead."""
    opener = home / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text('#!/bin/sh\necho "$1" >> "$HOME/opened"\n')
    opener.chmod(0o700)
    return {
        "PATH": f"{opener.parent}:/usr/bin:/bin",
        "HOME": str(home),
        "BROWSER": str(opener),
    }


def _opened(home: Path) -> str:
    """The address that a program opened; it is not opened again."""
    file, deadline = home / "opened", time.monotonic() + ANSWER_SECONDS
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline, "no address was opened"
        time.sleep(0.05)
    [address] = file.read_text().split()
    file.unlink()
    return address


def _drain(terminal: int, screen: list[bytes]) -> None:
    try:
        while piece := os.read(terminal, 4096):
            screen.append(piece)
    except OSError:  # its other side is closed
        os.close(terminal)


def _tokens_in(kept: dict[str, Any]) -> set[str]:
    return {value for value in kept.values() if str(value).startswith(("ioa_", "ior_"))}


def _change(file: Path, *path: str, **values: Any) -> None:
    """Other values in the one entry below `path` of a file of JSON."""
    content = json.loads(file.read_text())
    entries = content
    for name in path:
        entries = entries[name]
    [entry] = entries.values()
    entry.update(values)
    file.write_text(json.dumps(content))
