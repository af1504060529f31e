"""Functions on JSON, which is a text. What is not JSON gives NULL, never an error."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlglot import exp

from connections.drivers.types import FLOAT_WORDS
from engine.expressions.building import constant_text, written_out
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import Builder, Function, row
from engine.expressions.typed import Typed

_json = partial(row, "json")

_J = "TRY_CAST($json AS JSON)"
_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\[(?P<index>\d{1,9})\]|\[(?P<quote>["'])(?P<key>[^"'\\]+)(?P=quote)\]"""
)
_KEY = re.compile(r"""[^"\\]+""")


def _path(text: str) -> str:
    """A path in DuckDB's spelling, every key quoted."""
    rest, steps = text[1:], ""
    if not text.startswith("$"):
        raise _bad_path(text)
    while rest:
        found = _STEP.match(rest)
        if found is None:
            raise _bad_path(text)
        key = found["name"] or found["key"]
        steps += f'."{key}"' if key else f"[{found['index']}]"
        rest = rest[found.end() :]
    return f"${steps}"


def _bad_path(text: str) -> ExpressionRefused:
    return ExpressionRefused(
        "expression_syntax",
        f"'{text[:60]}' is not a path into JSON.",
        "A path looks like $.customer.orders[0]['order id']; wildcards are not offered.",
    )


def _with_path(meaning: str) -> Builder:
    def build(function: Function, arguments: Sequence[Typed]) -> Typed:
        path = exp.Literal.string(_path(constant_text(arguments[1][0]) or ""))
        parts = {"json": arguments[0][0], "path": path}
        return written_out(meaning, parts), function.result

    return build


def _get(_function: Function, arguments: Sequence[Typed]) -> Typed:
    key = constant_text(arguments[1][0]) or ""
    if not _KEY.fullmatch(key):
        raise ExpressionRefused(
            "expression_syntax", "The key of a JSON object holds no quote and no backslash here."
        )
    parts = {"json": arguments[0][0], "path": exp.Literal.string(f'$."{key}"')}
    return written_out(f"json_extract_string({_J}, $path)", parts), "string"


def json_part(typed: Typed) -> exp.Expr:
    """A value as part of a JSON document: JSON as it is, what JSON has no number for as null."""
    tree, word = typed
    if word in ("json", "json_array"):
        return written_out("TRY_CAST($v AS JSON)", {"v": tree})
    if word in FLOAT_WORDS:
        return written_out("CASE WHEN isfinite($v) THEN $v END", {"v": tree})
    if word == "datetime":
        return written_out("CAST($v AS VARCHAR)", {"v": tree})
    if word == "binary":
        raise ExpressionRefused(
            "type_mismatch", "JSON holds no binary values.", "Use base64 or from_binary first."
        )
    return tree


def _object(_function: Function, arguments: Sequence[Typed]) -> Typed:
    if len(arguments) % 2:
        raise ExpressionRefused(
            "wrong_argument_count", "json_object takes a key and its value, and so on."
        )
    parts = []
    for key, value in zip(arguments[::2], arguments[1::2], strict=True):
        if constant_text(key[0]) is None:
            raise ExpressionRefused("type_mismatch", "A key of json_object is a text written out.")
        parts += [key[0].unnest(), json_part(value)]
    called = exp.Anonymous(this="json_object", expressions=parts)
    return exp.Cast(this=called, to=exp.DataType.build("text")), "json"


def _to_json(_function: Function, arguments: Sequence[Typed]) -> Typed:
    tree, word = arguments[0]
    if word in ("json", "json_array"):
        return tree, word
    part = json_part(arguments[0])
    return written_out("CAST(to_json($v) AS VARCHAR)", {"v": part}), "json"


def _type_of(_function: Function, arguments: Sequence[Typed]) -> Typed:
    path = constant_text(arguments[1][0]) if len(arguments) > 1 else "$"
    parts = {"json": arguments[0][0], "path": exp.Literal.string(_path(path or ""))}
    meaning = (
        f"CASE json_type({_J}, $path) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array'"
        " WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null'"
        " WHEN 'UBIGINT' THEN 'number' WHEN 'BIGINT' THEN 'number' WHEN 'DOUBLE' THEN 'number' END"
    )
    return written_out(meaning, parts), "string"


DOCUMENTS: Final = (
    _json("is_json(text: string) -> boolean", "json_valid($text)", ("is_json('[1]')", True)),
    _json("json_value(json: json, path: constant) -> string",
          _with_path(f"json_extract_string({_J}, $path)"),
          ("json_value('{\"a\": [1, 2]}', '$.a[1]')", "2"),
          nulls="NULL for NULL, for what is not there and for null",
          note="texts without their quotes, anything else as JSON"),
    _json("json_get(json: json, key: constant) -> string", _get,
          ("json_get('{\"a b\": true}', 'a b')", "true"),
          nulls="NULL for NULL, for what is not there and for null", note="also json['key']"),
    _json("json_query(json: json, path: constant) -> json",
          _with_path(f"CAST(json_extract({_J}, $path) AS VARCHAR)"),
          ("json_query('{\"a\": \"x\"}', '$.a')", '"x"'),
          nulls="NULL for NULL and for what is not there", note="as JSON, with quotes"),
    _json("json_number(json: json, path: constant) -> double",
          _with_path(f"TRY_CAST(json_extract_string({_J}, $path) AS DOUBLE)"),
          ("json_number('{\"a\": 1.5}', '$.a')", 1.5),
          nulls="NULL for NULL, for what is not there and for what is no number"),
    _json("json_boolean(json: json, path: constant) -> boolean",
          _with_path(f"CASE json_extract_string({_J}, $path) WHEN 'true' THEN TRUE"
                     " WHEN 'false' THEN FALSE END"),
          ("json_boolean('{\"a\": true}', '$.a')", True),
          nulls="NULL for NULL, for what is not there and for any other value"),
    _json("json_exists(json: json, path: constant) -> boolean",
          _with_path(f"json_exists({_J}, $path)"), ("json_exists('{\"a\": null}', '$.a')", True),
          nulls="NULL for NULL and for what is not JSON"),
    _json("json_type(json: json, [path: constant]) -> string",
          _type_of,
          ("json_type('{\"a\": 1}')", "object"),
          nulls="NULL for NULL and for what is not there",
          note="object, array, string, number, boolean or null"),
    _json("json_keys(json: json) -> json_array",
          f"CASE WHEN json_type({_J}) = 'OBJECT'"
          f" THEN CAST(to_json(json_keys({_J})) AS VARCHAR) END",
          ("json_keys('{\"a\": 1, \"b\": 2}')", '["a","b"]'),
          nulls="NULL for NULL and for what is no object"),
    _json("json_values(json: json) -> json_array",
          f"CASE WHEN json_type({_J}) = 'OBJECT'"
          f" THEN CAST(to_json(json_extract({_J}, '$.*')) AS VARCHAR) END",
          ("json_values('{\"a\": 1, \"b\": \"x\"}')", '[1,"x"]'),
          nulls="NULL for NULL and for what is no object"),
    _json("json_length(json: json) -> long",
          f"CAST(CASE json_type({_J}) WHEN 'OBJECT' THEN len(json_keys({_J}))"
          f" WHEN 'ARRAY' THEN json_array_length({_J}) END AS BIGINT)",
          ("json_length('{\"a\": 1}')", 1),
          nulls="NULL for NULL and for what is neither object nor array"),
    _json("json_object(pairs: any...) -> json", _object,
          ("json_object('a', 1, 'b', NULL)", '{"a":1,"b":null}'), nulls="NULL becomes null",
          note="key, value, key, value ...; values of type json go in as they are"),
    _json("json_merge(json: json, other: json) -> json",
          f"CASE WHEN json_type({_J}) = 'OBJECT'"
          " AND json_type(TRY_CAST($other AS JSON)) = 'OBJECT'"
          f" THEN CAST(json_merge_patch({_J}, TRY_CAST($other AS JSON)) AS VARCHAR) END",
          ("json_merge('{\"a\":1}', '{\"b\":2}')", '{"a":1,"b":2}'),
          nulls="NULL for NULL and for what is no object",
          note="keys of the second win, objects are merged in turn, null takes a key away"),
    _json("json_compact(json: json) -> json", f"CAST(json({_J}) AS VARCHAR)",
          ("json_compact('{ \"a\" : 1 }')", '{"a":1}'), note="without spaces"),
    _json("to_json(value: any) -> json", _to_json, ("to_json('a\"b')", '"a\\"b"'),
          note="a text becomes a JSON string; NaN and the infinite become null"),
)  # fmt: skip
"""In the order of the documentation."""
