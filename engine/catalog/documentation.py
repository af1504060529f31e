"""docs/components.md, made from the catalogue by `python -m engine.catalog.documentation`."""

import json
from pathlib import Path
from typing import Any, Final

from engine.catalog import COMPONENTS, describe

PAGE: Final = Path(__file__).parents[2] / "docs" / "components.md"

_TITLES: Final = {
    "source": "Sources",
    "transformation": "Transformations",
    "destination": "Destinations",
    "task": "Tasks of workflows",
}
_INTRODUCTION: Final = """# Components

Every component type that a package may hold, as `list_component_types` and
`describe_component_type` tell them too. A property with ✓ takes `$name` variables. Besides these,
each has an `id` (made when absent), a `position` on the canvas and a `note`. The language of
expressions is in [expressions.md](expressions.md).
"""


def page() -> str:
    """The whole page, the types in the order of the catalogue below their category."""
    entries = [entry for key in COMPONENTS if (entry := describe(key)) is not None]
    parts = [_INTRODUCTION.rstrip()]
    for category, title in _TITLES.items():
        parts.append(f"## {title}")
        parts.extend(_entry(entry) for entry in entries if entry["category"] == category)
    return "\n\n".join(parts) + "\n"


def _entry(entry: dict[str, Any]) -> str:
    rows = "\n".join(_row(entry_property) for entry_property in entry["properties"])
    example = json.dumps(entry["wrapper_example"], indent=2, ensure_ascii=False)
    head = "| property | type | default | $ | meaning |\n|---|---|---|---|---|"
    return (
        f"### {entry['wrapper_key']}\n\n{entry['header']}\n\n{head}\n{rows}\n\n"
        f"```json\n{example}\n```"
    )


def _row(described: dict[str, Any]) -> str:
    kind = described["type"]
    if described["enum"]:
        kind = " ".join(f"`{choice}`" for choice in described["enum"])
    default = "**required**" if described["required"] else _shown(described["default"])
    takes_variables = "✓" if described["supports_variables"] else ""
    cells = (described["name"], kind, default, takes_variables, described["description"])
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _shown(default: object) -> str:
    return "" if default in (None, [], {}) else f"`{json.dumps(default, ensure_ascii=False)}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
