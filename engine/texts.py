"""Variables inside texts, URLs, JSON and SQL: `${name}` or `$name`, and `$$` for a dollar sign.

In SQL only `${name}` is a variable, because databases use the dollar sign themselves. As in
`engine.variables`, no value can ever change the structure of what it enters.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

from engine.expressions.errors import ExpressionRefused
from engine.sql_variables import bound_sql
from engine.variables import Variables

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_IN_TEXT: Final = re.compile(rf"\$\$|\$\{{({_NAME})\}}|\$({_NAME})")
_SQL_PARTS: Final = re.compile(
    rf"""
    (?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))
    | (?P<tagged>\$\$.*?\$\$|\$(?P<tag>{_NAME})\$.*?\$(?P=tag)\$)
    | (?P<text>'(?:[^']|'')*'?)
    | (?P<name>"(?:[^"]|"")*"?)
    | (?P<bare>(?<![\w$])\${_NAME}(?![\w$]))
    """,
    re.VERBOSE | re.DOTALL,
)


def fill(text: str, variables: Variables) -> str:
    """The text with its variables replaced by values."""
    return _filled(text, variables, str)


def fill_url(text: str, variables: Variables) -> str:
    """A URL: a variable at the very beginning goes in as it is, the others are encoded."""
    start = _IN_TEXT.match(text)
    if start is None or start[0] == "$$":
        return _filled(text, variables, lambda value: quote(value, safe=""))
    rest = _filled(text[start.end() :], variables, lambda value: quote(value, safe=""))
    return fill(start[0], variables) + rest


def fill_json(value: Any, variables: Variables) -> Any:
    """A JSON value with the variables in its texts replaced; names of members stay."""
    if isinstance(value, str):
        return fill(value, variables)
    if isinstance(value, list):
        return [fill_json(item, variables) for item in value]
    if isinstance(value, dict):
        return {key: fill_json(item, variables) for key, item in value.items()}
    return value


def fill_json_text(text: str, variables: Variables) -> str:
    """A JSON document; a value cannot leave the text that it stands in."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ExpressionRefused(
            "invalid_property_value",
            f"The body is not JSON: {error}.",
            'Write variables inside texts, such as "${name}".',
        ) from None
    return json.dumps(fill_json(document, variables), ensure_ascii=False)


def bind_braces(sql: str, variables: Variables) -> str:
    """SQL with `${name}` replaced by constants. Raises ExpressionRefused where databases disagree
    on what ends a text."""
    return bound_sql(sql, variables.text, in_braces_only=True)


def bare_variables(sql: str) -> Iterator[str]:
    """What looks like `$name`, which SQL does not replace, outside of what cannot hold one."""
    for found in _SQL_PARTS.finditer(sql):
        if found["bare"]:
            yield found["bare"]
        elif found["text"]:
            yield from re.findall(rf"\${_NAME}", found["text"])


def _filled(text: str, variables: Variables, written: Callable[[str], str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return written(variables.text(name)) if name else "$"

    return _IN_TEXT.sub(value, text)
