"""Functions that hash and encode. Text is taken as UTF-8."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlglot import exp

from engine.expressions.building import constant_text, written_out
from engine.expressions.rows import Function, row
from engine.expressions.typed import Typed

_hash = partial(row, "hash")

_BLOCK = hashlib.sha256().block_size


def _hmac_sha256(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """The two padded keys are constants, since the key is one."""
    key = (constant_text(arguments[1][0]) or "").encode()
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key = key.ljust(_BLOCK, b"\0")
    parts = {"text": arguments[0][0]}
    for name, pad in (("inner", 0x36), ("outer", 0x5C)):
        parts[name] = exp.Literal.string(bytes(byte ^ pad for byte in key).hex())
    meaning = "sha256(unhex($outer) || unhex(sha256(unhex($inner) || encode($text))))"
    return written_out(meaning, parts), "string"


HASHES: Final = (
    _hash("md5(text: string) -> string", "md5($text)",
          ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"), note="hexadecimal, small letters"),
    _hash("sha1(text: string) -> string", "sha1($text)",
          ("left(sha1('a'), 8)", "86f7e437"), note="hexadecimal, small letters"),
    _hash("sha256(text: string) -> string", "sha256($text)",
          ("left(sha256('a'), 8)", "ca978112"), note="hexadecimal, small letters"),
    _hash("hmac_sha256(text: string, key: constant) -> string", _hmac_sha256,
          ("left(hmac_sha256('a', 'key'), 8)", "780c3db4"),
          note="hexadecimal; the key is best a secret variable: '$name'"),
    _hash("hash_bucket(text: string, buckets: int) -> long",
          "CAST(CAST('0x' || left(md5($text), 12) AS BIGINT) % CASE WHEN $buckets > 0 THEN"
          " $buckets END AS BIGINT)",
          ("hash_bucket('a', 10)", 5), nulls="NULL for NULL and for buckets below 1",
          note="0 to buckets - 1, from the first 12 digits of md5; for splitting and sampling"),
    _hash("uuid_of(text: string) -> string",
          "regexp_replace(md5($text), '^(.{8})(.{4}).(.{3}).(.{3})(.{12})$',"
          r" '\1-\2-3\3-8\4-\5')",
          ("uuid_of('a')", "0cc175b9-c0f1-36a8-81c3-99e269772661"),
          note="the same identifier for the same text, made of md5"),
    _hash("base64(text: string) -> string", "base64(encode($text))", ("base64('aé')", "YcOp")),
    _hash("from_base64(text: string) -> string", "TRY(decode(from_base64($text)))",
          ("from_base64('YcOp')", "aé"), nulls="NULL for NULL and for what is no text in base64"),
    _hash("hex(text: string) -> string", "lower(hex($text))", ("hex('é')", "c3a9"),
          note="of the bytes, small letters"),
    _hash("from_hex(text: string) -> string", "TRY(decode(unhex($text)))",
          ("from_hex('c3a9')", "é"), nulls="NULL for NULL and for what is no text in hexadecimal"),
    _hash("url_encode(text: string) -> string", "url_encode($text)",
          ("url_encode('a b/é')", "a%20b%2F%C3%A9"),
          note="all but letters, digits and - . _ ~"),
    _hash("url_decode(text: string) -> string", "TRY(url_decode($text))",
          ("url_decode('a%20b')", "a b"), note="a plus sign stays one"),
    _hash("html_escape(text: string) -> string",
          "replace(replace(replace(replace(replace($text, '&', '&amp;'), '<', '&lt;'),"
          " '>', '&gt;'), '\"', '&quot;'), '''', '&#x27;')",
          ("html_escape('a<b')", "a&lt;b")),
    _hash("to_binary(text: string) -> binary", "encode($text)",
          ("from_binary(to_binary('é'))", "é")),
    _hash("from_binary(value: binary) -> string", "TRY(decode($value))",
          ("from_binary(to_binary('é'))", "é"), nulls="NULL for NULL and for what is not UTF-8"),
)  # fmt: skip
"""In the order of the documentation."""
