"""The extension for Claude Desktop: a bundle with a bridge of ours from stdio to the endpoint.

It asks for the account and the token; its server is baked in when it is downloaded.
Source: "Claude Desktop (one-click extension)" in the product documentation; MCPB manifest 0.3.
"""

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile, ZipInfo

from django.conf import settings

VERSION = "1.0.0"
"""Raised with every change of the bundle: a host takes the same version for a duplicate."""

CONTENT_TYPE = "application/octet-stream"
"""Not that of a zip archive, which some browsers unpack as soon as they have it."""

FOLDER = Path(__file__).parent / "mcpb"
FILES: Final = ("README.md", "icon.png", "server/index.js")
FIRST_MOMENT_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)
READABLE_BY_ALL: Final = 0o100644 << 16
UNIX: Final = 3

DESCRIPTION = "Inspect, build, run and mend the data pipelines of your {product} account."

# The keys are for ever: a host keeps the values that a person typed under them.
USER_CONFIG: Final[dict[str, dict[str, Any]]] = {
    "account": {
        "type": "string",
        "title": "Account Subdomain",
        "description": "The subdomain or the numeric id in the address of your dashboard.",
        "required": True,
    },
    "api_token": {
        "type": "string",
        "title": "Personal Access Token",
        "description": "From Settings → Developer Settings → Connected Applications.",
        "required": True,
        "sensitive": True,
    },
}


@dataclass(frozen=True, slots=True)
class Build:
    """Which server a bundle talks to and what it is called. Bundles of production and of staging
    have names of their own, so that a host keeps both."""

    base_name: str
    product: str
    api_url: str
    dashboard_url: str
    is_staging: bool = False

    @property
    def name(self) -> str:
        return f"{self.base_name}-staging" if self.is_staging else self.base_name

    @property
    def file_name(self) -> str:
        return f"{self.base_name}{'.staging' if self.is_staging else ''}.mcpb"

    @property
    def display_name(self) -> str:
        return f"{self.product} (staging)" if self.is_staging else self.product


def this_build() -> Build:
    """The build of this installation."""
    return Build(
        base_name=settings.MCPB_NAME,
        product=settings.PRODUCT_NAME,
        api_url=settings.API_URL,
        dashboard_url=settings.PUBLIC_URL,
        is_staging=settings.STAGING_BUILD,
    )


def bundle(build: Build) -> bytes:
    """The file to download. Equal contents make equal bytes, on every machine."""
    members = {"manifest.json": _json(manifest(build))}
    members |= {name: (FOLDER / name).read_bytes() for name in FILES}
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name, content in members.items():
            entry = ZipInfo(name, date_time=FIRST_MOMENT_OF_ZIP)
            entry.create_system = UNIX
            entry.external_attr = READABLE_BY_ALL
            archive.writestr(entry, content)
    return file.getvalue()


def manifest(build: Build) -> dict[str, Any]:
    return {
        "manifest_version": "0.3",
        "name": build.name,
        "display_name": build.display_name,
        "version": VERSION,
        "description": DESCRIPTION.format(product=build.product),
        "long_description": f"Connects to {build.api_url} and to no other server.",
        "author": {"name": build.product, "url": build.dashboard_url},
        "homepage": build.dashboard_url,
        "icon": "icon.png",
        "server": {
            "type": "node",
            "entry_point": "server/index.js",
            "mcp_config": {
                "command": "node",
                "args": ["${__dirname}/server/index.js"],
                "env": {
                    "MCP_HOST": build.api_url,
                    "MCP_ACCOUNT": "${user_config.account}",
                    "MCP_TOKEN": "${user_config.api_token}",
                    "MCP_EXTENSION": f"{build.name}/{VERSION}",
                    "MCP_PRODUCT": build.display_name,
                },
            },
        },
        "tools_generated": True,
        "prompts_generated": True,
        "keywords": ["data pipelines", "etl", "mcp"],
        "compatibility": {
            "claude_desktop": ">=0.10.0",
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"node": ">=18.0.0"},
        },
        "user_config": USER_CONFIG,
    }


def is_outdated(user_agent: str) -> bool:
    """Whether the caller is an older version of this installation's own bundle."""
    number = r"([0-9]{1,6})"
    pattern = rf"{re.escape(this_build().name)}/{number}\.{number}\.{number}"
    said = re.fullmatch(pattern, user_agent)
    return said is not None and tuple(map(int, said.groups())) < _numbers(VERSION)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
