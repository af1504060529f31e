"""The extension as people and hosts handle it: downloaded, unpacked, started."""

import json
import queue
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from config.launch.layout import ROOT
from demo.services import EMAIL
from tests.foreign.programs import node_command, package_file
from tests.foreign.served import DEMO_PASSWORD, Served
from tests.foreign.visits import run_alone

DOWNLOAD = "/acme/settings/developer/connected_applications/extension"
ANSWER_SECONDS = 60
NODE = ROOT / "tests" / "foreign" / "node"

Config = dict[str, Any]


def download(product: Served) -> tuple[str, bytes]:
    """Name and content of the file that a person gets from the dashboard."""
    origin = product.url.removesuffix("/acme/api/mcp")
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    browser.open(f"{origin}/sign-in").close()
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    form = {"username": EMAIL, "password": DEMO_PASSWORD, "csrfmiddlewaretoken": token}
    browser.open(f"{origin}/sign-in", urllib.parse.urlencode(form).encode()).close()
    with browser.open(origin + DOWNLOAD) as response:
        return response.headers.get_filename(), response.read()


def official_tool(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """npm's @anthropic-ai/mcpb on the command line."""
    tool = package_file("@anthropic-ai/mcpb", "dist/cli/cli.js")
    return run_alone([*node_command(), str(tool), *arguments], home, given="")


def started_with(folder: Path, values: dict[str, str], home: Path) -> Config | None:
    """Command, arguments and environment that a host makes of the manifest and the values; None
    when it does not start it. The runtime is the host's own."""
    package_file("@anthropic-ai/mcpb", "package.json")
    request = json.dumps({"folder": str(folder), "values": values})
    done = run_alone([*node_command(), str(NODE / "mcp_config.mjs")], home, given=request)
    assert done.returncode == 0, done.stderr
    config: Config | None = json.loads(done.stdout)
    if config is not None:
        assert config["command"] == "node"
        config["command"] = node_command()[0]
    return config


class Bridge:
    """A started extension; one message a line. `log` is what it said about itself."""

    def __init__(self, config: Config) -> None:
        self._process = subprocess.Popen(
            [config["command"], *config["args"]],
            env=config["env"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.log = ""
        self._readers = [
            threading.Thread(target=collect, daemon=True)
            for collect in (self._collect_lines, self._collect_log)
        ]
        for reader in self._readers:
            reader.start()

    def send(self, message: Any) -> None:
        """A message, or the text of a line."""
        line = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def read(self) -> Any:
        """The next message. Raises queue.Empty when none comes."""
        return json.loads(self._lines.get(timeout=ANSWER_SECONDS))

    def unread(self) -> list[Any]:
        """The messages that came and were not read; all of them once it has ended."""
        return [json.loads(self._lines.get()) for _ in range(self._lines.qsize())]

    def ask(self, method: str, params: Any = None, *, request_id: int = 1) -> Any:
        self.send(request(method, params, request_id=request_id))
        answer = self.read()
        assert answer["id"] == request_id
        return answer

    def end(self) -> int:
        """End its input and read all that it still writes; its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        for reader in self._readers:
            reader.join(ANSWER_SECONDS)
        return self._process.wait(timeout=ANSWER_SECONDS)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _collect_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def _collect_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log += line


@contextmanager
def running(config: Config, **environment: str) -> Iterator[Bridge]:
    bridge = Bridge({**config, "env": {**config["env"], **environment}})
    try:
        yield bridge
    finally:
        bridge.stop()


def request(method: str, params: Any = None, *, request_id: Any = 1) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "id": request_id, "method": method}
    return message if params is None else {**message, "params": params}
