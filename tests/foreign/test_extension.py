"""The extension in other people's hands: their tool checks it, their clients start it."""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

import mcp_endpoint.tools  # noqa: F401  fills the registry
from connected_apps.extension import VERSION, Build, bundle
from mcp_endpoint.protocol import LEGACY_VERSIONS, MODERN_VERSIONS
from mcp_endpoint.registry import TOOLS
from tests.foreign.edge import PassedOn, edge
from tests.foreign.extension import NODE, download, official_tool, started_with
from tests.foreign.programs import node_command, package_file
from tests.foreign.visits import (
    BAD_ARGUMENTS,
    CALLS,
    HERE,
    LISTING,
    UNKNOWN,
    WRONG_TOKEN,
    run_alone,
)
from tests.services.daemons import free_port

SLOW_SECONDS = 10.5


@dataclass(frozen=True)
class Host:
    """A client of an official SDK that starts servers over stdio."""

    name: str
    mode: str
    script: str

    @property
    def label(self):
        return f"{self.name}-{self.mode}"

    def visit(self, config, home, *, tokens, calls):
        if self.script.endswith(".mjs"):
            package_file("@modelcontextprotocol/sdk", "package.json")
            command = [*node_command(), str(NODE / self.script)]
        else:
            command = [sys.executable, str(HERE / "clients" / self.script)]
        request = {"config": config, "mode": self.mode, "tokens": tokens, "calls": calls}
        done = run_alone(command, home, given=json.dumps(request))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


HOSTS = [
    Host("TypeScript SDK 1", "legacy", "stdio_1.mjs"),
    Host("TypeScript SDK 2", "auto", "stdio_2.mjs"),
    Host("Python SDK 2", "legacy", "stdio_2.py"),
    Host("Python SDK 2", "auto", "stdio_2.py"),
]


@pytest.fixture(scope="session", params=HOSTS, ids=lambda host: host.label)
def host(request):
    return request.param


@pytest.fixture(scope="session")
def report(host, config, once, tmp_path_factory):
    """What the host reports when all is well."""

    def visit():
        home = tmp_path_factory.mktemp("home")
        tokens = [config["env"]["MCP_TOKEN"]]
        return host.visit(config, home, tokens=tokens, calls=CALLS)[0]

    return once(f"extension-{host.label}", visit)


def shown(host, config, origin, token, home):
    """All that the host shows of one visit to this server."""
    there = {**config, "env": {**config["env"], "MCP_HOST": origin}}
    [report] = host.visit(there, home, tokens=[token], calls=[LISTING])
    assert token not in json.dumps(report)
    return report.get("refused") or json.dumps(report["answers"], ensure_ascii=False)


@pytest.fixture
def words(host, config, tmp_path):
    def words(origin, token=config["env"]["MCP_TOKEN"]):
        return shown(host, config, origin, token, tmp_path)

    return words


def origin_of(url):
    return url.removesuffix("/acme/api/mcp")


@pytest.mark.promise("extension.file_name")
def test_the_product_gives_the_bundle_under_its_name(product):
    name, content = download(product)

    assert name == "integrate-io-mcp.mcpb"
    assert content[:2] == b"PK"


@pytest.mark.promise("extension.download")
def test_the_official_tool_finds_the_bundle_valid(unpacked, tmp_path):
    done = official_tool("validate", str(unpacked / "manifest.json"), home=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Manifest schema validation passes!" in done.stdout
    assert "Icon validation passed" in done.stdout


def test_the_official_tool_finds_a_staging_bundle_valid(tmp_path):
    build = Build(
        base_name="integrate-io-mcp",
        product="Integrate.io",
        api_url="https://api-staging.example",
        dashboard_url="https://staging.example",
        is_staging=True,
    )
    file = tmp_path / build.file_name
    file.write_bytes(bundle(build))

    unpacked = official_tool("unpack", str(file), str(tmp_path / "out"), home=tmp_path)
    done = official_tool("validate", str(tmp_path / "out" / "manifest.json"), home=tmp_path)

    assert unpacked.returncode == done.returncode == 0, done.stdout + done.stderr
    assert "Manifest schema validation passes!" in done.stdout


def test_the_official_tool_refuses_a_manifest_with_an_unknown_key(unpacked, tmp_path):
    manifest = json.loads((unpacked / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "invented": True}))

    done = official_tool("validate", str(tmp_path / "manifest.json"), home=tmp_path)

    assert done.returncode != 0


@pytest.mark.promise("extension.asks_account_and_token")
@pytest.mark.parametrize("missing", ["account", "api_token"])
def test_a_host_does_not_start_it_before_both_values_are_there(unpacked, tmp_path, missing):
    values = {"account": "acme", "api_token": WRONG_TOKEN}
    del values[missing]

    assert started_with(unpacked, values, tmp_path) is None


def test_the_token_is_in_the_environment_and_not_in_the_list_of_processes(config, product):
    assert config["env"]["MCP_TOKEN"] == product.token
    assert config["env"]["MCP_HOST"] == origin_of(product.url)
    assert config["env"]["MCP_EXTENSION"] == f"integrate-io-mcp/{VERSION}"
    assert product.token not in " ".join(config["args"])


def test_a_host_connects_in_the_newest_revision_that_it_may_speak(host, report):
    assert "refused" not in report, report

    assert report["version"] == {"legacy": LEGACY_VERSIONS, "auto": MODERN_VERSIONS}[host.mode][0]


@pytest.mark.promise("extension.full_tool_list")
def test_a_host_lists_and_calls_the_tools(report):
    answers = report["answers"]

    assert report["tools"] == list(TOOLS)
    workspaces = answers[CALLS.index(LISTING)]["data"]["workspaces"]
    assert {each["name"] for each in workspaces} == {"Nightly", "Exploration"}
    assert "no_such_tool" in answers[CALLS.index(UNKNOWN)]["message"]
    bad = answers[CALLS.index(BAD_ARGUMENTS)]
    assert json.loads(bad["text"]) == {"error": "package_id: must be an integer"}


def test_a_wrong_token_is_told_with_the_way_out(words, product):
    told = words(origin_of(product.url), WRONG_TOKEN)

    assert "Token was refused" in told
    assert "Open Settings → Extensions → Integrate.io and re-enter the token" in told


def test_without_a_network_the_person_is_told_to_look_there(words):
    told = words(f"http://127.0.0.1:{free_port()}")

    assert re.search(r"Could not reach http://127\.0\.0\.1:\d+ \(ECONNREFUSED\)", told)
    assert "Check that this computer is online" in told


def test_too_many_calls_are_told_with_when_to_try_again(words, limited_server):
    told = words(origin_of(limited_server.url))

    assert "Too many calls in a short time (HTTP 429). Try again in" in told
    assert 0 < int(re.search(r"Try again in (\d+) s", told)[1]) <= 60


def test_an_answer_may_take_ten_seconds(config, product, tmp_path):
    def reply(message):
        return PassedOn(SLOW_SECONDS if message["method"] == "tools/call" else 0)

    with edge(product.url) as place, ThreadPoolExecutor(len(HOSTS)) as pool:
        place.reply = reply
        visits = [
            pool.submit(shown, host, config, place.origin, product.token, tmp_path)
            for host in HOSTS
        ]
        reports = [json.loads(visit.result()) for visit in visits]

    for [answer] in reports:
        assert not answer["is_error"]
        names = {each["name"] for each in answer["data"]["workspaces"]}
        assert names == {"Nightly", "Exploration"}
