"""Text to tree, for one expression in either spelling, before anything is known of fields.

The limits here bound the work of everything behind them, the parser's own recursion included.
"""

import re
from typing import Final

from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from engine.expressions.dialect import CALLED, Expressions, in_new_spelling
from engine.expressions.errors import ExpressionRefused, place_in

MAX_LENGTH = 10_000
"""Characters in one expression."""

MAX_TOKENS = 3_000
MAX_NODES = 4_000
MAX_NESTING = 60
"""Brackets, CASE and prefix operators open at one place."""

MAX_DEPTH = 100
"""Levels of the tree; `a + b + c` has as many as it has operators."""

_OPENING: Final = frozenset(
    {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
)
_CLOSING: Final = frozenset(
    {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
)
_PREFIX: Final = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE})
_ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_DIALECT = Expressions()


def parse_expression(text: str) -> exp.Expr:
    """The tree of exactly one expression, not yet judged. Raises ExpressionRefused."""
    if not text.strip():
        raise ExpressionRefused("expression_syntax", "The expression is empty.")
    if len(text) > MAX_LENGTH:
        raise ExpressionRefused(
            "expression_syntax",
            f"The expression has {len(text):,} characters; the limit is {MAX_LENGTH:,}.",
            "Split it over several select components.",
        )
    if "\x00" in text:
        raise ExpressionRefused("expression_syntax", "The expression holds a NUL character.")
    try:
        tokens = _bounded(text)
        trees = _DIALECT.parse_tokens(tokens, text)
    except (SqlglotError, RecursionError, ValueError, IndexError) as error:
        raise _syntax_problem(error, text) from None
    if len(trees) != 1 or trees[0] is None:
        raise _not_one()
    tree = trees[0]
    _bound_tree(tree)
    return tree


def _bound_tree(tree: exp.Expr) -> None:
    """Refuse trees whose later handling would need unbounded work or recursion."""
    if sum(1 for _ in tree.walk()) > MAX_NODES:
        raise ExpressionRefused("expression_syntax", "The expression has too many parts.")
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return
    raise ExpressionRefused(
        "expression_syntax",
        f"The expression chains or nests more than {MAX_DEPTH} operations.",
        "Use IN for many alternatives, or split it over several select components.",
    )


def _bounded(text: str) -> list[Token]:
    """The tokens in the new spelling, in a number and nesting that the parser can bear."""
    tokens = _DIALECT.tokenize(text)
    _bound_count(tokens)
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise _not_one()
    tokens = in_new_spelling(tokens)
    _bound_count(tokens)
    depth = prefixes = 0
    for token in tokens:
        prefixes = prefixes + 1 if token.token_type in _PREFIX else 0
        if token.token_type in _OPENING:
            depth += 1
        elif token.token_type in _CLOSING:
            depth -= 1
        if depth + prefixes > MAX_NESTING:
            raise ExpressionRefused(
                "expression_syntax",
                f"The expression is nested more than {MAX_NESTING} deep.",
                "Split it over several select components.",
            )
    return tokens


def _not_one() -> ExpressionRefused:
    return ExpressionRefused(
        "expression_syntax", "Write exactly one expression, without a semicolon."
    )


def _bound_count(tokens: list[Token]) -> None:
    if len(tokens) > MAX_TOKENS:
        raise ExpressionRefused("expression_syntax", "The expression has too many parts.")


def _syntax_problem(error: Exception, text: str) -> ExpressionRefused:
    """Our words for what the parser said, with its place where that is known."""
    if isinstance(error, RecursionError):
        return ExpressionRefused("expression_syntax", "The expression is nested too deeply.")
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    description = str(found.get("description") or "it cannot be read").rstrip(".")
    description = _ANSI_COLOUR.sub("", description).replace(CALLED, "")[:200]
    if description.startswith("Required keyword"):
        description = "something is missing"
    return ExpressionRefused(
        "expression_syntax", f"Syntax error: {description}.", place=_place(found, text)
    )


def _place(found: dict[str, object], text: str) -> tuple[int, int] | None:
    """Where the token that the parser stumbled over begins."""
    line, column = found.get("line"), found.get("col")
    if not isinstance(line, int) or not isinstance(column, int):
        return None
    before = sum(len(part) + 1 for part in text.split("\n")[: line - 1])
    stumbled = str(found.get("highlight") or "")
    start = before + max(column - max(len(stumbled), 1), 0)
    return place_in(text, min(start, len(text)))
