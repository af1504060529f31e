"""The SQLGlot dialect of the expression language: DuckDB's grammar, and the older spelling.

The older spelling of existing packages is turned into the new one word by word, before anything is
parsed: `(int)x`, `cond ? a : b`, `m#'k'`, `x matches 'p'`, `10L`. None of these meant anything in
the new spelling. Names of called functions are marked, so that the parser gives none of them a
meaning of its own: what a function means is said by the catalogue alone.
"""

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token, TokenType

from engine.expressions.errors import ExpressionRefused

CALLED: Final = "\N{LATIN SMALL LETTER F WITH HOOK}:"
"""Stands before the name of a called function; no name can hold it."""

MATCHES: Final = "MATCHES"
"""The operator that compares a whole text with a pattern."""

CAST_WORDS: Final = {
    "int": "int", "long": "long", "float": "float", "double": "double", "boolean": "boolean",
    "chararray": "string", "string": "string", "datetime": "datetime", "date": "date",
    "bytearray": "binary", "binary": "binary",
}  # fmt: skip
"""Types that may stand in brackets before a value."""

MAX_CASTS = 100

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPENING: Final = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING: Final = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_VALUES: Final = frozenset({"NULL", "TRUE", "FALSE", "END"})
_STRUCTURE: Final = frozenset(
    {
        "AND", "OR", "NOT", "IN", "IS", "LIKE", "ILIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE",
        "END", "ESCAPE", "NULL", "TRUE", "FALSE", "CAST", "TRY_CAST", "INTERVAL", "SELECT", "FROM",
        "WHERE", "WITH", "EXISTS", "ANY", "SOME", "ALL", "OVER", "FILTER", "AS", "DISTINCT", "DIV",
        "UNION", "EXCEPT", "INTERSECT", "ORDER", "BY", "COLLATE", "LAMBDA", "USING", "OPERATOR",
    }
)  # fmt: skip
"""Words that are no function names, whatever follows them."""

_STARTS_VALUE: Final = frozenset({"CASE", "CAST", "TRY_CAST", "NULL", "TRUE", "FALSE"})


class Expressions(DuckDB):
    """Reads expressions in both spellings; writing them is a matter of the engines' dialects."""

    class Tokenizer(DuckDB.Tokenizer):
        NUMERIC_LITERALS: ClassVar = {"L": "BIGINT", "F": "FLOAT", "D": "DOUBLE"}
        HEREDOC_STRINGS: ClassVar[
            list[str | tuple[str, str]]
        ] = []  # a dollar sign begins a variable, no text

    def parse_tokens(self, tokens: list[Token], text: str) -> list[exp.Expr | None]:
        """The trees of tokens that were made by `in_new_spelling`."""
        trees: list[exp.Expr | None] = self.parser().parse(tokens, text)
        return trees


def in_new_spelling(tokens: Iterable[Token]) -> list[Token]:
    """The tokens without older spellings, names of called functions marked."""
    words = _with_lookups(list(tokens))
    words = _with_matches(words)
    words = _with_casts(words)
    return _with_marked_calls(_with_cases(words))


def _made(kind: TokenType, text: str, near: Token) -> Token:
    """A token that stands for a part of the older spelling, at its place."""
    return Token(kind, text, near.line, near.col, near.start, near.end)


def _ends_value(token: Token) -> bool:
    """Whether a value may end here, so that what follows is an operator."""
    if token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER):
        return True
    if token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET):
        return True
    word = token.text.upper()
    return bool(_WORD.fullmatch(token.text)) and (word in _VALUES or word not in _STRUCTURE)


def _starts_value(token: Token) -> bool:
    if token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER):
        return True
    if token.token_type in (TokenType.L_PAREN, TokenType.PARAMETER):
        return True
    word = token.text.upper()
    return bool(_WORD.fullmatch(token.text)) and (word in _STARTS_VALUE or word not in _STRUCTURE)


def _with_lookups(tokens: list[Token]) -> list[Token]:
    """`m#'k'` is `m['k']`."""
    words: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        is_lookup = (
            token.token_type == TokenType.HASH
            and following is not None
            and following.token_type == TokenType.STRING
            and bool(words)
            and _ends_value(words[-1])
        )
        if is_lookup and following is not None:
            words.append(_made(TokenType.L_BRACKET, "[", token))
            words.append(following)
            words.append(_made(TokenType.R_BRACKET, "]", following))
            index += 2
        else:
            words.append(token)
            index += 1
    return words


def _with_matches(tokens: list[Token]) -> list[Token]:
    """`x matches 'p'` is an operator of its own: the whole text has to match."""
    words: list[Token] = []
    for index, token in enumerate(tokens):
        before = words[-1] if words else None
        is_operator = (
            before is not None
            and index + 1 < len(tokens)
            and token.token_type != TokenType.IDENTIFIER
            and token.text.upper() == MATCHES
            and (_ends_value(before) or before.text.upper() == "NOT")
            and _starts_value(tokens[index + 1])
        )
        if is_operator:
            words.append(_made(TokenType.OPERATOR, "OPERATOR", token))
            words.append(_made(TokenType.L_PAREN, "(", token))
            words.append(_made(TokenType.VAR, MATCHES, token))
            words.append(_made(TokenType.R_PAREN, ")", token))
        else:
            words.append(token)
    return words


def _is_cast(tokens: list[Token], index: int, casts: list[int]) -> bool:
    """Whether `(type)` stands here with a value behind it, and none but casts before it."""
    if index + 3 >= len(tokens) or tokens[index].token_type != TokenType.L_PAREN:
        return False
    word, closing, value = tokens[index + 1 : index + 4]
    return (
        closing.token_type == TokenType.R_PAREN
        and word.token_type != TokenType.IDENTIFIER
        and word.text.lower() in CAST_WORDS
        and _starts_value(value)
        and (index == 0 or index - 3 in casts or not _takes_brackets(tokens[index - 1]))
    )


def _takes_brackets(token: Token) -> bool:
    return _ends_value(token) or token.text.upper() in ("IN", "CAST", "TRY_CAST", "DIV")


def _with_casts(tokens: list[Token]) -> list[Token]:
    """`(int)x` is `CAST(x AS int)`; the last one first, so that those before it see it whole."""
    words = list(tokens)
    casts: list[int] = []
    for index in range(len(words)):
        if _is_cast(words, index, casts[-1:]):
            casts.append(index)
    if len(casts) > MAX_CASTS:
        raise ExpressionRefused(
            "expression_syntax", f"The expression has more than {MAX_CASTS} casts."
        )
    for index in reversed(casts):
        end = _value_end(words, index + 3)
        near, kind = words[index], words[index + 1]
        made = _made(TokenType.VAR, CAST_WORDS[kind.text.lower()], kind)
        words[index:end] = [
            _made(TokenType.VAR, "CAST", near),
            _made(TokenType.L_PAREN, "(", near),
            *words[index + 3 : end],
            _made(TokenType.ALIAS, "AS", near),
            made,
            _made(TokenType.R_PAREN, ")", near),
        ]
    return words


def _value_end(tokens: list[Token], index: int) -> int:
    """The place after the value that begins here, lookups included."""
    token = tokens[index]
    if token.token_type == TokenType.CASE or token.token_type == TokenType.L_PAREN:
        index = _closing_end(tokens, index)
    elif token.token_type == TokenType.PARAMETER:
        index += 2
    else:
        index += 1
        if index < len(tokens) and tokens[index].token_type == TokenType.STRING:
            index += token.token_type not in (TokenType.STRING, TokenType.NUMBER)
    while index < len(tokens):
        kind = tokens[index].token_type
        if kind in (TokenType.L_BRACKET, TokenType.L_PAREN):
            index = _closing_end(tokens, index)
        elif kind in (TokenType.DOT, TokenType.DCOLON):
            index += 2
        else:
            break
    return min(index, len(tokens))


def _closing_end(tokens: list[Token], index: int) -> int:
    """The place after the bracket or END that closes what opens here."""
    depth = 0
    for place in range(index, len(tokens)):
        kind = tokens[place].token_type
        if kind in _OPENING or kind == TokenType.CASE:
            depth += 1
        elif kind in _CLOSING or kind == TokenType.END:
            depth -= 1
            if depth == 0:
                return place + 1
    return len(tokens)


class _Segment:
    """A stretch of tokens that one `? :` may span: between brackets, commas and CASE words."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.open: list[str] = []


def _with_cases(tokens: list[Token]) -> list[Token]:
    """`c ? a : b` is `CASE WHEN c THEN a ELSE b END`, to the right of it first."""
    if not any(token.token_type == TokenType.PLACEHOLDER for token in tokens):
        return tokens
    words: list[Token] = []
    segments = [_Segment(0)]
    for token in tokens:
        kind, segment = token.token_type, segments[-1]
        if kind == TokenType.PLACEHOLDER and len(words) > segment.start and _ends_value(words[-1]):
            words[segment.start : segment.start] = [
                _made(TokenType.CASE, "CASE", token),
                _made(TokenType.WHEN, "WHEN", token),
            ]
            words.append(_made(TokenType.THEN, "THEN", token))
            segment.open.append("?")
            segment.start = len(words)
        elif kind == TokenType.COLON and "?" in segment.open:
            while segment.open[-1] == ":":
                words.append(_made(TokenType.END, "END", token))
                segment.open.pop()
            segment.open[-1] = ":"
            words.append(_made(TokenType.ELSE, "ELSE", token))
            segment.start = len(words)
        else:
            _pass_on(token, words, segments)
    _close(segments[-1], words)
    return words


_ENDS_SEGMENT: Final = _CLOSING | {
    TokenType.COMMA, TokenType.ALIAS, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.END,
}  # fmt: skip


def _pass_on(token: Token, words: list[Token], segments: list[_Segment]) -> None:
    kind = token.token_type
    if kind in _ENDS_SEGMENT:
        _close(segments[-1], words, token)
    words.append(token)
    if kind in _OPENING or kind == TokenType.CASE:
        segments.append(_Segment(len(words)))
    elif (kind in _CLOSING or kind == TokenType.END) and len(segments) > 1:
        segments.pop()
    elif kind in _ENDS_SEGMENT:
        segments[-1].start = len(words)


def _close(segment: _Segment, words: list[Token], near: Token | None = None) -> None:
    if "?" in segment.open:
        raise ExpressionRefused(
            "expression_syntax", "A ? has no : behind it.", "Write condition ? value : other."
        )
    for _ in segment.open:
        words.append(_made(TokenType.END, "END", near or words[-1]))
    segment.open.clear()


def _with_marked_calls(tokens: list[Token]) -> list[Token]:
    words = list(tokens)
    for index in range(len(words) - 1):
        token = words[index]
        if (
            words[index + 1].token_type == TokenType.L_PAREN
            and token.token_type not in (TokenType.IDENTIFIER, TokenType.STRING)
            and _WORD.fullmatch(token.text)
            and token.text.upper() not in _STRUCTURE
            and (index == 0 or not _names_type(words[index - 1]))
        ):
            words[index] = _made(TokenType.VAR, CALLED + token.text, token)
    return words


def _names_type(before: Token) -> bool:
    """Whether a type, a part or an alias follows, not a function."""
    return before.token_type in (TokenType.ALIAS, TokenType.DCOLON, TokenType.DOT)
