"""A token ends in the midst of work: four web servers, fifty calls at once."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.main_job.installation import PROJECT, free_port
from tests.main_job.many_processes import ManyProcesses

WEB_SERVERS = 4
CALLERS = 50
REVOKE = """
from audit.actor import command_actor
from connected_apps.models import ConnectedApplication
from connected_apps.services import revoke
for application in ConnectedApplication.objects.all():
    revoke(application=application, actor=command_actor("test"))
"""
COMPARE = """
from packages_app.models import Package
package = Package.objects.get(name="Carrier delays by day")
newest = package.history.latest()
both = [package.variables.get(name) for name in ("left_half", "right_half")]
print("RESULT", both[0] == both[1], package.version == package.history.count() == newest.version)
"""


@dataclass
class WebServers(ManyProcesses):
    """The web servers alone, on this project's own files."""

    def start(self, *, within_seconds: float) -> float:
        began = time.monotonic()
        self.output[:] = self.manage("prepare").splitlines(keepends=True)
        for port in self.ports:
            self._launch("web", "--port", str(port))
        for port in self.ports:
            self._wait_for(port, began + within_seconds)
        return time.monotonic() - began


@pytest.fixture
def servers(tmp_path, postgres, own_redis) -> Iterator[WebServers]:
    ports = tuple(free_port() for _ in range(WEB_SERVERS))
    found = WebServers(
        PROJECT,
        database_url=postgres.url(postgres.new_database()),
        redis_url=own_redis().url,
        ports=ports,
        settings={
            "DATA_DIR": str(tmp_path / "var"),
            "MCP_RATE_LIMIT": "1000000",
            "MCP_RATE_BURST": "1000000",
        },
    )
    found.start(within_seconds=120)
    try:
        found.remember_token()
        yield found
    finally:
        found.stop()


def call(port: int, token: str, name: str, arguments: dict[str, object]) -> tuple[int, bytes]:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    message |= {"params": {"name": name, "arguments": arguments}}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        line.request("POST", "/acme/api/mcp", json.dumps(message), headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_revoked_token_is_refused_within_a_second_and_no_call_is_half_done(servers):
    found = json.loads(call(servers.ports[0], servers.token, "list_packages", {})[1])
    listed = found["result"]["structuredContent"]["packages"]
    [package_id] = [row["id"] for row in listed if row["name"] == "Carrier delays by day"]
    ended = threading.Event()
    answers: list[tuple[float, int]] = []

    def work(number: int) -> None:
        port = servers.ports[number % WEB_SERVERS]
        for turn in range(10_000):
            if ended.is_set():
                return
            value = str(number * 10_000 + turn)
            began = time.monotonic()
            halves = {"left_half": value, "right_half": value}
            arguments = {"package_id": package_id, "set": halves}
            status, _ = call(port, servers.token, "manage_package_variables", arguments)
            answers.append((began, status))

    callers = [threading.Thread(target=work, args=(number,)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    time.sleep(3)
    servers.manage("shell", "-c", REVOKE)
    revoked_at = time.monotonic()
    time.sleep(3)
    ended.set()
    for caller in callers:
        caller.join(60)

    late = Counter(status for began, status in answers if began > revoked_at + 1)
    assert set(late) == {401}
    assert {status for _, status in answers} == {200, 401}
    assert "RESULT True True" in servers.manage("shell", "-c", COMPARE)
