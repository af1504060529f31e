"""The function list of docs/expressions.md, made by `python -m engine.expressions.documentation`.

The page is written by hand but for what stands between the two marks.
"""

import json
from pathlib import Path
from typing import Final

from engine.expressions.catalog import FUNCTIONS
from engine.expressions.older import NOT_OFFERED
from engine.expressions.rows import GROUPS, Function

PAGE: Final = Path(__file__).parents[2] / "docs" / "expressions.md"
BEGIN: Final = "<!-- functions: made from engine/expressions -->"
END: Final = "<!-- end of functions -->"

_TITLES: Final = {
    "string": "Text",
    "pattern": "Regular expressions",
    "date": "Dates and times",
    "math": "Numbers",
    "logic": "NULL, conditions and what a text holds",
    "json": "JSON",
    "array": "Arrays",
    "hash": "Hashes and encodings",
}


def function_list() -> str:
    """Every function by group, as tables."""
    parts = [f"There are {len(FUNCTIONS)} functions."]
    for group in GROUPS:
        rows = [_row(function) for function in FUNCTIONS if function.group == group]
        head = "| function | NULL | example | gives |\n|---|---|---|---|"
        parts.append(f"### {_TITLES[group]}\n\n{head}\n" + "\n".join(rows))
    parts.append(_not_offered())
    return "\n\n".join(parts)


def with_function_list(page: str) -> str:
    """The page with the list between its marks as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{function_list()}\n\n{END}{rest.partition(END)[2]}"


def _row(function: Function) -> str:
    note = f"; {function.note}" if function.note else ""
    text, value = function.example
    cells = (f"`{function.signature}`{note}", function.nulls, f"`{text}`", f"`{_shown(value)}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _shown(value: object) -> str:
    if value is None:
        return "NULL"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _not_offered() -> str:
    rows = [f"| {name} | {why} | {instead} |" for name, (why, instead) in NOT_OFFERED.items()]
    head = "### Older names that are not offered\n\n| name | why | instead |\n|---|---|---|\n"
    return head + "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(with_function_list(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
