"""The functions on text, patterns and codes, in plain Python."""

import base64
import binascii
import hashlib
import hmac
import html
import itertools
import json
import re
import unicodedata
import urllib.parse

from tests.engine.reference.samples import (
    BOOLEAN,
    COUNT,
    LONG,
    PART,
    TEXT,
    Sample,
    one,
    strict,
    two,
)


def _each(text, change):
    """Simple case mapping: one character for one."""
    special = {("ß", "upper"): "ẞ", ("İ", "lower"): "i"}
    made = []
    for character in text:
        changed = special.get((character, change), getattr(character, change)())
        made.append(changed if len(changed) == 1 else character)
    return "".join(made)


def upper(text):
    return _each(text, "upper")


def lower(text):
    return _each(text, "lower")


def substring(text, start, count=None):
    begin = start - 1 if start > 0 else len(text) + start if start < 0 else 0
    end = len(text) if count is None else begin + max(count, 0)
    return text[max(begin, 0) : max(end, 0)]


def left(text, count):
    return text[:count] if count >= 0 else text[: max(len(text) + count, 0)]


def right(text, count):
    if count >= 0:
        return text[len(text) - min(count, len(text)) :]
    return text[min(-count, len(text)) :]


def pad(text, length, fill, at_left):
    length = max(length, 0)
    if len(text) >= length or not fill:
        return text[:length]
    filling = "".join(itertools.islice(itertools.cycle(fill), length - len(text)))
    return filling + text if at_left else text + filling


def strrpos(text, part):
    return text.rfind(part) + 1 if part in text else 0


def split_part(text, separator, index):
    parts = text.split(separator) if separator else [text]
    if index == 0 or abs(index) > len(parts):
        return ""
    return parts[index - 1] if index > 0 else parts[index]


def translate(text, old, new):
    made = ""
    for character in text:
        place = old.find(character)
        made += character if place < 0 else new[place : place + 1]
    return made


def levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def strip_accents(text):
    bare = [c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)]
    return unicodedata.normalize("NFC", "".join(bare))


def squash(text):
    return re.sub(r"[ \t\n\f\r]+", " ", text).strip(" ")


def from_base64(text):
    try:
        return base64.b64decode(text, validate=True).decode() if len(text) % 4 == 0 else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def from_hex(text):
    try:
        digits = text if len(text) % 2 == 0 else "0" + text
        if not re.fullmatch("[0-9a-fA-F]*", text):
            return None
        return bytes.fromhex(digits).decode()
    except (ValueError, UnicodeDecodeError):
        return None


def uuid_of(text):
    digits = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-3{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def shown(value):
    """How a value looks as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def masked(text, kept):
    kept = max(kept, 0)
    return "*" * max(len(text) - kept, 0) + right(text, kept)


CODES = ("long", [None, 0, 1, 65, 233, 128077, 55296, 57343, 1114111, 1114112, -5])
FEW = ("string", [None, "", "a", "éÉ", "kitten", "👍🏽x", "O'Brien"])
CODED = ("string", [None, "", "YQ==", "YcOp", "!!", "YQ=", "/w==", "c3a9", "C3A9", "ff", "zz", "c"])
URLS = ("string", [None, "", "a%20b", "a+b", "%C3%A9", "plain", "100%", "é"])
ACCENTS = ("string", [None, "", "Éa", "ø", "ñandú", "e\u0301", "O'Brien", "ß"])
SOME = ("string", [None, "", "a", "straße", "👍"])

TEXTS = {
    "upper": [one("upper", TEXT, upper)],
    "lower": [one("lower", TEXT, lower)],
    "trim": [one("trim", TEXT, lambda a: a.strip(" ")), two("trim", TEXT, PART, str.strip)],
    "ltrim": [one("ltrim", TEXT, lambda a: a.lstrip(" ")), two("ltrim", TEXT, PART, str.lstrip)],
    "rtrim": [one("rtrim", TEXT, lambda a: a.rstrip(" ")), two("rtrim", TEXT, PART, str.rstrip)],
    "length": [one("length", TEXT, len)],
    "octet_length": [one("octet_length", TEXT, lambda a: len(a.encode()))],
    "substring": [
        two("substring", TEXT, COUNT, substring),
        Sample("substring(a, b, c)", {"a": TEXT, "b": COUNT, "c": COUNT}, strict(substring)),
        Sample("substring(a, -3, 2)", {"a": TEXT}, strict(lambda a: substring(a, -3, 2))),
    ],
    "left": [two("left", TEXT, COUNT, left)],
    "right": [two("right", TEXT, COUNT, right)],
    "lpad": [Sample("lpad(a, b, c)", {"a": TEXT, "b": COUNT, "c": PART},
                    strict(lambda a, b, c: pad(a, b, c, True)))],
    "rpad": [Sample("rpad(a, b, c)", {"a": TEXT, "b": COUNT, "c": PART},
                    strict(lambda a, b, c: pad(a, b, c, False)))],
    "replace": [Sample("replace(a, b, c)", {"a": TEXT, "b": PART, "c": PART},
                       strict(lambda a, b, c: a.replace(b, c) if b else a))],
    "translate": [Sample("translate(a, b, c)", {"a": TEXT, "b": PART, "c": PART},
                         strict(translate))],
    "reverse": [one("reverse", TEXT, lambda a: a[::-1])],
    "concat": [
        Sample("concat(a, b)", {"a": TEXT, "b": PART}, lambda a, b: (a or "") + (b or "")),
        Sample("concat(a, b, 'x')", {"a": COUNT, "b": BOOLEAN},
               lambda a, b: "".join(shown(v) for v in (a, b, "x") if v is not None)),
    ],
    "concat_ws": [
        Sample("concat_ws(a, b, c)", {"a": PART, "b": TEXT, "c": COUNT},
               lambda a, b, c: None if a is None
               else a.join(shown(v) for v in (b, c) if v is not None)),
    ],
    "starts_with": [two("starts_with", TEXT, PART, str.startswith)],
    "ends_with": [two("ends_with", TEXT, PART, str.endswith)],
    "contains": [two("contains", TEXT, PART, lambda a, b: b in a)],
    "strpos": [two("strpos", TEXT, PART, lambda a, b: a.find(b) + 1)],
    "strrpos": [two("strrpos", TEXT, PART, strrpos)],
    "count_text": [two("count_text", TEXT, PART, lambda a, b: a.count(b) if b else 0)],
    "split_part": [Sample("split_part(a, b, c)", {"a": TEXT, "b": PART, "c": COUNT},
                          strict(split_part))],
    "substring_before": [two("substring_before", TEXT, PART,
                             lambda a, b: a.split(b)[0] if b else "")],
    "substring_after": [two("substring_after", TEXT, PART,
                            lambda a, b: a.split(b, 1)[1] if b and b in a else "" if b else a)],
    "repeat": [two("repeat", TEXT, COUNT, lambda a, b: a * max(b, 0))],
    "ucfirst": [one("ucfirst", TEXT, lambda a: upper(a[:1]) + a[1:])],
    "lcfirst": [one("lcfirst", TEXT, lambda a: lower(a[:1]) + a[1:])],
    "initcap": [one("initcap", TEXT, lambda a: " ".join(
        upper(w[:1]) + lower(w[1:]) for w in a.split(" ")))],
    "code_point": [one("code_point", TEXT, lambda a: ord(a[0]) if a else None)],
    "chr": [one("chr", CODES, lambda a: chr(a)
                if 1 <= a <= 0x10FFFF and not 0xD800 <= a <= 0xDFFF else None)],
    "squash_spaces": [one("squash_spaces", TEXT, squash)],
    "strip_accents": [one("strip_accents", ACCENTS, strip_accents)],
    "normalize_nfc": [one("normalize_nfc", TEXT, lambda a: unicodedata.normalize("NFC", a))],
    "levenshtein": [two("levenshtein", FEW, FEW, lambda a, b: levenshtein(
        list(a.encode()), list(b.encode())))],
    "equals_ignore_case": [two("equals_ignore_case", TEXT, PART,
                               lambda a, b: lower(a) == lower(b))],
    "mask": [two("mask", TEXT, COUNT, masked)],
    "printf": [
        Sample("printf('<%05d|%-4d|%+d|%x>', a, a, a, abs(a))", {"a": COUNT},
               strict(lambda a: f"<{a:05d}|{a:<4d}|{a:+d}|{abs(a):x}>")),
        Sample("printf('%s|%10s|%%', a, b)", {"a": ("string", ["", "a", "O'Brien", None]),
                                             "b": COUNT},
               strict(lambda a, b: f"{a}|{b:>10}|%")),
        Sample("printf('%.2f|%e', a, a)", {"a": ("double", [None, 0.0, 1.5, -2.25, 1e10])},
               strict(lambda a: f"{a:.2f}|{a:e}")),
    ],
}  # fmt: skip

LETTERS = ("string", [None, "", "a1b22", "aaa", "x-1-y", "O'B", "👍1", "a\nb"])

PATTERNS = {
    "regexp_matches": [Sample("regexp_matches(a, '[0-9]+')", {"a": LETTERS},
                              strict(lambda a: bool(re.search("[0-9]+", a))))],
    "regexp_full_match": [Sample("regexp_full_match(a, 'a.*')", {"a": LETTERS},
                                 strict(lambda a: bool(re.fullmatch("a.*", a))))],
    "regexp_extract": [
        Sample("regexp_extract(a, '[0-9]+')", {"a": LETTERS},
               strict(lambda a: (re.findall("[0-9]+", a) or [""])[0])),
        Sample("regexp_extract(a, '([a-z])([0-9])', 2)", {"a": LETTERS},
               strict(lambda a: (re.findall("[a-z]([0-9])", a) or [""])[0])),
    ],
    "regexp_extract_all": [
        Sample("regexp_extract_all(a, '[0-9]+')", {"a": LETTERS},
               strict(lambda a: dumps(re.findall("[0-9]+", a)))),
        Sample("regexp_extract_all(a, '([a-z])([0-9])', 1)", {"a": LETTERS},
               strict(lambda a: dumps(re.findall("([a-z])[0-9]", a)))),
    ],
    "regexp_replace": [Sample("regexp_replace(a, '([a-z])', '<\\1>')", {"a": LETTERS},
                              strict(lambda a: re.sub("([a-z])", r"<\1>", a)))],
    "regexp_replace_first": [Sample("regexp_replace_first(a, 'a', '_')", {"a": LETTERS},
                                    strict(lambda a: a.replace("a", "_", 1)))],
    "regexp_count": [Sample("regexp_count(a, '[a1]')", {"a": LETTERS},
                            strict(lambda a: len(re.findall("[a1]", a))))],
    "regexp_split": [Sample("regexp_split(a, '[0-9]+')", {"a": LETTERS},
                            strict(lambda a: dumps(re.split("[0-9]+", a))))],
    "regexp_escape": [Sample("regexp_full_match(a, regexp_escape(b))", {"a": TEXT, "b": TEXT},
                             strict(lambda a, b: a == b))],
}  # fmt: skip


def _hex(algorithm):
    return lambda a: hashlib.new(algorithm, a.encode(), usedforsecurity=False).hexdigest()


HASHES = {
    "md5": [one("md5", TEXT, _hex("md5"))],
    "sha1": [one("sha1", TEXT, _hex("sha1"))],
    "sha256": [one("sha256", TEXT, _hex("sha256"))],
    "hmac_sha256": [
        Sample(f"hmac_sha256(a, '{key}')", {"a": TEXT},
               strict(lambda a, key=key: hmac.new(key.encode(), a.encode(), "sha256").hexdigest()))
        for key in ("k", "é👍", "long" * 30)
    ],
    "hash_bucket": [two("hash_bucket", TEXT, LONG, lambda a, b: int(_hex("md5")(a)[:12], 16) % b
                        if b > 0 else None)],
    "uuid_of": [one("uuid_of", TEXT, uuid_of)],
    "base64": [one("base64", TEXT, lambda a: base64.b64encode(a.encode()).decode())],
    "from_base64": [one("from_base64", CODED, from_base64)],
    "hex": [one("hex", TEXT, lambda a: a.encode().hex())],
    "from_hex": [one("from_hex", CODED, from_hex)],
    "url_encode": [one("url_encode", TEXT, lambda a: urllib.parse.quote(a, safe=""))],
    "url_decode": [one("url_decode", URLS, urllib.parse.unquote)],
    "html_escape": [one("html_escape", TEXT, html.escape)],
    "to_binary": [one("to_binary", TEXT, str.encode)],
    "from_binary": [Sample("from_binary(to_binary(a))", {"a": TEXT}, lambda a: a)],
}  # fmt: skip
