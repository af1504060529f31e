"""Texts about the bytes and lines of files and answers, whoever read them."""

from runs.patterns.base import Pattern, row

PATTERNS: tuple[Pattern, ...] = (
    row(
        72,
        "encoding",
        "encoding",
        r"MalformedInputException|invalid (utf-?8|unicode|start byte|continuation byte)"
        r"|codec can't (de|en)code",
        "Set the encoding of the file, for example Windows-1252 or UTF-16.",
    ),
    row(
        71,
        "delimited_text",
        "data",
        r"Unterminated quoted|wrong number of columns|record exceeds (the )?maximum length"
        r"|unterminated CSV quoted field|EOF inside string|missing data for column"
        r"|extra data after last expected column",
        "Set quote, multi-line and escape as in the file, and check the delimiter.",
    ),
    row(
        70,
        "not_json",
        "data",
        r"Unexpected token .*JSON|JsonParseException|JSONDecodeError|Expecting value: line \d"
        r"|\bmalformed\b",
        "The service answered with a page or an error instead of data: look at the raw body, and "
        "check the path expression.",
    ),
)
