"""Functions with regular expressions, in the syntax of RE2: no look-around, no back references."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pa_compute
from sqlglot import exp

from engine.expressions.building import constant_text, written_out
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import Builder, Function, row
from engine.expressions.typed import Typed

_pattern = partial(row, "pattern")


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that cannot be read. Raises ExpressionRefused."""
    try:
        pa_compute.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).rpartition("Invalid regular expression: ")[2][:120]
        raise ExpressionRefused(
            "expression_syntax",
            f"The pattern cannot be read: {reason}.",
            "Look-around and back references are not offered.",
        ) from None


def _checked(*meanings: str) -> Builder:
    """The meanings by number of arguments, after a look at a pattern that is written out."""

    def build(function: Function, arguments: Sequence[Typed]) -> Typed:
        trees = [tree for tree, _ in arguments]
        pattern = constant_text(trees[1])
        if pattern is not None:
            check_pattern(pattern)
        if len(trees) > 2 and function.parameters[2].name == "group":
            _check_group(trees[2])
        names = (parameter.name for parameter in function.parameters)
        parts = dict(zip(names, trees, strict=False))
        return written_out(meanings[len(trees) - function.least], parts), function.result

    return build


def _check_group(tree: exp.Expr) -> None:
    number = tree.unnest()
    if not isinstance(number, exp.Literal) or not number.this.isdigit() or int(number.this) > 9:
        raise ExpressionRefused(
            "expression_syntax", "The group of a pattern is a number from 0 to 9, written out."
        )


PATTERNS: Final = (
    _pattern("regexp_matches(text: string, pattern: string) -> boolean",
             _checked("regexp_matches($text, $pattern)"),
             ("regexp_matches('delay', 'l.y')", True), note="anywhere in the text"),
    _pattern("regexp_full_match(text: string, pattern: string) -> boolean",
             _checked("regexp_full_match($text, $pattern)"),
             ("regexp_full_match('delay', 'l.y')", False), note="the whole text"),
    _pattern("regexp_extract(text: string, pattern: string, [group: int]) -> string",
             _checked("regexp_extract($text, $pattern)",
                      "regexp_extract($text, $pattern, $group)"),
             ("regexp_extract('UA-17', '[A-Z]+-([0-9]+)', 1)", "17"),
             note="the first match; empty text when nothing matches"),
    _pattern("regexp_extract_all(text: string, pattern: string, [group: int]) -> json_array",
             _checked("CAST(to_json(regexp_extract_all($text, $pattern)) AS VARCHAR)",
                      "CAST(to_json(regexp_extract_all($text, $pattern, $group)) AS VARCHAR)"),
             ("regexp_extract_all('a1b22', '[0-9]+')", '["1","22"]'), note="every match"),
    _pattern("regexp_replace(text: string, pattern: string, replacement: string) -> string",
             _checked("regexp_replace($text, $pattern, $replacement, 'g')"),
             ("regexp_replace('aaa', 'a', 'b')", "bbb"),
             note=r"every match; \1 in the replacement is what the first group matched"),
    _pattern("regexp_replace_first(text: string, pattern: string, replacement: string) -> string",
             _checked("regexp_replace($text, $pattern, $replacement)"),
             ("regexp_replace_first('aaa', 'a', 'b')", "baa")),
    _pattern("regexp_count(text: string, pattern: string) -> long",
             _checked("CAST(len(regexp_extract_all($text, $pattern)) AS BIGINT)"),
             ("regexp_count('banana', 'an')", 2), note="without overlaps"),
    _pattern("regexp_split(text: string, pattern: string) -> json_array",
             _checked("CASE WHEN $pattern IS NOT NULL THEN"
                      " CAST(to_json(regexp_split_to_array($text, $pattern)) AS VARCHAR) END"),
             ("regexp_split('a1b22c', '[0-9]+')", '["a","b","c"]')),
    _pattern("regexp_escape(text: string) -> string", "regexp_escape($text)",
             ("regexp_full_match('a.b', regexp_escape('a.b'))", True),
             note="the text as a pattern that matches nothing else"),
)  # fmt: skip
"""In the order of the documentation."""
