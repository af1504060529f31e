"""Functions on text. A character is a Unicode code point; places count from 1."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlglot import exp

from connections.drivers.types import TEXT_WORDS
from engine.expressions.building import constant_text, written_out
from engine.expressions.catalog.printing import printf
from engine.expressions.errors import ExpressionRefused
from engine.expressions.rows import SKIPS_NULLS, Function, row
from engine.expressions.semantics import cast_to
from engine.expressions.typed import Typed

_text = partial(row, "string")

MAX_MADE_CHARACTERS: Final = 1_000_000
"""Longest text that repeat, lpad and rpad make."""

_TOO_LONG = f"error('repeat, lpad and rpad make at most {MAX_MADE_CHARACTERS:,} characters.')"
_LENGTH = (
    f"CAST(CASE WHEN $length > {MAX_MADE_CHARACTERS} THEN CAST({_TOO_LONG} AS INT)"
    " WHEN $length < 0 THEN 0 ELSE $length END AS INT)"
)
_REVERSED = "array_to_string(list_reverse(string_split({0}, '')), '')"
_CUT = "CASE WHEN $length < 0 THEN 0 ELSE $length END"

_KEPT = "CASE WHEN $kept < 0 THEN 0 ELSE $kept END"


def _padded(side: str) -> str:
    return (
        f"CASE WHEN $fill = '' THEN left($text, {_CUT})"
        f" ELSE {side}($text, {_LENGTH}, nullif($fill, '')) END"
    )


def _substring(_function: Function, arguments: Sequence[Typed]) -> Typed:
    """The start 0 is read as 1, and refused where it is written out."""
    start = arguments[1][0].unnest()
    if isinstance(start, exp.Literal) and start.this == "0":
        raise ExpressionRefused(
            "expression_syntax", "substring counts from 1; its start cannot be 0."
        )
    begins = "$start"
    if not isinstance(start, exp.Literal | exp.Neg):
        begins = "CASE WHEN $start = 0 THEN 1 ELSE $start END"
    parts = dict(zip(("text", "start", "count"), (tree for tree, _ in arguments), strict=False))
    if len(arguments) == 2:
        return written_out(f"substring($text, {begins})", parts), "string"
    count = "$count"
    if not isinstance(parts["count"].unnest(), exp.Literal):
        count = "CASE WHEN $count < 0 THEN 0 ELSE $count END"
    return written_out(f"substring($text, {begins}, {count})", parts), "string"


def _joined(function: Function, arguments: Sequence[Typed]) -> Typed:
    """Values joined as text."""
    trees = [
        tree if word is None or word in TEXT_WORDS else cast_to(tree, word, "string")[0]
        for tree, word in arguments
    ]
    if function.name == "concat_ws":
        return exp.func("CONCAT_WS", *trees, dialect="duckdb"), "string"
    return exp.func("CONCAT", *trees, dialect="duckdb"), "string"


def _split_part(_function: Function, arguments: Sequence[Typed]) -> Typed:
    index = arguments[2][0].unnest()
    if isinstance(index, exp.Literal) and index.this == "0":
        raise ExpressionRefused(
            "expression_syntax", "split_part counts from 1; its index cannot be 0."
        )
    parts = dict(zip(("text", "separator", "index"), (tree for tree, _ in arguments), strict=True))
    if constant_text(parts["separator"]):
        return written_out("split_part($text, $separator, $index)", parts), "string"
    meaning = (
        "CASE WHEN $separator = '' THEN CASE WHEN abs($index) = 1 THEN $text"
        " WHEN $text IS NULL OR $index IS NULL THEN NULL ELSE '' END"
        " ELSE split_part($text, $separator, $index) END"
    )
    return written_out(meaning, parts), "string"


TEXTS: Final = (
    _text("upper(text: string) -> string", "upper($text)", ("upper('aé')", "AÉ"),
          note="one character for one: ß becomes ẞ"),
    _text("lower(text: string) -> string", "lower($text)", ("lower('AÉ')", "aé"),
          note="one character for one"),
    _text("trim(text: string, [characters: string]) -> string",
          ("trim($text)", "trim($text, $characters)"), ("trim('  a ')", "a"),
          note="takes away spaces, or any of the characters"),
    _text("ltrim(text: string, [characters: string]) -> string",
          ("ltrim($text)", "ltrim($text, $characters)"), ("ltrim('  a ')", "a ")),
    _text("rtrim(text: string, [characters: string]) -> string",
          ("rtrim($text)", "rtrim($text, $characters)"), ("rtrim('xaxx', 'x')", "xa")),
    _text("length(text: string) -> long", "length($text)", ("length('añb')", 3)),
    _text("octet_length(text: string) -> long", "strlen($text)", ("octet_length('añb')", 4),
          note="bytes in UTF-8"),
    _text("substring(text: string, start: int, [count: int]) -> string", _substring,
          ("substring('delay', 2, 3)", "ela"),
          note="start counts from 1; negative counts from the end; 0 is refused or read as 1"),
    _text("left(text: string, count: int) -> string", "left($text, $count)",
          ("left('delay', 2)", "de"), note="a negative count leaves out that many at the end"),
    _text("right(text: string, count: int) -> string", "right($text, $count)",
          ("right('delay', 2)", "ay"), note="a negative count leaves out that many at the start"),
    _text("lpad(text: string, length: int, fill: string) -> string", _padded("lpad"),
          ("lpad('7', 3, '0')", "007"), note="longer text is cut"),
    _text("rpad(text: string, length: int, fill: string) -> string", _padded("rpad"),
          ("rpad('7', 3, '0')", "700"), note="longer text is cut"),
    _text("replace(text: string, from: string, to: string) -> string",
          "replace($text, $from, $to)", ("replace('a-b-c', '-', '')", "abc"),
          note="every occurrence; an empty `from` changes nothing"),
    _text("translate(text: string, from: string, to: string) -> string",
          "translate($text, $from, $to)", ("translate('a-b', '-b', '_')", "a_"),
          note="character by character; those without a partner are left out"),
    _text("reverse(text: string) -> string", _REVERSED.format("$text"),
          ("reverse('abc')", "cba")),
    _text("concat(values: any...) -> string", _joined, ("concat('a', NULL, 'b')", "ab"),
          nulls=SKIPS_NULLS, note="the operator || gives NULL instead"),
    _text("concat_ws(separator: string, values: any...) -> string", _joined,
          ("concat_ws('-', 'a', NULL, 'b')", "a-b"),
          nulls=f"{SKIPS_NULLS}; a NULL separator: NULL"),
    _text("starts_with(text: string, start: string) -> boolean", "starts_with($text, $start)",
          ("starts_with('delay', 'de')", True)),
    _text("ends_with(text: string, end: string) -> boolean", "ends_with($text, $end)",
          ("ends_with('delay', 'ay')", True)),
    _text("contains(text: string, part: string) -> boolean", "contains($text, $part)",
          ("contains('delay', 'la')", True)),
    _text("strpos(text: string, part: string) -> long", "strpos($text, $part)",
          ("strpos('delay', 'la')", 3), note="0 when absent"),
    _text("strrpos(text: string, part: string) -> long",
          "CASE WHEN strpos($text, $part) = 0 THEN 0 ELSE length($text) - length($part) + 2"
          f" - strpos({_REVERSED.format('$text')}, {_REVERSED.format('$part')}) END",
          ("strrpos('a.b.c', '.')", 4), note="the last place; 0 when absent"),
    _text("count_text(text: string, part: string) -> long",
          "CAST(CASE WHEN $part = '' THEN length($text) * 0 ELSE (length($text)"
          " - length(replace($text, $part, ''))) // nullif(length($part), 0) END AS BIGINT)",
          ("count_text('banana', 'an')", 2), note="without overlaps; 0 for an empty part"),
    _text("split_part(text: string, separator: string, index: int) -> string", _split_part,
          ("split_part('a-b-c', '-', 2)", "b"),
          note="index counts from 1, or from the end when negative; empty text when there is none"),
    _text("substring_before(text: string, part: string) -> string",
          "CASE WHEN strpos($text, $part) = 0 THEN $text"
          " ELSE left($text, strpos($text, $part) - 1) END",
          ("substring_before('a@b.c', '@')", "a"), note="the whole text when the part is absent"),
    _text("substring_after(text: string, part: string) -> string",
          "CASE WHEN strpos($text, $part) = 0 THEN ''"
          " ELSE substring($text, strpos($text, $part) + length($part)) END",
          ("substring_after('a@b.c', '@')", "b.c"), note="empty text when the part is absent"),
    _text("repeat(text: string, times: int) -> string",
          "repeat($text, CAST(CASE WHEN length($text) * CAST($times AS DOUBLE) >"
          f" {MAX_MADE_CHARACTERS} THEN CAST({_TOO_LONG} AS BIGINT) ELSE $times END AS BIGINT))",
          ("repeat('ab', 2)", "abab")),
    _text("ucfirst(text: string) -> string",
          "upper(substring($text, 1, 1)) || substring($text, 2)", ("ucfirst('éa B')", "Éa B")),
    _text("lcfirst(text: string) -> string",
          "lower(substring($text, 1, 1)) || substring($text, 2)", ("lcfirst('ÉA B')", "éA B")),
    _text("initcap(text: string) -> string",
          "array_to_string(list_transform(string_split($text, ' '), lambda word:"
          " upper(substring(word, 1, 1)) || lower(substring(word, 2))), ' ')",
          ("initcap('new YORK')", "New York"), note="words end at spaces"),
    _text("code_point(text: string) -> int",
          "CASE WHEN $text = '' THEN NULL ELSE unicode($text) END", ("code_point('aé')", 97),
          nulls="NULL for NULL and for the empty text", note="of the first character"),
    _text("chr(code: int) -> string",
          "chr(CAST(CASE WHEN $code BETWEEN 1 AND 55295 OR $code BETWEEN 57344 AND 1114111"
          " THEN $code END AS INT))",
          ("chr(233)", "é"), nulls="NULL for NULL and for a number that is no character"),
    _text("squash_spaces(text: string) -> string",
          r"trim(regexp_replace($text, '\s+', ' ', 'g'))", ("squash_spaces(' a   b ')", "a b"),
          note="spaces, tabs and line ends become one space, none at the ends"),
    _text("strip_accents(text: string) -> string", "strip_accents($text)",
          ("strip_accents('Éa ø')", "Ea ø")),
    _text("normalize_nfc(text: string) -> string", "nfc_normalize($text)",
          ("length(normalize_nfc(concat('e', chr(769))))", 1), note="Unicode normal form C"),
    _text("levenshtein(a: string, b: string) -> long",
          "levenshtein(CASE WHEN length($a) <= 1000 THEN $a END,"
          " CASE WHEN length($b) <= 1000 THEN $b END)",
          ("levenshtein('delay', 'relay')", 1),
          nulls="NULL when an argument is NULL or has more than 1,000 characters",
          note="single bytes of UTF-8 to change, add or take away"),
    _text("equals_ignore_case(a: string, b: string) -> boolean", "lower($a) = lower($b)",
          ("equals_ignore_case('É', 'é')", True)),
    _text("mask(text: string, kept: int) -> string",
          f"regexp_replace(left($text, CASE WHEN length($text) > {_KEPT}"
          f" THEN length($text) - {_KEPT} ELSE 0 END), '(?s).', '*', 'g') || right($text, {_KEPT})",
          ("mask('4111222', 3)", "****222"), note="stars, but for the last characters"),
    _text("printf(format: constant, values: any...) -> string", printf,
          ("printf('%05d %s %.2f', 7, 'x', 1.5)", "00007 x 1.50"),
          note="%d whole numbers, %f and %e numbers, %s anything, %x hexadecimal, %% a percent"
          " sign; with flags - 0 + and space, width and digits"),
)  # fmt: skip
"""In the order of the documentation."""
