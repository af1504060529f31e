"""What one row of the table of failure texts says, and what its category implies."""

import re
from dataclasses import dataclass
from typing import Literal

Category = Literal[
    "assertion",
    "auth",
    "config",
    "constraint",
    "data",
    "encoding",
    "expression",
    "limit",
    "load",
    "lock",
    "memory",
    "network",
    "not found",
    "permission",
    "platform",
    "quota",
    "resource",
    "schema",
    "storage",
    "timeout",
    "tls",
    "transient",
    "type",
    "user",
]

Family = Literal["FATAL", "ERROR", "exception", "auth", "connection", "schema"]
"""The words of the product document for kinds of errors."""

RETRY_MAY_HELP = frozenset({"transient", "lock", "quota", "network", "platform"})
"""Categories after which an unchanged second try can succeed, some time later."""

CHANGE_SIZE_FIRST = frozenset({"memory", "storage", "resource"})
"""Categories after which the machine or the data must change before a second try."""

_FAMILIES_OF: dict[str, tuple[Family, ...]] = {
    "auth": ("auth",),
    "permission": ("auth",),
    "network": ("connection",),
    "tls": ("connection",),
    "transient": ("connection",),
    "schema": ("schema",),
}

_TOOL_OF = {
    "auth": "test_connection",
    "network": "test_connection",
    "tls": "test_connection",
    "schema": "discover_schema",
    "data": "discover_file_schema",
    "type": "preview_data",
    "constraint": "preview_data",
    "expression": "validate_package",
    "config": "validate_package",
    "lock": "get_schedule",
    "transient": "retry_job",
    "platform": "retry_job",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One known text.

    `number` is the row of the failure list in the pipelines reference, None for texts of our own
    that no row foresees. `tool` names the MCP tool that helps next, if one does. A wrapper only
    says that something failed: any other text beside it is nearer to the cause.
    """

    number: int | None
    id: str
    category: Category
    families: tuple[Family, ...]
    expression: re.Pattern[str]
    advice: str
    tool: str | None
    is_wrapper: bool = False

    def matches(self, text: str) -> bool:
        return self.expression.search(text) is not None


def row(
    number: int | None,
    id: str,
    category: Category,
    expression: str,
    advice: str,
    *,
    severity: Family = "ERROR",
    tool: str | None = None,
    is_wrapper: bool = False,
) -> Pattern:
    """One row; families and tool follow from the category unless they are given."""
    return Pattern(
        number=number,
        id=id,
        category=category,
        families=(severity, *_FAMILIES_OF.get(category, ())),
        expression=re.compile(expression, re.IGNORECASE),
        advice=advice,
        tool=tool or _TOOL_OF.get(category),
        is_wrapper=is_wrapper,
    )
