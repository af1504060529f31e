"""Record batches as lines of text, delimited or JSON, so that every value can be read back as it
was; what a format cannot hold is refused, never changed.

Whole columns are turned into text at a time; the bytes of the lines are those of the last array.
"""

import json
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from common.errors import InvalidInput
from connections.drivers.base import FileWrite

_TEXT: Final = pa.large_string()
_JSON_SIGNS: Final = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
_LINE_ENDS: Final = ("\n", "\r")


def check_schema(schema: pa.Schema, target: FileWrite) -> None:
    """Refuse the types that text cannot hold."""
    for field in schema:
        if _is_binary(field.type) or pa.types.is_nested(field.type):
            words = "JSON" if target.format == "json_lines" else "delimited text"
            raise InvalidInput(
                f"The field {field.name} is {field.type}, which {words} cannot hold."
                " Leave it out, make it text in a select, or write Parquet."
            )


def header_line(names: Sequence[str], target: FileWrite) -> bytes:
    """The names of the columns as a line of delimited text."""
    column = pa.array(names, _TEXT)
    texts = _delimited_column("the header", column, True, target).to_pylist()
    return (target.delimiter.join(texts) + "\n").encode()


def delimited_lines(batch: pa.RecordBatch, target: FileWrite) -> memoryview:
    """The rows as lines. NULL is nothing at all; a text always stands in its qualifiers."""
    columns = [
        _delimited_column(f"the field {field.name}", _texts(field.name, column), is_text, target)
        for field, column in zip(batch.schema, batch.columns, strict=True)
        for is_text in [_is_text(field.type)]
    ]
    return _joined(columns, target.delimiter, "", "\n")


def json_lines(batch: pa.RecordBatch, target: FileWrite) -> memoryview:
    """The rows as JSON objects, each on a line, numbers with all their digits."""
    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        key = pa.scalar(f"{json.dumps(field.name, ensure_ascii=False)}:", _TEXT)
        value = _json_column(field, column, is_json=field.name in target.json_fields)
        columns.append(_glued(key, pc.fill_null(value, "null")))
    return _joined(columns, ",", "{", "}\n")


def _texts(name: str, column: pa.Array) -> pa.Array:
    """The values as plain text, NULL as NULL. Raises InvalidInput for a time without a text."""
    texts = pc.cast(column, _TEXT)
    if pa.types.is_temporal(column.type) and pc.any(pc.starts_with(texts, "<")).as_py():
        raise InvalidInput(
            f"The field {name} holds a time out of all range, such as infinity, which text cannot"
            " hold. Filter such rows out, make them NULL in a select, or write Parquet."
        )
    if pa.types.is_decimal(column.type) and pc.any(pc.match_substring(texts, "E")).as_py():
        plain = [None if value is None else f"{value:f}" for value in column.to_pylist()]
        return pa.array(plain, _TEXT)
    return texts


def _delimited_column(what: str, texts: pa.Array, is_text: bool, target: FileWrite) -> pa.Array:
    sign, escape = target.string_qualifier, target.escape_character
    if sign == "none":
        texts = _unqualified(what, texts, is_text, target)
    elif is_text or _has(texts, target.delimiter):
        if escape and escape != sign:
            texts = pc.replace_substring(texts, escape, escape * 2)
        texts = pc.replace_substring(texts, sign, (escape or sign) + sign)
        quote = pa.scalar(sign, _TEXT)
        texts = _glued(quote, texts, quote)
    return pc.fill_null(texts, "")


def _unqualified(what: str, texts: pa.Array, is_text: bool, target: FileWrite) -> pa.Array:
    escape = target.escape_character
    if is_text and pc.any(pc.equal(texts, "")).as_py():
        raise InvalidInput(
            f"In {what} there is an empty text, which could not be told from NULL. Set"
            " string_qualifier, or make it NULL in a select."
        )
    for sign in (target.delimiter, *_LINE_ENDS):
        if _has(texts, sign) and not escape:
            shown = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}.get(sign, sign)
            raise InvalidInput(
                f"In {what} there is {shown} inside a value. Set string_qualifier or"
                " escape_character, or choose another delimiter."
            )
    if escape:
        for sign in (escape, target.delimiter, *_LINE_ENDS):
            texts = pc.replace_substring(texts, sign, escape + sign)
    return texts


def _json_column(field: pa.Field, column: pa.Array, *, is_json: bool) -> pa.Array:
    if pa.types.is_floating(column.type):
        if not pc.all(pc.is_finite(column)).as_py() and column.null_count < len(column):
            raise InvalidInput(
                f"The field {field.name} holds NaN or an infinite number, which JSON cannot hold."
                " Make it NULL in a select, or write Parquet or delimited text."
            )
        return pc.cast(column, _TEXT)
    texts = _texts(field.name, column)
    if is_json:
        return pa.array([_on_one_line(field.name, text) for text in texts.to_pylist()], _TEXT)
    if _is_text(field.type) or pa.types.is_temporal(field.type):
        return _quoted(texts)
    return texts


def _quoted(texts: pa.Array) -> pa.Array:
    for sign, escaped in _JSON_SIGNS:
        texts = pc.replace_substring(texts, sign, escaped)
    if pc.any(pc.match_substring_regex(texts, "[\\x00-\\x1f]")).as_py():
        texts = pa.array(
            [
                None if text is None else "".join(map(_without_controls, text))
                for text in texts.to_pylist()
            ],
            _TEXT,
        )
    quote = pa.scalar('"', _TEXT)
    return _glued(quote, texts, quote)


def _without_controls(sign: str) -> str:
    return sign if sign >= " " else f"\\u{ord(sign):04x}"


def _on_one_line(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput(
            f"The field {name} is json and holds '{text[:80]}', which is no JSON. Correct it in a"
            " select, or declare the field as string."
        ) from None
    return text.replace("\n", " ").replace("\r", " ")


def _joined(columns: Sequence[pa.Array], between: str, before: str, after: str) -> memoryview:
    """The bytes of all lines one after the other."""
    glue = pa.scalar(between, _TEXT)
    lines = pc.binary_join_element_wise(*columns, glue) if len(columns) > 1 else columns[0]
    parts = [pa.scalar(before, _TEXT)] if before else []
    lines = _glued(*parts, lines, pa.scalar(after, _TEXT))
    _, offsets, data = lines.buffers()
    if not len(lines) or data is None:
        return memoryview(b"")
    places = memoryview(offsets).cast("q")
    return memoryview(data)[places[lines.offset] : places[lines.offset + len(lines)]]


def _glued(*parts: pa.Array | pa.Scalar) -> pa.Array:
    return pc.binary_join_element_wise(*parts, pa.scalar("", _TEXT))


def _has(texts: pa.Array, sign: str) -> bool:
    return bool(pc.any(pc.match_substring(texts, sign)).as_py())


def _is_text(data_type: pa.DataType) -> bool:
    return bool(pa.types.is_string(data_type) or pa.types.is_large_string(data_type))


def _is_binary(data_type: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(data_type)
        or pa.types.is_large_binary(data_type)
        or pa.types.is_fixed_size_binary(data_type)
    )
