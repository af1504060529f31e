"""SQL of the user's own that runs before or after a delivery, statement by statement."""

import re
import sqlite3
from collections.abc import Sequence
from typing import Final

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from common.errors import InvalidInput

_COMMENTS: Final = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_TRANSACTION: Final = re.compile(
    r"(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b",
    re.IGNORECASE,
)


def statements_of(sql: str, dialect: str) -> list[str]:
    """The statements of a text, split at the semicolons that end one. Raises InvalidInput."""
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    except (SqlglotError, ValueError):
        raise InvalidInput("It cannot be split into statements; check its quotes.") from None
    ends = [token.start for token in tokens if token.token_type == TokenType.SEMICOLON]
    starts = [0, *(end + 1 for end in ends)]
    return checked([sql[start:end] for start, end in zip(starts, [*ends, len(sql)], strict=True)])


def sqlite_statements(sql: str) -> list[str]:
    """The same for SQLite, whose triggers hold statements of their own."""
    found, begun = [], 0
    for place, sign in enumerate(sql):
        if sign == ";" and sqlite3.complete_statement(sql[begun : place + 1]):
            found.append(sql[begun:place])
            begun = place + 1
    return checked([*found, sql[begun:]])


def checked(statements: Sequence[str]) -> list[str]:
    """Those that are more than comments. Raises InvalidInput for one that ends a transaction."""
    kept = []
    for statement in statements:
        words = statement[_COMMENTS.match(statement).end() :]  # type: ignore[union-attr]
        if _TRANSACTION.match(words):
            raise InvalidInput(
                f"{words.split()[0].upper()} is not accepted: all statements run in one"
                " transaction, which the run begins and ends itself."
            )
        if words.strip():
            kept.append(statement.strip())
    return kept
