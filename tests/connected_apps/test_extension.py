"""The bundle for Claude Desktop: what is in it, what it is called, and when it is a new version."""

import hashlib
import io
import json
import re
import struct
import zipfile

import pytest

from connected_apps.extension import VERSION, Build, bundle, is_outdated, manifest, this_build
from connected_apps.tokens import TokenKind

PRODUCTION = Build(
    base_name="integrate-io-mcp",
    product="Integrate.io",
    api_url="https://api.example",
    dashboard_url="https://dashboard.example",
)
STAGING = Build(
    base_name="integrate-io-mcp",
    product="Integrate.io",
    api_url="https://api-staging.example",
    dashboard_url="https://dashboard-staging.example",
    is_staging=True,
)

RELEASED = {
    "1.0.0": "7fff8e79a4aac45d92bd9000e32638ea92ae3bdeb4b1d7429de2a91b4bb5daeb",
}
"""The digest of the contents of each version. A new content is a new version, and a new line."""


def members(build):
    with zipfile.ZipFile(io.BytesIO(bundle(build))) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


@pytest.mark.promise("extension.version_rises")
def test_the_contents_change_only_together_with_the_version():
    lines = [
        f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in members(PRODUCTION).items()
    ]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()

    assert list(RELEASED)[-1] == VERSION
    assert len(set(RELEASED.values())) == len(RELEASED)
    assert RELEASED[VERSION] == digest, "raise VERSION and add its digest to RELEASED"


@pytest.mark.promise("extension.version_rises")
def test_versions_only_rise():
    numbers = [tuple(map(int, version.split("."))) for version in RELEASED]

    assert numbers == sorted(set(numbers))


def test_the_bundle_holds_the_bridge_and_nothing_else():
    assert list(members(PRODUCTION)) == [
        "manifest.json",
        "README.md",
        "icon.png",
        "server/index.js",
    ]


def test_the_bridge_loads_nothing():
    bridge = members(PRODUCTION)["server/index.js"].decode()

    assert "require(" not in bridge
    assert "import " not in bridge
    assert "import(" not in bridge


def test_the_icon_has_the_size_that_hosts_advise():
    icon = members(PRODUCTION)["icon.png"]

    assert struct.unpack(">II", icon[16:24]) == (512, 512)
    assert len(icon) < 50_000


def test_equal_contents_make_equal_bytes():
    assert bundle(PRODUCTION) == bundle(PRODUCTION)
    with zipfile.ZipFile(io.BytesIO(bundle(PRODUCTION))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.promise("extension.asks_account_and_token")
def test_it_asks_for_the_account_and_the_token_and_for_nothing_else():
    asked = manifest(PRODUCTION)["user_config"]

    assert list(asked) == ["account", "api_token"]
    assert [value["title"] for value in asked.values()] == [
        "Account Subdomain",
        "Personal Access Token",
    ]
    assert all(value["required"] for value in asked.values())
    assert [value.get("sensitive", False) for value in asked.values()] == [False, True]
    assert not any("default" in value for value in asked.values())


@pytest.mark.promise("extension.staging_host")
def test_the_server_and_the_version_are_baked_in():
    config = manifest(PRODUCTION)["server"]["mcp_config"]

    assert config["env"] == {
        "MCP_HOST": "https://api.example",
        "MCP_ACCOUNT": "${user_config.account}",
        "MCP_TOKEN": "${user_config.api_token}",
        "MCP_EXTENSION": f"integrate-io-mcp/{VERSION}",
        "MCP_PRODUCT": "Integrate.io",
    }
    assert "user_config" not in json.dumps(config["args"])


@pytest.mark.promise("extension.side_by_side")
def test_production_and_staging_live_side_by_side():
    assert (PRODUCTION.name, PRODUCTION.file_name) == ("integrate-io-mcp", "integrate-io-mcp.mcpb")
    assert STAGING.name == manifest(STAGING)["name"] == "integrate-io-mcp-staging"
    assert STAGING.file_name == "integrate-io-mcp.staging.mcpb"
    assert manifest(STAGING)["display_name"] == "Integrate.io (staging)"
    assert b"https://api.example" not in b"".join(members(STAGING).values())


@pytest.mark.promise("extension.staging_host")
def test_a_staging_bundle_names_no_server_but_its_own():
    told = json.dumps(manifest(STAGING))

    assert set(re.findall(r"https?://[^\s\"]+", told)) == {STAGING.api_url, STAGING.dashboard_url}
    assert manifest(STAGING)["server"]["mcp_config"]["env"]["MCP_HOST"] == STAGING.api_url


@pytest.mark.promise("extension.needs_desktop_0_10")
def test_it_is_for_claude_desktop_0_10_and_for_macos_and_windows():
    compatible = manifest(PRODUCTION)["compatibility"]

    assert compatible["claude_desktop"] == ">=0.10.0"
    assert {"darwin", "win32"} <= set(compatible["platforms"])


def test_the_build_of_an_installation_follows_its_settings(settings):
    settings.MCPB_NAME, settings.STAGING_BUILD = "acme-mcp", True
    settings.API_URL, settings.PUBLIC_URL = "https://api.acme.example", "https://acme.example"

    assert this_build() == Build(
        base_name="acme-mcp",
        product=settings.PRODUCT_NAME,
        api_url="https://api.acme.example",
        dashboard_url="https://acme.example",
        is_staging=True,
    )


def test_no_secret_is_inside(settings):
    whole = b"".join(members(this_build()).values()).decode("latin-1")

    assert settings.SECRET_KEY not in whole
    assert not any(key in whole for key in settings.VAULT_KEYS)
    assert not any(f"{kind}_" in whole for kind in TokenKind)


@pytest.mark.parametrize(
    ("user_agent", "outdated"),
    [
        ("integrate-io-mcp/0.9.12", True),
        (f"integrate-io-mcp/{VERSION}", False),
        ("integrate-io-mcp/99.0.0", False),
        ("integrate-io-mcp-staging/0.9.12", False),
        ("claude-code/0.9.12", False),
        ("integrate-io-mcp/0.9", False),
        (f"integrate-io-mcp/0.9.{'1' * 5000}", False),
        ("", False),
    ],
)
def test_only_an_older_bundle_of_this_installation_is_outdated(user_agent, outdated):
    assert is_outdated(user_agent) is outdated
