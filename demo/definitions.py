"""What the demo consists of, as plain data: whoever makes the rows decides how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkspaceDefinition:
    """A workspace; `key` is what packages name it by."""

    key: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ConnectionDefinition:
    """A connection without secrets; paths in `settings` are relative to the root of local files."""

    key: str
    name: str
    kind: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackageDefinition:
    """A package: `workspace` is a workspace's key, `flow` is data_flow_json.

    `variables` maps a name to the text of an expression.
    """

    key: str
    name: str
    description: str
    workspace: str
    flow: dict[str, Any]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ScheduleDefinition:
    """A schedule; `package` is a package's key, `cron` has five fields and is read in UTC."""

    name: str
    cron: str
    package: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class ClusterDefinition:
    """A pool of places to run in."""

    name: str
    nodes: int
