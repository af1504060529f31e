"""Variables in SQL that goes to the user's own database: constants, whatever their values are.

Which database it is, is not known here. So what one of them reads differently from the others is
refused: a fragment whose texts could end elsewhere than they seem to, and a value with a character
that some take as an escape.
"""

import re
from collections.abc import Callable
from typing import Final

from engine.expressions.errors import ExpressionRefused, place_in

NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?")
"""A value that is written without quotes."""

_VARIABLE: Final = re.compile(r"\$\$|\$([A-Za-z_][A-Za-z0-9_]*)|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""`$name` or `${name}`; a dollar sign is written twice."""

_BRACED: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""`${name}`, where dollar signs are left to the database."""

_PARTS: Final = re.compile(
    r"""
    (?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))
    | (?P<hash>\#)
    | (?P<prefixed>(?<!\w)(?:[eEqQbBxXrR]|[nN][qQ]|[uU]&|_\w+)'(?:[^'\\]|''|\\.)*'?)
    | (?P<quoted>\$\$.*?\$\$|\$[^\W\d]\w*\$)
    | (?P<text>'(?:[^']|'')*(?P<text_end>')?)
    | (?P<name>"(?:[^"]|"")*(?P<name_end>")?)
    | (?P<tick>`[^`]*`?)
    | (?P<bracket>\[[\w\s]+['"`])
    | (?P<dollars>\$\$)
    | \$(?:(?P<variable>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\})
    """,
    re.VERBOSE | re.DOTALL,
)

_UNSAFE: Final = {
    "comment": "a comment",
    "hash": "a # outside quotes",
    "prefixed": "a text with a letter before its quote",
    "quoted": "a text in dollar signs",
    "tick": "a name in backticks",
    "bracket": "a quote in square brackets",
    "dollars": "a double dollar sign outside quotes",
}
"""Parts that databases read differently, so that they cannot stand beside a variable."""

_BAD_IN_VALUE: Final = re.compile(r"[\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

TextOf = Callable[[str], str]
"""The value of a variable as text. Raises ExpressionRefused for an undefined one."""


def bound_sql(fragment: str, text_of: TextOf, *, in_braces_only: bool = False) -> str:
    """The fragment with constants for variables. Raises ExpressionRefused.

    Inside quotes a value stays inside them; elsewhere it becomes a number or a quoted text. With
    `in_braces_only` all other dollar signs stay what they are to the database.
    """
    variable = _BRACED if in_braces_only else _VARIABLE
    if any(map(_name, variable.finditer(fragment))):
        _check(fragment)
    return _PARTS.sub(lambda found: _bound(found, text_of, variable), fragment)


def _name(found: re.Match[str]) -> str:
    """What the variable is called; nothing for a dollar sign."""
    return found[found.lastindex] if found.lastindex else ""


def _check(fragment: str) -> None:
    for found in _PARTS.finditer(fragment):
        kind = found.lastgroup or ""
        if kind in ("text_end", "name_end"):
            kind = kind.removesuffix("_end")
        if kind in _UNSAFE:
            raise _refused(fragment, found, _UNSAFE[kind])
        if kind in ("text", "name"):
            if not found["text_end"] and not found["name_end"]:
                raise _refused(fragment, found, "a quote that is not closed")
            if re.search(r"\\['\"]", found[0]):
                raise _refused(fragment, found, "a backslash before a quote")


def _refused(fragment: str, found: re.Match[str], what: str) -> ExpressionRefused:
    return ExpressionRefused(
        "expression_syntax",
        f"SQL with variables cannot hold {what}, because databases disagree on it; it holds"
        f" {found[0][:40]}.",
        "Take it out, or write the text in plain single quotes.",
        place=place_in(fragment, found.start()),
    )


def _bound(found: re.Match[str], text_of: TextOf, variable: re.Pattern[str]) -> str:
    for group, quote in (("text", "'"), ("name", '"')):
        if part := found[group]:
            return variable.sub(
                lambda inner, quote=quote: (
                    _safe(_name(inner), text_of).replace(quote, quote * 2) if _name(inner) else "$"
                ),
                part,
            )
    whole = variable.fullmatch(found[0])
    if whole is None:
        return found[0]
    name = _name(whole)
    if not name:
        return "$"
    value = _safe(name, text_of)
    if NUMBER.fullmatch(value):
        return f"({value})" if value.startswith("-") else value  # two minus signs: a comment
    before = found.string[: found.start()][-1:]
    space = " " if before == "'" or before.isalnum() or before in "_&$" else ""
    return space + "'" + value.replace("'", "''") + "'"


def _safe(name: str, text_of: TextOf) -> str:
    value = text_of(name)
    if _BAD_IN_VALUE.search(value):
        raise ExpressionRefused(
            "expression_syntax",
            f"The value of ${name} holds a backslash or a control character, which some databases"
            " read as an escape.",
            "Values in SQL are plain texts and numbers.",
        )
    return value
