"""Functions on arrays. An array is a text that holds a JSON array, as the type json_array says.

Elements are compared as text: 1 and '1' are alike. What is no array gives NULL, never an error.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlglot import exp

from connections.drivers.types import TEXT_WORDS
from engine.expressions.building import constant_text, written_out
from engine.expressions.catalog.documents import json_part
from engine.expressions.rows import Builder, Function, row
from engine.expressions.semantics import cast_to
from engine.expressions.typed import Typed

_array = partial(row, "array")

_ELEMENTS = "from_json(TRY_CAST($array AS JSON), '[\"JSON\"]')"
_TEXTS = "from_json(TRY_CAST($array AS JSON), '[\"VARCHAR\"]')"
_NUMBERS = "from_json(TRY_CAST($array AS JSON), '[\"DOUBLE\"]')"
_OTHERS = "from_json(TRY_CAST($other AS JSON), '[\"JSON\"]')"
_OTHER_ELEMENTS = f"list_filter({_ELEMENTS}, lambda e: (e ->> '$') IS DISTINCT FROM $value)"
_PLACE = (
    f"CASE WHEN $value IS NOT NULL AND {_TEXTS} IS NOT NULL"
    f" THEN coalesce(list_position({_TEXTS}, $value), 0) END"
)
_NO_ARRAY = "NULL for NULL and for what is no array"


def _back(listed: str) -> str:
    return f"CAST(to_json({listed}) AS VARCHAR)"


def _make(_function: Function, arguments: Sequence[Typed]) -> Typed:
    parts = [json_part(typed) for typed in arguments]
    called = exp.Anonymous(this="json_array", expressions=parts)
    return exp.Cast(this=called, to=exp.DataType.build("text")), "json_array"


def _with_text(meaning: str) -> Builder:
    """The value as text, as the elements are."""

    def build(function: Function, arguments: Sequence[Typed]) -> Typed:
        (array, _), (value, word) = arguments
        if word is not None and word not in TEXT_WORDS:
            value = cast_to(value, word, "string")[0]
        return written_out(meaning, {"array": array, "value": value}), function.result

    return build


def _join(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """DuckDB's own function takes only a separator that is written out."""
    parts = {"array": arguments[0][0], "separator": arguments[1][0]}
    if constant_text(parts["separator"]) is not None:
        return written_out(f"array_to_string({_TEXTS}, $separator)", parts), "string"
    known = f"list_filter({_TEXTS}, lambda e: e IS NOT NULL)"
    meaning = (
        f"substring(list_reduce({known}, lambda joined, e: joined || $separator || e, ''),"
        " length($separator) + 1)"
    )
    return written_out(meaning, parts), "string"


def _append(_function: Function, arguments: Sequence[Typed]) -> Typed:
    parts = {"array": arguments[0][0], "value": json_part(arguments[1])}
    meaning = (
        f"CASE WHEN {_ELEMENTS} IS NOT NULL THEN"
        f" {_back(f'list_append({_ELEMENTS}, to_json($value))')} END"
    )
    return written_out(meaning, parts), "json_array"


def _set(keeps: str) -> str:
    """Elements of the array that `keeps` lets stay, each once, in the order of the array."""
    first = f"list_position({_ELEMENTS}, e) = i"
    return _back(f"list_filter({_ELEMENTS}, lambda e, i: {first} AND {keeps})")


ARRAYS: Final = (
    _array("array(values: any...) -> json_array", _make, ("array(1, 'a', NULL)", '[1,"a",null]'),
           nulls="NULL becomes null", note="values of type json go in as they are"),
    _array("array_length(array: array) -> long", f"CAST(len({_ELEMENTS}) AS BIGINT)",
           ("array_length('[1, null]')", 2), nulls=_NO_ARRAY),
    _array("array_get(array: array, index: int) -> string", f"list_extract({_TEXTS}, $index)",
           ("array_get('[1, \"a\"]', 2)", "a"),
           nulls="NULL for NULL, for null and for an index without an element",
           note="index counts from 1, or from the end when negative"),
    _array("array_first(array: array) -> string", f"list_extract({_TEXTS}, 1)",
           ("array_first('[1, 2]')", "1"), nulls=_NO_ARRAY),
    _array("array_last(array: array) -> string", f"list_extract({_TEXTS}, -1)",
           ("array_last('[1, 2]')", "2"), nulls=_NO_ARRAY),
    _array("array_contains(array: array, value: any) -> boolean",
           _with_text(f"{_PLACE} > 0"),
           ("array_contains('[1, 2]', 2)", True)),
    _array("array_position(array: array, value: any) -> long",
           _with_text(f"CAST({_PLACE} AS BIGINT)"),
           ("array_position('[\"a\", \"b\"]', 'b')", 2), note="the first place; 0 when absent"),
    _array("array_join(array: array, separator: string) -> string",
           _join, ("array_join('[1, null, \"a\"]', '-')", "1-a"),
           nulls="elements that are null are left out"),
    _array("array_sort(array: array) -> json_array", _back(f"list_sort({_TEXTS})"),
           ("array_sort('[\"b\", null, \"a\"]')", '["a","b",null]'), nulls=_NO_ARRAY,
           note="as texts, by code point, null last"),
    _array("array_sort_numbers(array: array) -> json_array", _back(f"list_sort({_NUMBERS})"),
           ("array_sort_numbers('[10, 9.5]')", "[9.5,10.0]"), nulls=_NO_ARRAY,
           note="what is no number is null, null last"),
    _array("array_reverse(array: array) -> json_array", _back(f"list_reverse({_ELEMENTS})"),
           ("array_reverse('[1, \"a\"]')", '["a",1]'), nulls=_NO_ARRAY),
    _array("array_distinct(array: array) -> json_array", _set("TRUE"),
           ("array_distinct('[2, 1, 2]')", "[2,1]"), nulls=_NO_ARRAY,
           note="the first of equal elements stays in its place"),
    _array("array_slice(array: array, start: int, count: int) -> json_array",
           _back(f"list_slice({_ELEMENTS}, CASE WHEN $start < 1 THEN 1 ELSE $start END,"
                 " CASE WHEN $start < 1 THEN 1 ELSE $start END + CASE WHEN $count < 0 THEN 0"
                 " ELSE $count END - 1)"),
           ("array_slice('[1, 2, 3]', 2, 2)", "[2,3]"),
           note="start counts from 1, which is also taken for smaller ones"),
    _array("array_concat(array: array, other: array) -> json_array",
           f"CASE WHEN {_ELEMENTS} IS NOT NULL AND {_OTHERS} IS NOT NULL"
           f" THEN {_back(f'list_concat({_ELEMENTS}, {_OTHERS})')} END",
           ("array_concat('[1]', '[2]')", "[1,2]")),
    _array("array_append(array: array, value: any) -> json_array", _append,
           ("array_append('[1]', 'a')", '[1,"a"]'), nulls="a NULL value becomes null"),
    _array("array_remove(array: array, value: any) -> json_array",
           _with_text(f"CASE WHEN $value IS NOT NULL THEN {_back(_OTHER_ELEMENTS)} END"),
           ("array_remove('[1, 2, 1]', 1)", "[2]"), note="every such element"),
    _array("array_compact(array: array) -> json_array",
           _back(f"list_filter({_ELEMENTS}, lambda e: (e ->> '$') IS NOT NULL)"),
           ("array_compact('[1, null]')", "[1]"), nulls=_NO_ARRAY, note="takes nulls away"),
    _array("array_union(array: array, other: array) -> json_array",
           f"CASE WHEN {_ELEMENTS} IS NOT NULL AND {_OTHERS} IS NOT NULL THEN "
           + _back(f"list_filter(list_concat({_ELEMENTS}, {_OTHERS}), lambda e, i: list_position("
                   f"list_concat({_ELEMENTS}, {_OTHERS}), e) = i)") + " END",
           ("array_union('[1, 2]', '[2, 3]')", "[1,2,3]"), note="each element once"),
    _array("array_intersect(array: array, other: array) -> json_array",
           f"CASE WHEN {_OTHERS} IS NOT NULL THEN"
           f" {_set(f'list_position({_OTHERS}, e) IS NOT NULL')} END",
           ("array_intersect('[1, 2]', '[2, 3]')", "[2]"), note="each element once"),
    _array("array_except(array: array, other: array) -> json_array",
           f"CASE WHEN {_OTHERS} IS NOT NULL THEN"
           f" {_set(f'list_position({_OTHERS}, e) IS NULL')} END",
           ("array_except('[1, 2]', '[2, 3]')", "[1]"), note="each element once"),
    _array("array_flatten(array: array) -> json_array",
           _back("flatten(from_json(TRY_CAST($array AS JSON), '[[\"JSON\"]]'))"),
           ("array_flatten('[[1], [2, 3]]')", "[1,2,3]"), nulls=_NO_ARRAY,
           note="one level; elements that are no arrays are left out"),
    *(
        _array(f"array_{name}(array: array) -> double", f"list_{function}({_NUMBERS})",
               (f"array_{name}('[1, 2, \"x\"]')", value),
               nulls="NULL for what is no array and when there is no number",
               note="of the elements that are numbers")
        for name, function, value in (
            ("sum", "sum", 3.0), ("average", "avg", 1.5), ("min", "min", 1.0), ("max", "max", 2.0),
        )
    ),
    _array("split(text: string, separator: string) -> json_array",
           "CASE WHEN $separator IS NOT NULL"
           " THEN CAST(to_json(string_split($text, $separator)) AS VARCHAR) END",
           ("split('a-b', '-')", '["a","b"]'), note="an empty separator gives the characters"),
)  # fmt: skip
"""In the order of the documentation."""
