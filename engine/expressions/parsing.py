"""Text to tree, for one expression in DuckDB's spelling, before anything is known of fields.

The limits here bound the work of everything behind them, the parser's own recursion included.
"""

import re
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import TokenType

from engine.expressions.errors import ExpressionRefused

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
_MISSING = re.compile(r"Required keyword: .* missing for <class '[\w.]+\.(\w+)'>")
_ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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
    _bound_tokens(text)
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (SqlglotError, RecursionError, ValueError) as error:
        raise _syntax_problem(error) from None
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionRefused(
            "expression_syntax", "Write exactly one expression, without a semicolon."
        )
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


def _bound_tokens(text: str) -> None:
    try:
        tokens = sqlglot.tokenize(text, read="duckdb")
    except SqlglotError as error:
        raise _syntax_problem(error) from None
    if len(tokens) > MAX_TOKENS:
        raise ExpressionRefused("expression_syntax", "The expression has too many parts.")
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


def _syntax_problem(error: Exception) -> ExpressionRefused:
    """Our words for what the parser said, with the column where it is known."""
    if isinstance(error, RecursionError):
        return ExpressionRefused("expression_syntax", "The expression is nested too deeply.")
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    description = str(found.get("description") or "it cannot be read").rstrip(".")
    column = found.get("col")
    where = f" at column {column}" if column else ""
    if "number of provided arguments" in description or _lacks_argument(description):
        return ExpressionRefused(
            "wrong_argument_count", f"A function has the wrong number of arguments{where}."
        )
    description = _ANSI_COLOUR.sub("", description)[:200]
    if description.startswith("Required keyword"):
        description = "something is missing"
    return ExpressionRefused("expression_syntax", f"Syntax error{where}: {description}.")


def _lacks_argument(description: str) -> bool:
    """Whether the parser misses an argument of a function, not the side of an operator."""
    found = _MISSING.search(description)
    kind = getattr(exp, found[1], None) if found else None
    return isinstance(kind, type) and issubclass(kind, exp.Func)
